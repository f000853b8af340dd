import { setTimeout as sleep } from "node:timers/promises";

import { isAlive } from "@ockam/acceptance/processes";
import { decodeApiResponse } from "@ockam/authority";
import { Address } from "@ockam/core-routing";
import type { Route } from "@ockam/core-routing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { BytePattern } from "../byte-pattern.ts";
import { databaseFaults } from "../database-check.ts";
import { proportionalSetSize } from "../proportional-set-size.ts";
import { TransferServer } from "../transfer-server.ts";
import { transfer } from "../transfer.ts";
import type { TransferResult } from "../transfer.ts";
import { HOSTILE_PAYLOADS } from "./hostile-payloads.ts";
import { Intruder } from "./intruder.ts";
import type { MemberTicket, Standing } from "./intruder.ts";
import type { Role } from "./role.ts";
import { SelfHostedProject } from "./self-hosted-project.ts";

/** By how much a node may have grown after each walk, in bytes. */
const MAX_GROWTH = 96 * 2 ** 20;
const LENGTH = 2 ** 20;
const STANDINGS: readonly Standing[] = ["connection", "channel", "member"];

const AUTHORITY_SERVICES = {
  credential_issuer: "for members",
  membership_changes: "for members",
  direct_authenticator: "for enrollers",
  enrollment_token_issuer: "for enrollers",
  enrollment_token_acceptor: "for who has a code",
} as const;

const pattern = new BytePattern();
let backend: TransferServer;
let project: SelfHostedProject;
let port: number;

beforeAll(async () => {
  backend = await TransferServer.start(pattern);
  project = await SelfHostedProject.start({ authority: "typescript", relay: "typescript" });
  await project.service("typescript", { backend: backend.port });
  ({ port } = await project.client("typescript"));
});

afterAll(async () => {
  await project?.[Symbol.asyncDispose]();
  await backend?.[Symbol.asyncDispose]();
});

describe.each(["authority", "relay"] as const)("every worker of the %s's node", (which) => {
  test.each(STANDINGS)("takes every kind of message from a %s", { timeout: 120_000 }, async (standing) => {
    const role: Role = project[which];
    const target = which === "authority" ? project.authorityPort : project.relayPort;
    const workers = await workersOf(role);
    const members = await membersOf();
    const before = proportionalSetSize(role.pid);
    const ticket = standing === "member" ? await memberTicket() : undefined;
    const served = backend.ends.length;

    await using intruder = await Intruder.at(target, standing, ticket);
    const honest = new HonestTraffic();
    for (const worker of workers)
      for (const payload of HOSTILE_PAYLOADS.values())
        for (const [route, back] of routesTo(worker)) await intruder.send(route, payload, back);
    await sleep(500);

    const transfers = await honest.stop();
    expect(transfers.length).toBeGreaterThan(0);
    for (const result of transfers) expect(result).toMatchObject({ outcome: "complete", intact: true });
    expect(isAlive(role.pid)).toBe(true);
    expect(proportionalSetSize(role.pid) - before).toBeLessThan(MAX_GROWTH);
    expect(databaseFaults(role.home.path)).toEqual([]);
    // Nothing reached the backend but the honest transfers.
    expect(backend.ends.length + backend.connections - served).toBe(transfers.length);
    const joined = standing === "member" ? [String(intruder.identifier)] : [];
    expect(await membersOf()).toEqual([...members, ...joined].toSorted());
    expect(relaysAmong(await workersOf(role))).toEqual(relaysAmong(workers));
    if (which === "authority") expectRefusals(intruder, standing);
  });
});

/** Transfers of the honest client, one after another. */
class HonestTraffic {
  readonly #results: TransferResult[] = [];
  readonly #done: Promise<void>;
  #stopped = false;

  constructor() {
    this.#done = this.#run();
  }

  async stop(): Promise<readonly TransferResult[]> {
    this.#stopped = true;
    await this.#done;
    return this.#results;
  }

  async #run(): Promise<void> {
    do {
      this.#results.push(await transfer(port, "both", LENGTH, pattern));
      await sleep(100);
    } while (!this.#stopped);
  }
}

/** Who may do nothing at an authority is told so; who has not even a channel hears nothing. */
function expectRefusals(intruder: Intruder, standing: Standing): void {
  const answered = new Set(intruder.answers.keys());
  if (standing === "connection") return expect([...answered]).toEqual(["api"]);
  for (const [worker, own] of Object.entries(AUTHORITY_SERVICES)) {
    const statuses = new Set(intruder.answers.get(worker)?.map((answer) => decodeApiResponse(answer).status));
    expect(statuses.size, worker).toBeGreaterThan(0);
    const mayBeGranted = own === "for members" && standing === "member";
    expect(mayBeGranted || !statuses.has(200), worker).toBe(true);
    answered.delete(worker);
  }
  expect([...answered]).toEqual(["echo"]);
  return undefined;
}

/** Ways to a worker, and where the answers are to go: to the sender when absent. */
function routesTo(worker: string): readonly (readonly [Route, Route?])[] {
  const address = Address.parse(worker);
  return [
    [[address]],
    [[address, address]],
    [[address, Address.local("api")]],
    [[address, Address.local("forward_to_default"), Address.local("postgres")]],
    [[Address.local("forward_to_default"), address]],
    [[address], []],
    [[address], [address]],
    [[address], Array.from({ length: 30 }, () => address)],
  ];
}

function relaysAmong(workers: readonly string[]): readonly string[] {
  return workers.filter((worker) => worker.startsWith("forward_to_")).toSorted();
}

async function workersOf(role: Role): Promise<readonly string[]> {
  const listed = await role.home.output(["worker", "list", "--at", role.name, "--output", "json"]);
  const here = (JSON.parse(listed) as readonly { readonly addr: string }[]).map(({ addr }) => addr);
  const known = ["postgres", "outlet", "_internal.nodemanager", "forward_to_default", "nobody"];
  return [...new Set([...here, ...known])];
}

async function membersOf(): Promise<readonly string[]> {
  const { home } = project.authority;
  const ids = await home.output(["project-member", "list-ids", "--identity", "admin", "--output", "json"]);
  return (JSON.parse(ids) as readonly { readonly identifier: string }[])
    .map(({ identifier }) => identifier)
    .toSorted();
}

async function memberTicket(): Promise<MemberTicket> {
  const ticket = JSON.parse(await project.ticket(["--output", "json"])) as { readonly one_time_code: string };
  return { ...ticket, authorityPort: project.authorityPort };
}
