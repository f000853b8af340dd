import { access } from "node:fs/promises";

import { freePort, ockamPeerPath, routeTo, rustOckam, typescriptOckam } from "@ockam/peers";
import type { OckamHome, PeerNode } from "@ockam/peers";

import type { KafkaSystem, RunningKafkaSystem } from "./kafka-system.ts";

/** This product: nodes of their own for producers, consumers and the broker; records encrypted with topic keys. */
export const topicKeysSystem: KafkaSystem = typescriptSystem("ockam-ts", ["--key-agreement", "topic-keys"]);

/** The same with the keys and the format of Rust's inlets. */
export const rustFormatSystem: KafkaSystem = typescriptSystem("ockam-ts-rust-format", [
  "--key-agreement",
  "rust",
]);

/** The same without encryption of records: only the way is encrypted. */
export const plainSystem: KafkaSystem = typescriptSystem("ockam-ts-plain", ["--no-content-encryption"]);

/** The Rust command, records encrypted. */
export const rustSystem: KafkaSystem = {
  name: "ockam-rust",
  missing: () =>
    access(ockamPeerPath()).then(
      () => undefined,
      () => "the Rust ockam is not built, run: pnpm peers:install (30 minutes)",
    ),
  start: async (broker) => startPortal(await homes(rustOckam), broker, []),
};

function typescriptSystem(name: string, options: readonly string[]): KafkaSystem {
  return {
    name,
    missing: () => Promise.resolve(undefined),
    start: async (broker) => startPortal(await homes(typescriptOckam), broker, options),
  };
}

interface Homes {
  readonly producer: OckamHome;
  readonly consumer: OckamHome;
  readonly outlet: OckamHome;
}

async function homes(create: () => OckamHome | Promise<OckamHome>): Promise<Homes> {
  return { producer: await create(), consumer: await create(), outlet: await create() };
}

// Kafka portals let in whom a policy names, and there is no project whose members that could be.
const ANYBODY = "(= 1 1)";
const POLICIES = ["--allow", ANYBODY];
const INLET_POLICIES = [...POLICIES, "--allow-consumer", ANYBODY, "--allow-producer", ANYBODY];

async function startPortal(
  { consumer, outlet, producer }: Homes,
  broker: number,
  options: readonly string[],
): Promise<RunningKafkaSystem> {
  await using opened = new AsyncDisposableStack();
  for (const home of [outlet, consumer, producer]) opened.use(home);
  const far = await outlet.createNode("outlet");
  const behind = ["--bootstrap-server", `127.0.0.1:${broker}`];
  await outlet.output(["kafka-outlet", "create", "--at", far.name, ...behind, ...POLICIES]);
  const consumers = await consumer.createNode("consumer");
  const producers = await producer.createNode("producer");
  const createInlet = async (home: OckamHome, node: PeerNode): Promise<string> => {
    const port = await freePort();
    const place = ["--at", node.name, "--from", `127.0.0.1:${port}`];
    const routes = ["--to", `${routeTo(far)}/secure/api`, "--consumer", routeTo(consumers)];
    const inlet = [...place, ...routes, "--avoid-publishing", ...INLET_POLICIES, ...options];
    await home.output(["kafka-inlet", "create", ...inlet]);
    return `127.0.0.1:${port}`;
  };
  const addresses = {
    consumers: await createInlet(consumer, consumers),
    producers: await createInlet(producer, producers),
  };
  const running = opened.move();
  return {
    ...addresses,
    processes: () => [producer, consumer, outlet].flatMap((home) => home.processes()),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
