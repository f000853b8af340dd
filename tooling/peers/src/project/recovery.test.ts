import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import type { Implementation } from "../ockam-home.ts";
import { PrivateNetworks } from "../private-networks.ts";
import { TransferAgent } from "../transfer-agent.ts";
import type { TransferResult } from "../transfer.ts";
import { fiveCommands } from "./five-commands.ts";
import type { Roles } from "./five-commands.ts";
import { untilConnected } from "./recovery.ts";
import { SelfHostedProject } from "./self-hosted-project.ts";

const BACKEND_PORT = 5432;
const INLET_PORT = 15_432;
const FULL = process.env["OCKAM_PEERS_FULL"] === "1";
/** How long the network is cut, in seconds. */
const CUTS = FULL ? [1, 10, 60] : [1, 10];
/** Milliseconds after which new connections work: the promise between our peers, and what Rust's take at the most. */
const LIMIT: Readonly<Record<Implementation, number>> = { typescript: 5000, rust: 120_000 };
const KINDS: readonly Implementation[] = FULL ? ["typescript", "rust"] : ["typescript"];

describe.each(KINDS)("a %s project", (kind) => {
  let roles: Roles;
  const resources = new AsyncDisposableStack();
  let networks: PrivateNetworks;
  let client: TransferAgent;
  let backend: TransferAgent;

  beforeAll(async () => {
    networks = resources.use(await PrivateNetworks.create());
    const seed = randomBytes(65_536);
    backend = resources.use(await TransferAgent.start(networks.service, seed));
    await backend.serve(BACKEND_PORT);
    client = resources.use(await TransferAgent.start(networks.client, seed));
    roles = await (kind === "rust" ? rustRoles() : ourRoles());
    expect(await untilConnected(connection, 10_000)).toBeLessThan(10_000);
  });

  afterAll(async () => {
    const { ends } = await backend.served();
    for (const end of ends) expect(end.intact).toBe(true);
    await resources.disposeAsync();
  });

  test.each(["authority", "relay", "service", "client"] as const)(
    "the node of the %s killed, and started again",
    { timeout: 180_000 },
    async (name) => {
      const role = roles[name];
      await role.kill();
      // Whoever has a credential does without the authority for a while.
      if (name === "authority") expect(await untilConnected(connection, 5000)).toBeLessThan(5000);
      await sleep(2000);
      await role.restart();
      await expectRecovery(`${name} killed`);
    },
  );

  describe.each(["service", "client"] as const)("the network of the %s", (network) => {
    test.each(CUTS)("cut for %i s", { timeout: 240_000 }, async (seconds) => {
      await networks.cut(network);
      expect(
        (await client.transfer({ port: INLET_PORT, mode: "both", length: 1000, stall: 900 })).outcome,
      ).not.toBe("complete");
      await sleep(seconds * 1000 - 900);
      await networks.mend(network);
      await expectRecovery(`${network} cut for ${seconds} s`);
    });

    test("with another address", { timeout: 240_000 }, async () => {
      await networks.move(network);
      await expectRecovery(`${network} moved`);
    });
  });

  function connection(): Promise<TransferResult> {
    return client.transfer({ port: INLET_PORT, mode: "both", length: 10_000, stall: 5000 });
  }

  async function expectRecovery(after: string): Promise<void> {
    const time = await untilConnected(connection, LIMIT[kind]);
    console.log(`${kind}, ${after}: ${time === undefined ? "never" : (time / 1000).toFixed(1)} s`);
    expect(time, after).toBeLessThan(LIMIT[kind]);
  }

  async function ourRoles(): Promise<Roles> {
    const journey = resources.use(await fiveCommands(networks));
    return journey.roles();
  }

  async function rustRoles(): Promise<Roles> {
    const hosts = { authority: "rust", relay: "rust", place: networks.relay } as const;
    const project = resources.use(await SelfHostedProject.start(hosts));
    const service = await project.service("rust", { place: networks.service, backend: BACKEND_PORT });
    const { role } = await project.client("rust", { place: networks.client, port: INLET_PORT });
    return { authority: project.authority, relay: project.relay, service, client: role };
  }
});
