import { setTimeout as sleep } from "node:timers/promises";

import { isAlive } from "@ockam/acceptance/processes";
import { toHex } from "@ockam/codec";
import { Address } from "@ockam/core-routing";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";

import { BytePattern } from "../byte-pattern.ts";
import { ockamHome, PORTAL_PAIRS } from "../portal.ts";
import type { PortalEnds } from "../portal.ts";
import { TransferServer } from "../transfer-server.ts";
import { transfer } from "../transfer.ts";
import type { TransferResult } from "../transfer.ts";
import { honest, MaliciousRelay } from "./malicious-relay.ts";
import type { Mischief, RelayedMessage } from "./malicious-relay.ts";
import { SelfHostedProject } from "./self-hosted-project.ts";

const LENGTH = 2 * 2 ** 20;
const ROUNDS = process.env["OCKAM_PEERS_FULL"] === "1" ? 10 : 1;
const STALL = 1500;

const pattern = new BytePattern();
// From the middle of the pattern's block: it is in every 64 KiB that the backend sends or gets.
const CANARY = pattern.chunk(10_000, 24);
const GREETING = Buffer.from("a greeting in clear");

/** Two nodes with a malicious relay between them. */
interface Ends {
  readonly title: string;
  readonly bothOurs: boolean;
  /** Sets them up: the port of the inlet, and the two processes. */
  readonly open: (
    relay: MaliciousRelay,
    backends: Backends,
    resources: AsyncDisposableStack,
  ) => Promise<Opened>;
}

/** Ports: of the outlet's backend, and of that of a node that should not be reached, whose relay is named `thief`. */
interface Backends {
  readonly own: number;
  readonly thief: number;
}

interface Opened {
  readonly port: number;
  readonly pids: readonly number[];
}

const CASES: readonly Ends[] = [
  ...PORTAL_PAIRS.map((ends) => ({
    title: `a ${ends.inlet} inlet and a ${ends.outlet} outlet that know each other`,
    bothOurs: ends.inlet === "typescript" && ends.outlet === "typescript",
    open: (...args: Parameters<Ends["open"]>) => openPair(ends, ...args),
  })),
  { title: "two members of a project whose node it is", bothOurs: true, open: openProject },
];

