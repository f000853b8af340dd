import { setTimeout as sleep } from "node:timers/promises";

import { freePort } from "@ockam/acceptance/free-port";

import type { Implementation } from "../ockam-home.ts";
import { Role } from "../project/role.ts";
import { SelfHostedProject } from "../project/self-hosted-project.ts";
import type { ProjectHosts } from "../project/self-hosted-project.ts";

/** How nodes reach each other: through the project's relay, or by their TCP ports. */
export type Way = "relay" | "direct";

/** A member's node, its TCP port, and its relay. */
export interface MemberNode {
  readonly role: Role;
  readonly port: number;
  readonly relay: string;
}

/** An inlet: where clients connect. */
export interface KafkaInletEnd {
  readonly node: MemberNode;
  readonly name: string;
  readonly address: string;
}

/** How an inlet is to be. */
export interface InletOptions {
  /** The node with the outlet, and how it is reached. */
  readonly outlet: MemberNode;
  readonly way: Way;
  /** With the direct way: the node that consumes; without one, the inlet is the consumer's. */
  readonly consumer?: MemberNode;
  /** Further options of `kafka-inlet create`. */
  readonly options?: readonly string[];
}

/** What is created on a node besides the node itself, and again when a Rust node has forgotten it. */
type Creation = () => Promise<unknown>;

/** A self-hosted project with members that have Kafka inlets and outlets, command by command. */
export class KafkaProject implements AsyncDisposable {
  readonly project: SelfHostedProject;
  readonly #creations = new Map<string, Creation[]>();
  #names = 0;

  private constructor(project: SelfHostedProject) {
    this.project = project;
  }

  /** By default everything is ours. */
  static async start(
    hosts: ProjectHosts = { authority: "typescript", relay: "typescript" },
  ): Promise<KafkaProject> {
    return new KafkaProject(await SelfHostedProject.start(hosts));
  }

  /** A member whose node may have any relay. */
  async member(implementation: Implementation): Promise<MemberNode> {
    const relay = `member${this.#names++}`;
    const home = await this.project.enrol(implementation, ["--relay", "*"]);
    const port = await freePort();
    const creations: Creation[] = [];
    this.#creations.set(relay, creations);
    const role = await Role.start(home, relay, async () => {
      await home.createNode(relay, { port });
      for (const create of creations) await create();
    });
    return { role, port, relay };
  }

  /** Gives a node the outlet to a broker, and a relay that leads to it. */
  async createOutlet(node: MemberNode, brokerPort: number, options: readonly string[] = []): Promise<void> {
    const { home, name } = node.role;
    const broker = ["--bootstrap-server", `127.0.0.1:${brokerPort}`];
    await this.#create(node, async () => {
      await home.output(["kafka-outlet", "create", "--at", name, ...broker, ...options]);
      await home.output(["relay", "create", node.relay, "--to", name]);
    });
  }

  /** Gives a node an inlet, named differently from all others. */
  async createInlet(
    node: MemberNode,
    { consumer, options = [], outlet, way }: InletOptions,
  ): Promise<KafkaInletEnd> {
    const name = `inlet${this.#names++}`;
    const address = `127.0.0.1:${await freePort()}`;
    const args = [
      name,
      "--at",
      node.role.name,
      "--from",
      address,
      ...routesTo(way, outlet, consumer),
      ...options,
    ];
    await this.#create(node, () => node.role.home.output(["kafka-inlet", "create", ...args]));
    return { node, name, address };
  }

  /** Waits until every partition of a topic has a consumer that producers can agree on a key with. */
  async untilConsumed(topic: string, partitions: number): Promise<void> {
    const { home, name } = this.project.relay;
    for (;;) {
      const shown = await home.output(["worker", "list", "--at", name, "--output", "json"]);
      const workers = (JSON.parse(shown) as readonly { readonly addr: string }[]).map(({ addr }) => addr);
      const wanted = Array.from({ length: partitions }, (_, i) => `forward_to_consumer_${topic}_${i}`);
      if (wanted.every((worker) => workers.includes(worker))) return;
      await sleep(100);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.project[Symbol.asyncDispose]();
  }

  async #create(node: MemberNode, create: Creation): Promise<void> {
    await create();
    this.#creations.get(node.relay)!.push(create);
  }
}

function routesTo(way: Way, outlet: MemberNode, consumer: MemberNode | undefined): readonly string[] {
  if (way === "relay") {
    const to = `/project/default/service/forward_to_${outlet.relay}/secure/api`;
    return ["--to", to, "--consumer-relay", "/project/default"];
  }
  const to = ["--to", `${directRoute(outlet)}/secure/api`, "--avoid-publishing"];
  return consumer === undefined ? to : [...to, "--consumer", directRoute(consumer)];
}

function directRoute(node: MemberNode): string {
  return `/ip4/127.0.0.1/tcp/${node.port}`;
}
