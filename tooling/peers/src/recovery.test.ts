import { setTimeout as sleep } from "node:timers/promises";

import { freePort } from "@ockam/acceptance/free-port";
import { killProcess } from "@ockam/acceptance/processes";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { BytePattern } from "./byte-pattern.ts";
import { routeTo } from "./ockam-home.ts";
import type { Implementation, OckamHome, PeerNode } from "./ockam-home.ts";
import { ockamHome } from "./portal.ts";
import { TransferServer } from "./transfer-server.ts";
import { transfer } from "./transfer.ts";

/** Between our peers everything works again this long after what was away is back, and is known as it is, ms. */
const PROMISE = 5000;
/** What a busy machine adds to that until a command has said so, ms. */
const SLACK = 2000;
/** A Rust peer needs some 40 s to notice. */
const RUST_PATIENCE = 90_000;
/** How long a connection may hang before another one is tried: a Rust inlet keeps those that it cannot serve. */
const STALL = 3000;
const LENGTH = 2 ** 16;
/** How long the relay is out of reach without a sign of it, ms. */
const CUTS = process.env["OCKAM_PEERS_FULL"] === "1" ? [1000, 10_000, 60_000] : [1000, 10_000];

const pattern = new BytePattern();
let server: TransferServer;

beforeAll(async () => {
  server = await TransferServer.start(pattern);
});
afterAll(() => server[Symbol.asyncDispose]());

const KINDS: readonly { readonly service: Implementation; readonly client: Implementation }[] = [
  { service: "typescript", client: "typescript" },
  { service: "typescript", client: "rust" },
  { service: "rust", client: "typescript" },
];

describe.each(KINDS)("our relay node, $service service, $client client", ({ service, client }) => {
  const isOurs = service === "typescript" && client === "typescript";
  const patience = isOurs ? PROMISE : RUST_PATIENCE;
  let scene: Scene;

  beforeAll(async () => {
    scene = await Scene.open(service, client);
    await expectTransfer(scene.port, RUST_PATIENCE);
  }, 120_000);
  afterAll(() => scene[Symbol.asyncDispose]());

  test("the relay node killed and restarted", { timeout: 240_000 }, async () => {
    await killProcess(scene.relay.pid);
    if (client === "typescript") await expectInlet(scene, "Down");
    if (service === "typescript") await expectRelay(scene, "Down");
    await scene.restartRelay();
    await expectTransfer(scene.port, patience);
    if (client === "typescript") await expectInlet(scene, "Up");
    if (service === "typescript") await expectRelay(scene, "Up");
  });

  test("the service node killed and restarted", { timeout: 240_000 }, async () => {
    await killProcess(scene.service.pid);
    if (client === "typescript") await expectInlet(scene, "Down");
    await scene.restartService();
    await expectTransfer(scene.port, patience);
    if (client === "typescript") await expectInlet(scene, "Up");
  });

  if (client === "rust") return;

  test("the client node killed and restarted", { timeout: 240_000 }, async () => {
    await killProcess(scene.client.pid);
    await scene.restartClient();
    await expectTransfer(scene.port, PROMISE);
    await expectInlet(scene, "Up");
  });

  if (!isOurs) return;

  test.each(CUTS)("the relay node silent for %i ms", { timeout: 240_000 }, async (cut) => {
    process.kill(scene.relay.pid, "SIGSTOP");
    const since = performance.now();
    if (cut > PROMISE + SLACK) {
      await expectInlet(scene, "Down");
      await expectRelay(scene, "Down");
    }
    await sleep(Math.max(0, cut - (performance.now() - since)));
    process.kill(scene.relay.pid, "SIGCONT");
    await expectTransfer(scene.port, PROMISE);
    await expectInlet(scene, "Up");
    await expectRelay(scene, "Up");
  });
});

test("the relay node at another address", { timeout: 120_000 }, async () => {
  await using home = await ockamHome("typescript");
  const relay = await home.createNode("relay");
  const service = await home.createNode("service");
  await home.createOutlet(service, server.port);
  await home.output(["relay", "create", "s", "--to", "service", "--at", "/node/relay"]);
  const client = await home.createNode("client");
  const port = await home.createInlet(client, "/node/relay/service/forward_to_s/secure/api/service/outlet");
  await expectTransfer(port, PROMISE);
  await killProcess(relay.pid);
  await home.output(["node", "delete", "relay", "--yes"]);
  const moved = await home.createNode("relay");
  expect(moved.port).not.toBe(relay.port);
  await expectTransfer(port, PROMISE);
});

