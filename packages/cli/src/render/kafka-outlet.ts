import type { KafkaOutletStatus } from "@ockam/node";

import { boolean, literal, map, named, number, string } from "../json-shape.ts";
import type { Style } from "../style.ts";
import { brokersText } from "./kafka-inlet.ts";
import { OUTLET_USE_MEMBERS } from "./outlet.ts";
import { renderSession, renderTraffic } from "./session.ts";

/** A Kafka outlet as `--output json` prints it. */
export const KAFKA_OUTLET = named("KafkaOutlet", {
  addr: string("the same as name"),
  type: literal("kafka_outlet"),
  name: string(),
  bootstrap_server: string("tcp://HOST:PORT or tls://HOST:PORT"),
  tls: boolean(),
  prefix: string(),
  address: string("/service/PREFIX_interceptor"),
  brokers: map(string(), "HOST:PORT of each broker that it leads to, by its id"),
  connections: number("to brokers, at present"),
  ...OUTLET_USE_MEMBERS,
});

/** A Kafka outlet as `--output json` prints it: what Rust's command tells of it, and how it is. */
export function describeKafkaOutlet(outlet: KafkaOutletStatus): Record<string, unknown> {
  return { addr: outlet.name, type: "kafka_outlet", ...outlet, bootstrap_server: bootstrapUrl(outlet) };
}

/** A Kafka outlet: its address, its broker, and the others that it has learnt of. */
export function renderKafkaOutlet(outlet: KafkaOutletStatus, style: Style): string {
  const { address, brokers, name } = outlet;
  const brokersSeen = brokersText(brokers);
  return [
    style.row(`Kafka outlet ${style.name(name)} to ${style.name(bootstrapUrl(outlet))}`),
    style.row(`  at ${style.name(address)}`),
    ...(brokersSeen === "" ? [] : [style.row(`  brokers${brokersSeen}`)]),
    ...renderTraffic(outlet.traffic, style),
    ...renderSession(outlet, style),
  ].join("\n");
}

function bootstrapUrl({ bootstrap_server: server, tls }: KafkaOutletStatus): string {
  return `${tls ? "tls" : "tcp"}://${server}`;
}
