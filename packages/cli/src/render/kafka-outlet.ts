import type { KafkaOutletStatus } from "@ockam/node";

import type { Style } from "../style.ts";
import { brokersText } from "./kafka-inlet.ts";

/** A Kafka outlet as `--output json` prints it: what Rust's command tells of it, and how it is. */
export function describeKafkaOutlet(outlet: KafkaOutletStatus): Record<string, unknown> {
  return { addr: outlet.name, type: "kafka_outlet", ...outlet, bootstrap_server: bootstrapUrl(outlet) };
}

/** A Kafka outlet: its address, its broker, and the others that it has learnt of. */
export function renderKafkaOutlet(outlet: KafkaOutletStatus, style: Style): string {
  const { address, brokers, connections, name } = outlet;
  const brokersSeen = brokersText(brokers);
  return [
    style.row(`Kafka outlet ${style.name(name)} to ${style.name(bootstrapUrl(outlet))}`),
    style.row(`  at ${style.name(address)}`),
    ...(brokersSeen === "" ? [] : [style.row(`  brokers${brokersSeen}`)]),
    style.row(`  ${connections} ${connections === 1 ? "connection" : "connections"}`),
  ].join("\n");
}

function bootstrapUrl({ bootstrap_server: server, tls }: KafkaOutletStatus): string {
  return `${tls ? "tls" : "tcp"}://${server}`;
}
