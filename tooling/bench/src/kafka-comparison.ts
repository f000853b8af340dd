import { KAFKA_FOR_RUST, KafkaBroker, installKafka, kafkaClassPath } from "@ockam/peers";

import { medianTable, ratioTable } from "./comparison.ts";
import type { Round } from "./comparison.ts";
import { KafkaClients } from "./kafka-clients.ts";
import {
  FULL_KAFKA_LOAD,
  KAFKA_METRICS,
  measureKafka,
  PARTITIONS,
  producedTopic,
  QUICK_KAFKA_LOAD,
  RECORDS,
  store,
  storedTopic,
} from "./kafka-measure.ts";
import { plainSystem, rustFormatSystem, rustSystem, topicKeysSystem } from "./kafka-ockam-system.ts";
import { directSystem } from "./kafka-system.ts";
import type { KafkaSystem, RunningKafkaSystem } from "./kafka-system.ts";
import { loadBefore, machine } from "./machine.ts";
import { busySeconds, processorSeconds } from "./processor-time.ts";
import { chosen, inOrderOf } from "./run-options.ts";
import type { RunOptions } from "./run-options.ts";

const SYSTEMS: readonly KafkaSystem[] = [
  topicKeysSystem,
  rustFormatSystem,
  plainSystem,
  rustSystem,
  directSystem,
];

// Those that Rust can use, for all: newer brokers name APIs that it refuses.
const VERSION = KAFKA_FOR_RUST;

// Another product's own figures, on machines of their own: a mark to compare ratios with.
const REFERENCE =
  "Kroxylicious 0.20.0 with record encryption, as published (<https://kroxylicious.io/performance/>; 1 KB, machines of their own): " +
  "0.73 of the records of no proxy, average time to an acknowledgement 1.02 times at 91 % of that and 1.34 times at all of it. " +
  "Without filters: all of the records, 1.07 times.";

/** A round that does not count, and is short: by it all programs are compiled. */
const WARM_UP = { warm: 0, time: 300 };

interface Started {
  readonly name: string;
  readonly running: RunningKafkaSystem;
}

/** Ways to one broker side by side. The processes of all run from the beginning to the end. Returns the tables. */
export async function compareKafka(options: RunOptions): Promise<string> {
  const systems = await chosen(SYSTEMS, options.without);
  const load = loadBefore();
  await installKafka();
  await using broker = await KafkaBroker.start({ version: VERSION, settings: BROKER_SETTINGS });
  await using clients = new KafkaClients(kafkaClassPath(VERSION));
  await using opened = new AsyncDisposableStack();
  const started: Started[] = [];
  const begin = performance.now();
  for (const system of systems) {
    await createTopics(broker, system.name);
    const running = opened.use(await system.start(broker.port));
    await store(clients, system.name, running);
    started.push({ name: system.name, running });
  }
  await measureRound(clients, started, WARM_UP);
  console.error(`Kafka, all started and warm in ${secondsSince(begin)} s`);

  const others = otherPrograms(() => [
    process.pid,
    broker.pid,
    clients.pid,
    ...started.flatMap(({ running }) => running.processes()),
  ]);
  const rounds: Round[] = [];
  for (let index = 0; index < options.rounds; index++) {
    const start = performance.now();
    const order = inOrderOf(index, started);
    rounds.push(await measureRound(clients, order, options.quick ? QUICK_KAFKA_LOAD : FULL_KAFKA_LOAD));
    console.error(`Kafka, round ${index + 1}/${options.rounds} in ${secondsSince(start)} s`);
  }

  const comparison = { metrics: KAFKA_METRICS, systems: systems.map(({ name }) => name), rounds };
  const portals = comparison.systems.filter((name) => name !== directSystem.name);
  const ratios = portals.map((name) => ({ head: name, of: name, by: directSystem.name }));
  return [
    `${machine(load, `${options.rounds} rounds`)} Kafka ${VERSION}. Other programs used ${others().toFixed(2)} processors meanwhile.`,
    medianTable(comparison),
    ratioTable(`divided by ${directSystem.name}`, comparison, ratios),
    REFERENCE,
  ].join("\n\n");
}

// What producers have written is given up in the background: a run writes more than a disk may have room for.
const BROKER_SETTINGS = { "log.retention.check.interval.ms": 2000 };
const SEGMENT = 16 * 2 ** 20;
// The integer arrays of the Rust format take twice the room.
const MAX_BATCH = { "max.message.bytes": String(8 * 2 ** 20) };
const SHORT_LIVED = {
  "segment.bytes": String(SEGMENT),
  "retention.bytes": String(SEGMENT),
  "file.delete.delay.ms": "100",
};

async function createTopics(broker: KafkaBroker, system: string): Promise<void> {
  for (const record of Object.keys(RECORDS)) {
    const produced = { partitions: PARTITIONS, settings: { ...MAX_BATCH, ...SHORT_LIVED } };
    await broker.createTopic(producedTopic(system, record), produced);
    await broker.createTopic(storedTopic(system, record), { partitions: PARTITIONS, settings: MAX_BATCH });
  }
}

async function measureRound(
  clients: KafkaClients,
  systems: readonly Started[],
  load: { readonly warm: number; readonly time: number },
): Promise<Round> {
  const round: Round = {};
  for (const { name, running } of systems) {
    round[name] = await measureKafka(clients, name, running, load);
  }
  return round;
}

function secondsSince(start: number): string {
  return ((performance.now() - start) / 1000).toFixed(1);
}

/** Begins to watch how many processors others than `ours` use; the function that it returns tells. */
function otherPrograms(ours: () => readonly number[]): () => number {
  const read = (): number => busySeconds() - ours().reduce((sum, pid) => sum + processorSeconds(pid), 0);
  const [before, start] = [read(), performance.now()];
  return () => (read() - before) / ((performance.now() - start) / 1000);
}