/** A service node that is reached through a relay only, its client, and homes of their own for all three. */
class Scene implements AsyncDisposable {
  readonly relayHome: OckamHome;
  readonly serviceHome: OckamHome;
  readonly clientHome: OckamHome;
  relay!: PeerNode;
  service!: PeerNode;
  client!: PeerNode;
  port = 0;

  private constructor([relay, service, client]: readonly [OckamHome, OckamHome, OckamHome]) {
    this.relayHome = relay;
    this.serviceHome = service;
    this.clientHome = client;
  }

  static async open(service: Implementation, client: Implementation): Promise<Scene> {
    const env = { OCKAM_DEFAULT_TIMEOUT: "10s" };
    const homes = [
      await ockamHome("typescript"),
      await ockamHome(service, env),
      await ockamHome(client, env),
    ];
    const scene = new Scene([homes[0]!, homes[1]!, homes[2]!]);
    scene.relay = await scene.relayHome.createNode("relay", { port: await freePort() });
    scene.service = await scene.serviceHome.createNode("service");
    await scene.#offer();
    scene.client = await scene.clientHome.createNode("client");
    const route = `${routeTo(scene.relay)}/service/forward_to_s/secure/api/service/outlet`;
    scene.port = await scene.clientHome.createInlet(scene.client, route);
    return scene;
  }

  async restartRelay(): Promise<void> {
    this.relay = await this.relayHome.createNode("relay", { port: this.relay.port });
  }

  async restartService(): Promise<void> {
    this.service = await this.serviceHome.createNode("service", { port: this.service.port });
    // A Rust node that is started again has lost what it had.
    if (this.serviceHome.implementation === "rust") await this.#offer();
  }

  async restartClient(): Promise<void> {
    this.client = await this.clientHome.createNode("client", { port: this.client.port });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const home of [this.relayHome, this.serviceHome, this.clientHome]) await home[Symbol.asyncDispose]();
  }

  async #offer(): Promise<void> {
    await this.serviceHome.createOutlet(this.service, server.port);
    await this.serviceHome.output(["relay", "create", "s", "--to", "service", "--at", routeTo(this.relay)]);
  }
}

/** New connections work, from now on or within `patience` ms. */
async function expectTransfer(port: number, patience: number): Promise<void> {
  const deadline = performance.now() + patience;
  for (;;) {
    const startedAt = performance.now();
    const result = await transfer(port, "both", LENGTH, pattern, { stall: STALL });
    if (result.outcome === "complete" && result.intact && startedAt < deadline) return;
    expect(performance.now(), JSON.stringify({ ...result, error: result.error?.message })).toBeLessThan(
      deadline,
    );
    await sleep(100);
  }
}

interface Shown {
  readonly alias?: string;
  readonly status?: string;
  readonly connection_status?: string;
  readonly last_failure: string | null;
  readonly last_failure_at: string | null;
}

/** `tcp-inlet list` and `status` say so in time, and why it was Down. */
async function expectInlet(scene: Scene, status: "Up" | "Down"): Promise<void> {
  const find = async (): Promise<Shown> =>
    (
      JSON.parse(
        await scene.clientHome.output(["tcp-inlet", "list", "--at", "client", "--output", "json"]),
      ) as [Shown]
    )[0];
  await expectStatus(find, status);
  const told = JSON.parse(await scene.clientHome.output(["status", "--output", "json"])) as {
    readonly nodes: readonly { readonly inlets: readonly Shown[] }[];
  };
  expect(told.nodes[0]!.inlets[0]!.status).toBe(status);
}

async function expectRelay(scene: Scene, status: "Up" | "Down"): Promise<void> {
  await expectStatus(
    async () =>
      JSON.parse(
        await scene.serviceHome.output(["relay", "show", "s", "--at", "service", "--output", "json"]),
      ) as Shown,
    status,
  );
}

async function expectStatus(find: () => Promise<Shown>, status: "Up" | "Down"): Promise<void> {
  await expect
    .poll(
      async () => {
        const shown = await find();
        return shown.status ?? shown.connection_status;
      },
      { timeout: PROMISE + SLACK, interval: 100 },
    )
    .toBe(status);
  if (status === "Up") return;
  const { last_failure: failure, last_failure_at: failedAt } = await find();
  expect(failure).toEqual(expect.any(String));
  expect(Date.now() - Date.parse(failedAt ?? "")).toBeLessThan(60_000);
}