describe.each(CASES)("between $title", ({ bothOurs, open }) => {
  const resources = new AsyncDisposableStack();
  let backend: TransferServer;
  let thief: TransferServer;
  let relay: MaliciousRelay;
  let pids: readonly number[];
  let port: number;

  beforeAll(async () => {
    backend = resources.use(await TransferServer.start(pattern));
    relay = resources.use(await MaliciousRelay.start([CANARY, GREETING]));
    thief = resources.use(await TransferServer.start(pattern));
    ({ port, pids } = await open(relay, { own: backend.port, thief: thief.port }, resources));
  });

  afterAll(async () => {
    await resources.disposeAsync();
  });

  afterEach(async () => {
    relay.mischief = honest;
    // Whatever was done to them, the two are well, and find each other again.
    const recovered = await poll(30_000, async () => (await transferOnce(20_000)).outcome === "complete");
    expect(recovered, "after the mischief").toBe(true);
    for (const pid of pids) expect(isAlive(pid)).toBe(true);
    expect(relay.heard).toEqual([]);
  });

  test("an honest relay: complete, and nothing to read", async () => {
    const before = relay.relayed;
    expect(await transferOnce()).toMatchObject({ outcome: "complete", intact: true });
    expect(relay.relayed - before).toBeGreaterThan(30);
  });

  test.each<[string, () => Mischief]>([
    ["drops one of twenty messages", () => sometimes(20, () => [])],
    [
      "drops all that goes to the owner",
      () => (message) => (message.direction === "to-owner" ? [] : [message]),
    ],
    [
      "drops all that goes to the client",
      () => (message) => (message.direction === "to-client" ? [] : [message]),
    ],
    ["repeats one of five messages at once", () => sometimes(5, (message) => [message, message])],
    ["repeats everything again later", repeatLater],
    ["exchanges neighbours", () => exchangeNeighbours(10)],
    ["holds one of fifty messages back for long", () => holdBack(50, 40)],
    ["turns a bit of one of twenty messages", () => sometimes(20, (message) => [flipBit(message)])],
    ["cuts one of twenty messages short", () => sometimes(20, (message) => [cut(message)])],
    ["makes one of twenty messages longer", () => sometimes(20, (message) => [lengthen(message)])],
    [
      "empties one of twenty messages",
      () => sometimes(20, (message) => [{ ...message, payload: new Uint8Array() }]),
    ],
    ["sends one of twenty messages to another worker", () => sometimes(20, (message) => [redirect(message)])],
    ["sends one of twenty messages back", () => sometimes(20, (message) => [reflect(message)])],
    [
      "gives one of twenty messages a wrong return route",
      () => sometimes(20, (message) => [misaddress(message)]),
    ],
    ["splices a message out of two", splice],
  ])("the relay %s", { timeout: 240_000 }, async (_, mischief) => {
    const before = relay.meddled;
    for (let round = 0; round < ROUNDS || relay.meddled === before; round++) {
      relay.mischief = mischief();
      check(await transferOnce());
    }
    for (const end of backend.ends) {
      expect(end.intact).toBe(true);
      if (bothOurs) expect(end).not.toMatchObject({ clean: true, complete: false });
    }
  });

  test("messages of two connections exchanged", { timeout: 120_000 }, async () => {
    relay.mischief = exchangeConnections();
    for (const result of await Promise.all([transferOnce(), transferOnce(), transferOnce()])) check(result);
  });

  test("everything led to another node with the same services", { timeout: 120_000 }, async () => {
    const way = relay.owners.get("thief")!;
    relay.mischief = (message) => [message.direction === "to-owner" ? { ...message, way } : message];
    for (const end = Date.now() + 8000; Date.now() < end; await sleep(200)) {
      const result = await transferOnce(1000);
      expect(result.received).toBe(0);
      expect(result.outcome).not.toBe("complete");
    }
    expect(relay.meddled).toBeGreaterThan(0);
    expect(thief.ends.length + thief.connections).toBe(0);
  });

  test("handshakes of before played again", { timeout: 120_000 }, async () => {
    expect(relay.handshakes.length).toBeGreaterThan(0);
    const served = backend.ends.length + backend.connections;
    for (let round = 0; round < 20; round++)
      for (const handshake of relay.handshakes.slice(0, 20)) relay.send(handshake);
    await sleep(1000);
    expect(backend.ends.length + backend.connections).toBe(served);
  });

  function transferOnce(length = LENGTH): Promise<TransferResult> {
    return transfer(port, "both", length, pattern, { stall: STALL });
  }

  /** No wrong byte, and no end of stream before all was said. */
  function check(result: TransferResult): void {
    const context = JSON.stringify({ ...result, error: result.error?.message });
    expect(result.intact, context).toBe(true);
    // A Rust end that misses something says that the stream has ended, and has no other word.
    if (bothOurs) expect(result.outcome, context).not.toBe("ended");
  }
});

