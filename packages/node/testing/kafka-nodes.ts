import { tcp } from "@ockam/transport-tcp";

import type { KafkaInletCreateParams } from "../src/control/control-api.ts";
import type { CreateNodeOptions } from "../src/node-options.ts";
import type { OckamNode } from "../src/ockam-node.ts";
import type { KafkaInletStatus } from "../src/status/node-status.ts";
import { FakeBroker, RawClient } from "./kafka-clients.ts";
import { addressOf, Nodes } from "./nodes.ts";

/** Nodes over TCP, a broker, and clients. All are closed at the end of the block. */
export class KafkaNodes implements AsyncDisposable {
  readonly nodes = new Nodes();
  readonly broker: FakeBroker;
  readonly #clients: RawClient[] = [];

  private constructor(broker: FakeBroker) {
    this.broker = broker;
  }

  static async create(): Promise<KafkaNodes> {
    return new KafkaNodes(await FakeBroker.start());
  }

  node(options: CreateNodeOptions = {}): Promise<OckamNode> {
    return this.nodes.create({ transport: tcp(), tcpListenerAddress: "127.0.0.1:0", ...options });
  }

  /** A client at a port of an inlet: the first one, or that of broker 1. */
  async client(address: string): Promise<RawClient> {
    const client = await RawClient.connect(address);
    this.#clients.push(client);
    return client;
  }

  /** A client that has found broker 1. */
  async clientOf(inlet: KafkaInletStatus): Promise<RawClient> {
    const first = await this.client(inlet.from);
    const [broker] = await first.metadata();
    return this.client(`127.0.0.1:${broker!.port}`);
  }

  /** Produces until the consumer is found, and returns the last error code. */
  async produce(client: RawClient, topic: string, ...values: readonly string[]): Promise<number> {
    let code = await client.produce(topic, ...values);
    for (let times = 0; code === 19 && times < 20; times++) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      code = await client.produce(topic, ...values);
    }
    return code;
  }

  /** Reads a topic until there is something to be read: keys may be on their way. */
  async read(client: RawClient, topic: string): Promise<readonly (string | null)[]> {
    let values = await client.fetch(topic);
    for (let times = 0; values.length === 0 && times < 30; times++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      values = await client.fetch(topic);
    }
    return values;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client[Symbol.dispose]();
    await this.nodes[Symbol.asyncDispose]();
    await this.broker[Symbol.asyncDispose]();
  }
}

/** What makes an inlet at any free port lead to a node, and trust these. */
export function inletTo(
  node: OckamNode,
  allowed: readonly OckamNode[],
  params: KafkaInletCreateParams = {},
): KafkaInletCreateParams {
  const allow = allowing(...allowed);
  return {
    from: "127.0.0.1:0",
    to: `${addressOf(node)}/secure/api`,
    allow,
    allowConsumer: allow,
    allowProducer: allow,
    ...params,
  };
}

/** The policy for these and nobody else. */
export function allowing(...nodes: readonly OckamNode[]): string {
  return `(member? subject.identifier [${nodes.map(({ identifier }) => `"${identifier}"`).join(" ")}])`;
}
