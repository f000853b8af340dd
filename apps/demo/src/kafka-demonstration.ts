import { randomBytes } from "node:crypto";

import { freePort, KafkaBroker } from "@ockam/peers";

import { CanarySearch } from "./canary.ts";
import { startMachines } from "./machines.ts";
import type { OckamCommand } from "./ockam-command.ts";
import { produce, TopicReader } from "./topic-reader.ts";

/** The topic that goes through Ockam, and one that does not, to see that the search finds what is there. */
export const TOPIC = "payments";
const PLAIN_TOPIC = "payments-without-ockam";

/** The ports that clients connect to; others when somebody has them. */
const PRODUCER_PORT = 4000;
const CONSUMER_PORT = 5000;

/** The Kafka portal of the demonstration, open. */
export interface OpenKafkaPortal {
  readonly version: string;
  /** Where each kind of client connects. */
  readonly ports: Readonly<Record<"broker" | "producer" | "consumer" | "relay", number>>;
  readonly broker: KafkaBroker;
  /** A consumer behind its inlet. */
  readonly reader: TopicReader;
}

/** Opens everything; what is opened is put on `stack`. `tell` is called with each command line. */
export async function openKafkaPortal(
  stack: AsyncDisposableStack,
  tell: (line: string) => void,
): Promise<OpenKafkaPortal> {
  const kafka = stack.use(await KafkaBroker.start());
  for (const topic of [TOPIC, PLAIN_TOPIC]) await kafka.createTopic(topic);
  const names = ["relay", "broker", "producer", "consumer"] as const;
  const { broker, consumer, producer, relay } = await startMachines(names, stack, tell);

  const relayPort = await freePort();
  const ports = ["--port", String(relayPort), "--authority-port", String(await freePort())];
  const project = await relay.runForJson("project", "create", "--address", "127.0.0.1", ...ports);
  const { tickets } = project as CreatedProject;
  const forClients = await relay.run("project", "ticket", "--relay", "*", "--usage-count", "2", "--short");

  await broker.runWithInput(tickets.service, "project", "enroll", "-");
  const outlet = ["--bootstrap-server", String(kafka.port), "--relay", "default"];
  await broker.run("kafka-outlet", "create", ...outlet);

  const producerPort = await openInlet(producer, forClients, PRODUCER_PORT);
  const consumerPort = await openInlet(consumer, forClients, CONSUMER_PORT);
  const reader = stack.use(await TopicReader.start(consumerPort, TOPIC));
  return {
    version: kafka.version,
    ports: { broker: kafka.port, producer: producerPort, consumer: consumerPort, relay: relayPort },
    broker: kafka,
    reader,
  };
}

async function openInlet(machine: OckamCommand, ticket: string, wanted: number): Promise<number> {
  await machine.runWithInput(ticket, "project", "enroll", "-");
  const port = await freePort(wanted);
  await machine.run("kafka-inlet", "create", "--via", "default", "--from", String(port));
  return port;
}

/** What came of sending records through the portal. */
export interface KafkaProof {
  readonly sent: readonly string[];
  /** What the consumer read. */
  readonly read: readonly string[];
  /** What somebody reads who asks the broker itself. */
  readonly raw: readonly Buffer[];
  /** What is in the broker's log of the topic. */
  readonly log: Searched;
  /** The same records, sent without Ockam: the search finds them there. */
  readonly plainLog: Searched;
}

/** A search for what was sent. */
export interface Searched {
  readonly bytes: number;
  readonly found: number;
}

/** Sends records from the producer's machine, reads them at the consumer's, and searches the broker's files for them. */
export async function sendRecords({ broker, ports, reader }: OpenKafkaPortal): Promise<KafkaProof> {
  const sent = ["Ada", "Grace", "Barbara"].map((name) =>
    JSON.stringify({ name, card: `4111-${randomBytes(6).toString("hex")}` }),
  );
  await produce(ports.producer, TOPIC, sent);
  const read = await reader.take(sent.length);
  await produce(ports.broker, PLAIN_TOPIC, sent);
  await using outsider = await TopicReader.start(ports.broker, TOPIC);
  return {
    sent,
    read: read.map((value) => value.toString()),
    raw: await outsider.take(sent.length),
    log: search(broker.segments(TOPIC), sent),
    plainLog: search(broker.segments(PLAIN_TOPIC), sent),
  };
}

/** The consumer has read all; the broker has all, and none of it in clear, where the search would find it. */
export function isKafkaProved({ log, plainLog, read, sent }: KafkaProof): boolean {
  const isRead = read.length === sent.length && sent.every((value, index) => read[index] === value);
  return isRead && log.found === 0 && log.bytes > 0 && plainLog.found === sent.length;
}

function search(files: readonly Buffer[], texts: readonly string[]): Searched {
  const canaries = new CanarySearch(texts.map((text) => /4111-\w+/.exec(text)?.[0] ?? text));
  for (const file of files) canaries.push(file);
  return { bytes: files.reduce((sum, { length }) => sum + length, 0), found: canaries.found.size };
}

interface CreatedProject {
  readonly tickets: { readonly service: string };
}