test("a project's node that plays the service itself gets nothing", { timeout: 120_000 }, async () => {
  await using resources = new AsyncDisposableStack();
  const backend = resources.use(await TransferServer.start(pattern));
  const thief = resources.use(await TransferServer.start(pattern));
  const relay = resources.use(await MaliciousRelay.start([CANARY]));
  relay.offerOutlet("postgres", thief.port);
  const project = resources.use(await projectWith(relay));
  await project.service("typescript", { backend: backend.port });
  const { port } = await project.client("typescript");
  const { port: trusting } = await project.client("typescript", { inlet: ["--allow", "(= 1 1)"] });
  const once = (at: number): Promise<TransferResult> => transfer(at, "both", 1000, pattern, { stall: STALL });
  for (const at of [port, trusting]) expect((await once(at)).outcome).toBe("complete");
  const [served, owner] = [backend.ends.length, relay.owners.get("default")!];

  const own = Address.local("api");
  relay.mischief = (message) => {
    if (message.direction === "to-client" || !message.way.equals(owner)) return [message];
    return message.onward[0]?.name === "api" ? [{ ...message, way: own, onward: [] }] : [];
  };
  // It could: an inlet that accepts anybody is taken in.
  expect(await poll(10_000, async () => (await once(trusting)).outcome === "complete")).toBe(true);
  await expect.poll(() => thief.connections).toBe(0);
  const stolen = thief.ends.length;
  expect(stolen).toBeGreaterThan(0);
  for (const end = Date.now() + 6000; Date.now() < end; await sleep(200)) {
    expect((await once(port)).received).toBe(0);
  }
  expect(thief.ends.length + thief.connections).toBe(stolen);
  expect(backend.ends.length).toBe(served);
  relay.mischief = honest;
  expect(await poll(10_000, async () => (await once(port)).outcome === "complete")).toBe(true);
});

test("what is in clear is heard", async () => {
  await using relay = await MaliciousRelay.start([CANARY, GREETING]);
  await using home = await ockamHome("typescript");
  await home.createNode("owner");
  const at = `/ip4/127.0.0.1/tcp/${relay.port}`;
  await home.output(["relay", "create", "owner", "--to", "owner", "--at", at]);
  const send = ["message", "send", GREETING.toString(), "--to"];
  const through = `${at}/service/forward_to_owner`;
  expect(await home.output([...send, `${through}/secure/api/service/echo`])).toBe(GREETING.toString());
  expect(relay.heard).toEqual([]);
  expect(await home.output([...send, `${through}/service/echo`])).toBe(GREETING.toString());
  expect(relay.heard).toEqual([GREETING]);
});

async function openPair(
  ends: PortalEnds,
  relay: MaliciousRelay,
  backends: Backends,
  resources: AsyncDisposableStack,
): Promise<Opened> {
  const env = { OCKAM_DEFAULT_TIMEOUT: "10s" };
  const outletHome = resources.use(await ockamHome(ends.outlet, env));
  const inletHome = resources.use(await ockamHome(ends.inlet, env));
  const bank = await outletHome.createIdentity("bank");
  const outlet = await outletHome.createNode("bank", { args: ["--identity", "bank"] });
  await outletHome.createOutlet(outlet, backends.own);
  const at = `/ip4/127.0.0.1/tcp/${relay.port}`;
  await outletHome.output(["relay", "create", "bank", "--to", "bank", "--at", at]);
  const thiefHome = resources.use(await ockamHome(ends.outlet, env));
  await thiefHome.createOutlet(await thiefHome.createNode("thief"), backends.thief);
  await thiefHome.output(["relay", "create", "thief", "--to", "thief", "--at", at]);
  const inlet = await inletHome.createNode("analyst");
  const route = `${at}/service/forward_to_bank/secure/api/service/outlet`;
  const port = await inletHome.createInlet(inlet, route, ["--authorized", bank]);
  return { port, pids: [outlet.pid, inlet.pid] };
}

async function openProject(
  relay: MaliciousRelay,
  backends: Backends,
  resources: AsyncDisposableStack,
): Promise<Opened> {
  const project = resources.use(await projectWith(relay));
  const service = await project.service("typescript", { backend: backends.own });
  // A member as well: the client has to say whom it means.
  await project.service("typescript", { backend: backends.thief, relay: "thief" });
  const inlet = ["--allow", await service.home.output(["identity", "show"])];
  const { port, role } = await project.client("typescript", { inlet });
  return { port, pids: [service.pid, role.pid] };
}

