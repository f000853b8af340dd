import type { KafkaInletStatus } from "@ockam/node";

import { array, boolean, literal, map, named, nullable, number, string } from "../json-shape.ts";
import type { Style } from "../style.ts";
import { SESSION_MEMBERS, renderSession, renderTraffic } from "./session.ts";
import { TRAFFIC } from "./traffic.ts";

/** A Kafka inlet as `--output json` prints it. */
export const KAFKA_INLET = named("KafkaInlet", {
  addr: string("the same as name"),
  type: literal("kafka_inlet"),
  name: string(),
  from: string("where clients connect first: HOST:PORT"),
  brokers_port_range: string("FIRST-LAST"),
  advertised_host: string("what clients are told to connect to"),
  to: string("the route to the outlet's node, with /node/NAME resolved"),
  outlet_prefix: string(),
  status: literal("Up", "Down"),
  ...SESSION_MEMBERS,
  peer_identifier: nullable(
    string(),
    "who is at the other end; null while Down, and without a secure channel",
  ),
  traffic: TRAFFIC,
  brokers: map(string(), "HOST:PORT here of each broker, by its id"),
  connections: number("of clients, at present"),
  content_encryption: boolean(),
  encrypted_fields: array(string(), "none: whole values"),
  undelivered_records: number(
    "how many records clients did not get as they should have, since the node was started",
  ),
  undelivered_reason: nullable(string(), "which, and why, of the latest"),
  published: array(string(), "the relays by which this node's consumers are found, like consumer_orders_0"),
});

/** The range of an inlet that was told port 0. */
const ANY_PORTS = "0-0";

/** A Kafka inlet as `--output json` prints it: what Rust's command tells of it, and how it is. */
export function describeKafkaInlet(inlet: KafkaInletStatus): Record<string, unknown> {
  return { addr: inlet.name, type: "kafka_inlet", ...inlet };
}

/** A Kafka inlet: where clients connect, where it leads to, what it encrypts, and how its way has fared. */
export function renderKafkaInlet(inlet: KafkaInletStatus, style: Style): string {
  const { advertised_host: advertised, brokers, from, published } = inlet;
  const status = inlet.status === "Up" ? style.up("UP") : style.down("DOWN");
  const told = from.startsWith(`${advertised}:`) ? "" : `, told as ${style.name(advertised)}`;
  return [
    style.row(`Kafka inlet ${style.name(inlet.name)} at ${style.name(from)} ${status}`),
    style.row(`  to ${style.name(inlet.to)}`),
    style.row(`  brokers at ${portsText(inlet.brokers_port_range)}${told}${brokersText(brokers)}`),
    style.row(`  ${encryptionText(inlet)}`),
    ...undeliveredText(inlet).map((text) => style.row(`  ${text}`)),
    ...(published.length === 0 ? [] : [style.row(`  published as ${published.join(", ")}`)]),
    ...renderTraffic(inlet.traffic, style),
    ...renderSession(inlet, style),
  ].join("\n");
}

function portsText(range: string): string {
  return range === ANY_PORTS ? "any free ports" : `ports ${range}`;
}

function encryptionText({ content_encryption: isOn, encrypted_fields: fields }: KafkaInletStatus): string {
  if (!isOn) return "records are not encrypted";
  return fields.length === 0 ? "encrypts whole values" : `encrypts the fields ${fields.join(", ")}`;
}

function undeliveredText({
  undelivered_reason: reason,
  undelivered_records: count,
}: KafkaInletStatus): readonly string[] {
  if (!(count > 0)) return [];
  const records = count === 1 ? "1 record was" : `${count} records were`;
  return [`${records} not delivered as they should be; the latest: ${reason ?? "unknown"}`];
}

/** `: 1 at 127.0.0.1:4001, 2 at 127.0.0.1:4002` */
export function brokersText(brokers: Readonly<Record<string, string>>): string {
  const known = Object.entries(brokers).map(([id, address]) => `${id} at ${address}`);
  return known.length === 0 ? "" : `: ${known.join(", ")}`;
}
