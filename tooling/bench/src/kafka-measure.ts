import type { Figures, Metrics } from "./comparison.ts";
import type { KafkaClients } from "./kafka-clients.ts";
import type { RunningKafkaSystem } from "./kafka-system.ts";
import { processorSeconds } from "./processor-time.ts";

/** How many clients produce or consume at once, each over a connection of its own and one partition. */
export const CLIENTS = { "one client": 1, "four clients": 4 } as const;

/** The partitions of each topic. */
export const PARTITIONS = 4;

/** The lengths of records' values, and how much of them is read in one go. In bytes. */
export const RECORDS = {
  "100 B": { size: 100, stored: 4_000_000 },
  "1 KB": { size: 1000, stored: 16_000_000 },
  "100 KB": { size: 100_000, stored: 32_000_000 },
} as const;

type RecordName = keyof typeof RECORDS;
type ClientsName = keyof typeof CLIENTS;

const RECORD_NAMES = Object.keys(RECORDS) as readonly RecordName[];
const CLIENTS_NAMES = Object.keys(CLIENTS) as readonly ClientsName[];

/** How long each figure is taken, in milliseconds. */
export interface KafkaLoad {
  readonly warm: number;
  readonly time: number;
}

export const FULL_KAFKA_LOAD: KafkaLoad = { warm: 200, time: 500 };
export const QUICK_KAFKA_LOAD: KafkaLoad = { warm: 100, time: 200 };

/** The rows, record by record. MB and GB are 10^6 and 10^9 bytes of records' values, as clients see them. */
export const KAFKA_METRICS: Metrics = Object.fromEntries(RECORD_NAMES.flatMap(metricsOf));

function metricsOf(record: RecordName): [string, Metrics[string]][] {
  const rate = { unit: "MB/s", better: "higher" } as const;
  const time = { unit: "µs", better: "lower" } as const;
  const cost = { unit: "s/GB", better: "lower" } as const;
  return [
    ...CLIENTS_NAMES.map((who) => [`${record}: ${who} produce`, rate] as [string, typeof rate]),
    ...CLIENTS_NAMES.map((who) => [`${record}: ${who} consume`, rate] as [string, typeof rate]),
    ...CLIENTS_NAMES.flatMap((who) =>
      ["p50", "p99"].map((p) => [`${record}: ${who} acknowledged, ${p}`, time] as [string, typeof time]),
    ),
    [`${record}: processor time, produce`, cost],
    [`${record}: processor time, consume`, cost],
  ];
}

/** The topic that a system's producers write to. */
export function producedTopic(system: string, record: string): string {
  return topicName("produced", system, record);
}

/** The topic that a system's consumers read again and again. */
export function storedTopic(system: string, record: string): string {
  return topicName("stored", system, record);
}

function topicName(...parts: readonly string[]): string {
  return parts.join(".").replaceAll(/[^\w.-]/g, "-");
}

/** Writes what is to be read, through the system. */
export async function store(
  clients: KafkaClients,
  name: string,
  { producers }: RunningKafkaSystem,
): Promise<void> {
  for (const record of RECORD_NAMES) {
    const { size, stored } = RECORDS[record];
    await clients.run("fill", producers, storedTopic(name, record), PARTITIONS, size, stored);
  }
}

/** Takes all figures of a running system. */
export async function measureKafka(
  clients: KafkaClients,
  name: string,
  system: RunningKafkaSystem,
  load: KafkaLoad,
): Promise<Figures> {
  const figures: Record<string, number> = {};
  for (const record of RECORD_NAMES) {
    const { size } = RECORDS[record];
    const [produced, stored] = [producedTopic(name, record), storedTopic(name, record)];
    const { producers, consumers } = system;

    const produce = new Cost(system);
    for (const who of CLIENTS_NAMES) {
      const command = ["produce", producers, produced, CLIENTS[who], size, load.warm, load.time];
      figures[`${record}: ${who} produce`] = await produce.rate(clients.run(...command));
    }
    const consume = new Cost(system);
    for (const who of CLIENTS_NAMES) {
      const command = ["consume", consumers, stored, CLIENTS[who], PARTITIONS, size, load.time];
      figures[`${record}: ${who} consume`] = await consume.rate(clients.run(...command));
    }
    for (const who of CLIENTS_NAMES) {
      const command = ["acknowledge", producers, produced, CLIENTS[who], size, load.warm, load.time];
      const [p50 = Number.NaN, p99 = Number.NaN] = await clients.run(...command);
      figures[`${record}: ${who} acknowledged, p50`] = p50;
      figures[`${record}: ${who} acknowledged, p99`] = p99;
    }
    if (system.processes().length > 0) {
      figures[`${record}: processor time, produce`] = produce.each;
      figures[`${record}: processor time, consume`] = consume.each;
    }
  }
  return figures;
}

/** The processor time of a system's processes for what its clients have moved since. */
class Cost {
  readonly #system: RunningKafkaSystem;
  readonly #before: number;
  #bytes = 0;
  #spent = 0;

  constructor(system: RunningKafkaSystem) {
    this.#system = system;
    this.#before = this.#seconds();
  }

  /** MB per second, of an answer of bytes per second and bytes in all. */
  async rate(answer: Promise<readonly number[]>): Promise<number> {
    const [rate = Number.NaN, bytes = Number.NaN] = await answer;
    this.#bytes += bytes;
    this.#spent = this.#seconds() - this.#before;
    return rate / 1e6;
  }

  /** In seconds for each GB. */
  get each(): number {
    return this.#spent / (this.#bytes / 1e9);
  }

  #seconds(): number {
    return this.#system.processes().reduce((sum, pid) => sum + processorSeconds(pid), 0);
  }
}