function projectWith(relay: MaliciousRelay): Promise<SelfHostedProject> {
  const { changeHistory, identifier } = relay.identity;
  const foreign = { port: relay.port, identifier: String(identifier), changeHistory: toHex(changeHistory) };
  return SelfHostedProject.start({ authority: "typescript", relay: foreign });
}

function sometimes(oneOf: number, change: Mischief): Mischief {
  return (message) => (Math.random() * oneOf < 1 ? change(message) : [message]);
}

function repeatLater(): Mischief {
  const kept: RelayedMessage[] = [];
  return (message) => {
    kept.push(message);
    return kept.length % 10 === 0 ? [message, ...kept.slice(-10), ...kept.slice(0, 3)] : [message];
  };
}

function exchangeNeighbours(oneOf: number): Mischief {
  const held = new Map<string, RelayedMessage>();
  return (message) => {
    const before = held.get(message.direction);
    if (before !== undefined) {
      held.delete(message.direction);
      return [message, before];
    }
    if (Math.random() * oneOf >= 1) return [message];
    held.set(message.direction, message);
    return [];
  };
}

function holdBack(oneOf: number, messages: number): Mischief {
  const held: { readonly message: RelayedMessage; readonly until: number }[] = [];
  let count = 0;
  return (message) => {
    const now = count++;
    const due = held[0] !== undefined && held[0].until <= now ? [held.shift()!.message] : [];
    if (Math.random() * oneOf >= 1) return [message, ...due];
    held.push({ message, until: now + messages });
    return due;
  };
}

function flipBit(message: RelayedMessage): RelayedMessage {
  const payload = Uint8Array.from(message.payload);
  const at = Math.floor(Math.random() * payload.length);
  payload[at] = payload[at]! ^ (1 << Math.floor(Math.random() * 8));
  return { ...message, payload };
}

function cut(message: RelayedMessage): RelayedMessage {
  return {
    ...message,
    payload: message.payload.slice(0, Math.floor(Math.random() * message.payload.length)),
  };
}

function lengthen(message: RelayedMessage): RelayedMessage {
  return { ...message, payload: Buffer.concat([message.payload, crypto.getRandomValues(new Uint8Array(7))]) };
}

function redirect(message: RelayedMessage): RelayedMessage {
  const names = ["echo", "uppercase", "outlet", "api", "static_forwarding_service", "nobody"];
  return { ...message, onward: [Address.local(names[Math.floor(Math.random() * names.length)]!)] };
}

function reflect(message: RelayedMessage): RelayedMessage {
  return { ...message, onward: message.returnRoute, returnRoute: message.onward };
}

function misaddress(message: RelayedMessage): RelayedMessage {
  return { ...message, returnRoute: [Address.local("echo"), Address.random()] };
}

/** The first half of a message with the second half of the one before. */
function splice(): Mischief {
  let before: RelayedMessage | undefined;
  return (message) => {
    const other = before;
    before = message;
    if (other === undefined || Math.random() * 20 >= 1) return [message];
    const half = Math.floor(message.payload.length / 2);
    return [
      {
        ...message,
        payload: Buffer.concat([message.payload.subarray(0, half), other.payload.subarray(half)]),
      },
    ];
  };
}

/** Each tenth message goes where the message before it went, if that is elsewhere. */
function exchangeConnections(): Mischief {
  const last = new Map<string, RelayedMessage>();
  let count = 0;
  return (message) => {
    const other = last.get(message.direction);
    last.set(message.direction, message);
    if (other === undefined || count++ % 10 !== 0) return [message];
    return [{ ...message, way: other.way, onward: other.onward, returnRoute: other.returnRoute }];
  };
}

async function poll(timeout: number, holds: () => Promise<boolean>): Promise<boolean> {
  for (const end = Date.now() + timeout; Date.now() < end;) {
    if (await holds()) return true;
    await sleep(200);
  }
  return false;
}
