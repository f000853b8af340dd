// What others may try with an open stream, and with many.
import { concatBytes, encodeUtf8, fromHex } from "@ockam/codec";
import type { AccessControl, Message, Route } from "@ockam/core-routing";
import { memoryTransport } from "@ockam/core-routing";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import type { Backend } from "../testing/backends.ts";
import {
  connectTo,
  expectReset,
  pattern,
  readExactly,
  readToEnd,
  startBackend,
  startEcho,
  until,
} from "../testing/backends.ts";
import type { Nodes } from "../testing/nodes.ts";
import { connectNodes, pretendChannel } from "../testing/nodes.ts";
import { PlainPeer } from "../testing/plain-peer.ts";
import { connectPortal } from "./connect-portal.ts";
import { createInlet } from "./inlet.ts";
import {
  INITIAL_WINDOW,
  KEEP_ALIVE_INTERVAL,
  KEEP_ALIVE_TIMEOUT,
  MAX_REFUSALS,
  TICK_INTERVAL,
} from "./limits.ts";
import { createOutlet } from "./outlet.ts";
import { encodeExtension, STREAM_CONTROL } from "./portal-extension.ts";
import {
  decodePortalMessage,
  encodeHandshake,
  encodePayload,
  encodeProgress,
  encodeReset,
} from "./portal-message.ts";

const ALICE = "a1".repeat(32);
const MALLORY = "e4".repeat(32);
const PING = encodeHandshake(
  "ping",
  encodeExtension({ capabilities: STREAM_CONTROL, credit: INITIAL_WINDOW, status: 0 }),
);

let nodes: Nodes;
let backend: Backend;
const cleanups: (() => unknown)[] = [];

beforeEach(async () => {
  nodes = await connectNodes(memoryTransport(), "");
  backend = await startEcho();
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
  await nodes.close();
  await backend.close();
});

function payload(data: Uint8Array, counter: number): Uint8Array {
  return concatBytes(...encodePayload([data], data.length, counter));
}

/** A stream-controlled inlet that a test plays, and its outlet. */
async function open(port = backend.port) {
  const outlet = createOutlet(nodes.outlets, { to: port });
  cleanups.push(() => outlet.close());
  const inlet = new PlainPeer(nodes.inlets);
  nodes.inlets.flowControls.addConsumer(inlet.context.address, nodes.connection.flowControlId);
  await inlet.send(PING, nodes.routeTo(outlet.address));
  expect(decodePortalMessage([await inlet.next()])).toMatchObject({ type: "pong" });
  return { inlet, outlet };
}

/** Whether the other end's next message is a Reset, with which reason. */
async function resetReason(inlet: PlainPeer): Promise<number | undefined> {
  for (;;) {
    const message = decodePortalMessage([await inlet.next()]);
    if (message.type === "reset") return message.reason;
  }
}

describe("a peer with stream control that breaks its rules is reset", () => {
  test.each([
    ["more data than its credit", [payload(new Uint8Array(INITIAL_WINDOW + 1), 0)], 10],
    ["a Payload without counter", [fromHex("030568656c6c6f")], 10],
    ["a counter that is skipped", [payload(encodeUtf8("a"), 0), payload(encodeUtf8("b"), 2)], 9],
    ["a counter that is repeated", [payload(encodeUtf8("a"), 0), payload(encodeUtf8("a"), 0)], 9],
    ["a Payload that is cut off", [fromHex("03056865")], 10],
    [
      "a total that is too small",
      [
        payload(encodeUtf8("ab"), 0),
        encodeProgress({ finished: true, wantsAnswer: false, sent: 1, limit: 10 }),
      ],
      9,
    ],
    [
      "a total that is too large",
      [
        payload(encodeUtf8("ab"), 0),
        encodeProgress({ finished: true, wantsAnswer: false, sent: 3, limit: 10 }),
      ],
      9,
    ],
    [
      "data after its end",
      [
        encodeProgress({ finished: true, wantsAnswer: false, sent: 0, limit: INITIAL_WINDOW }),
        payload(encodeUtf8("x"), 0),
      ],
      10,
    ],
    ["an end without its total", [payload(encodeUtf8("ab"), 0), Uint8Array.of(2)], 10],
  ])("%s", async (_what, messages, reason) => {
    const { inlet, outlet } = await open();
    const stream = inlet.peerRoute;
    const [accepted] = backend.sockets;
    const ending = new Promise((resolve) => accepted!.once("close", resolve));
    for (const message of messages) await inlet.send(message, stream);
    expect(await resetReason(inlet)).toBe(reason);
    await ending;
    expect(outlet.connections()).toEqual([]);
  });

  test("its Reset resets the application, with its reason", async () => {
    const { inlet, outlet } = await open();
    const heard = [...backend.sockets].map(readToEnd);
    await inlet.send(encodeReset(8));
    expect((await heard[0])!.how).toBe("reset");
    expect(outlet.lastFailure).toMatchObject({ code: "OCKAM_PORTAL_RESET" });
    const second = await open().catch((error: unknown) => error);
    expect(second).toMatchObject({ code: "OCKAM_ROUTING_ADDRESS_IN_USE" });
  });

  test("less credit than before changes nothing", async () => {
    const { inlet } = await open();
    await inlet.send(encodeProgress({ finished: false, wantsAnswer: true, sent: 0, limit: 0 }));
    expect(decodePortalMessage([await inlet.next()])).toEqual({
      type: "progress",
      finished: false,
      wantsAnswer: false,
      sent: 0,
      limit: INITIAL_WINDOW,
    });
    await inlet.send(payload(encodeUtf8("hello"), 0));
    expect(await inlet.data(5)).toEqual(encodeUtf8("hello"));
  });
});

describe("credit", () => {
  test("the outlet sends what it was granted, and no byte more", async () => {
    const data = pattern(3 * INITIAL_WINDOW);
    const source = await startBackend((socket) => socket.end(data));
    cleanups.push(() => source.close());
    const { inlet } = await open(source.port);
    const stream = inlet.peerRoute;
    const first = await inlet.data(INITIAL_WINDOW);
    await new Promise((resolve) => setTimeout(resolve, 10));
    await inlet.send(
      encodeProgress({ finished: false, wantsAnswer: true, sent: 0, limit: INITIAL_WINDOW }),
      stream,
    );
    expect(decodePortalMessage([await inlet.next()])).toMatchObject({
      type: "progress",
      sent: INITIAL_WINDOW,
    });
    await inlet.send(
      encodeProgress({ finished: false, wantsAnswer: false, sent: 0, limit: data.length }),
      stream,
    );
    const rest = await inlet.data(data.length - INITIAL_WINDOW);
    expect(Buffer.concat([first, rest]).equals(data)).toBe(true);
    expect(decodePortalMessage([await inlet.next()])).toMatchObject({
      type: "progress",
      finished: true,
      sent: data.length,
    });
  });
});

/** An inlet on the outlet's node that takes the Pong and then nothing more, until it is released. */
function startCongested() {
  const received: Uint8Array[] = [];
  const routes: Route[] = [];
  const releases: (() => void)[] = [];
  const released = new Promise<void>((resolve) => {
    releases.push(resolve);
  });
  const context = nodes.outlets.start((message) => {
    received.push(message.payload);
    routes.push(message.returnRoute);
    return received.length === 1 ? undefined : released;
  });
  return { context, received, routes, release: () => releases.forEach((release) => release()) };
}

describe("a peer that does not read", () => {
  test("and asks all the time gets answers that do not pile up", async () => {
    const outlet = createOutlet(nodes.outlets, { to: backend.port });
    cleanups.push(() => outlet.close());
    const peer = startCongested();
    await peer.context.send([outlet.address], PING);
    await until(() => peer.received.length === 1);
    const question = encodeProgress({ finished: false, wantsAnswer: true, sent: 0, limit: INITIAL_WINDOW });
    for (let asked = 0; asked < 500; asked++) {
      await peer.context.send(peer.routes[0]!, question);
      await Promise.resolve();
    }
    peer.release();
    await new Promise((resolve) => setTimeout(resolve, 5));
    // The Pong, what its queue takes before it asks to wait, and one that was due.
    expect(peer.received.length).toBeLessThan(15);
    const [stream] = outlet.connections();
    expect(stream?.state).toBe("open");
    // The end is told even when it was reached during the congestion.
    await peer.context.send(
      peer.routes[0]!,
      encodeProgress({ finished: true, wantsAnswer: false, sent: 0, limit: INITIAL_WINDOW }),
    );
    await until(() => outlet.connections().length === 0);
    expect(decodePortalMessage([peer.received.at(-1)!])).toMatchObject({ type: "progress", finished: true });
  });

  test("and ends during the congestion is told the end after it", async () => {
    const outlet = createOutlet(nodes.outlets, { to: backend.port });
    cleanups.push(() => outlet.close());
    const peer = startCongested();
    await peer.context.send([outlet.address], PING);
    await until(() => peer.received.length === 1);
    const progress = { wantsAnswer: true, sent: 0, limit: INITIAL_WINDOW };
    for (let asked = 0; asked < 20; asked++) {
      await peer.context.send(peer.routes[0]!, encodeProgress({ finished: asked === 19, ...progress }));
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
    peer.release();
    await until(() => outlet.connections().length === 0);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(decodePortalMessage([peer.received.at(-1)!])).toMatchObject({ type: "progress", finished: true });
  });

  test("is refused only so many times", async () => {
    const outlet = createOutlet(nodes.outlets, { to: backend.port, maxConnections: 1 });
    cleanups.push(() => outlet.close());
    const peer = startCongested();
    await peer.context.send([outlet.address], PING);
    await until(() => peer.received.length === 1);
    const stuck = new Promise<void>(() => {});
    let refused = 0;
    for (let index = 0; index < 300; index++) {
      const inlet = nodes.outlets.start(() => {
        refused += 1;
        return stuck;
      });
      for (let again = 0; again < 10; again++) await inlet.send([outlet.address], PING);
    }
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThanOrEqual(MAX_REFUSALS);
    expect(MAX_REFUSALS).toBe(64);
  });
});

test("a way that is disturbed all the time does not multiply into as many questions", async () => {
  const listeners = new Set<() => void>();
  const outlet = createOutlet(nodes.outlets, {
    to: backend.port,
    disturbance: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  });
  cleanups.push(() => outlet.close());
  const inlet = new PlainPeer(nodes.outlets);
  await inlet.context.send([outlet.address], PING);
  await inlet.next();
  for (let forged = 0; forged < 1_000; forged++) for (const listener of listeners) listener();
  expect(decodePortalMessage([await inlet.next()])).toMatchObject({ type: "progress", wantsAnswer: true });
  expect(inlet.raw).toHaveLength(2);
});

describe("identity", () => {
  test("a message of somebody else does not enter the stream, and does not end it", async () => {
    const outlet = createOutlet(nodes.outlets, { to: backend.port });
    cleanups.push(() => outlet.close());
    const inlet = new PlainPeer(nodes.outlets);
    const [alice, mallory] = [pretendChannel(nodes.outlets, ALICE), pretendChannel(nodes.outlets, MALLORY)];
    await inlet.context.send([alice, outlet.address], PING);
    await inlet.next();
    const stream = inlet.peerRoute.at(-1)!;
    for (const route of [[mallory, stream], [stream]]) {
      await inlet.context.send(route, payload(encodeUtf8("evil"), 0));
      await inlet.context.send(route, encodeReset(8));
    }
    await inlet.context.send([alice, stream], payload(encodeUtf8("good"), 0));
    expect(await inlet.data(4)).toEqual(encodeUtf8("good"));
  });

  test("an inlet takes messages only from the identity behind its route", async () => {
    const outlet = new PlainPeer(nodes.inlets);
    const alice = pretendChannel(nodes.inlets, ALICE);
    const inlet = await createInlet(nodes.inlets, { from: 0, route: [alice, outlet.context.address] });
    cleanups.push(() => inlet.close());
    const client = await connectTo(inlet.address);
    cleanups.push(() => client.destroy());
    await outlet.next();
    const stream = outlet.peerRoute.at(-1)!;
    await outlet.context.send([stream], Uint8Array.of(1));
    await outlet.context.send([pretendChannel(nodes.inlets, MALLORY), stream], Uint8Array.of(1));
    expect(inlet.connections()[0]!.state).toBe("opening");
    await outlet.context.send([alice, stream], Uint8Array.of(1));
    expect(inlet.connections()[0]).toMatchObject({ state: "open", peerIdentifier: ALICE });
  });

  test("a message with hops behind the stream is for nobody", async () => {
    const { inlet } = await open();
    await inlet.send(payload(encodeUtf8("x"), 0), [...inlet.peerRoute, inlet.context.address]);
    await inlet.send(payload(encodeUtf8("y"), 0));
    expect(await inlet.data(1)).toEqual(encodeUtf8("y"));
  });
});

describe("access controls", () => {
  test("incoming guards the outlet and its streams, outgoing what they send", async () => {
    const seen: string[] = [];
    let allowed = true;
    const check = (name: string): AccessControl => ({
      isAuthorized: (message: Message) => {
        seen.push(`${name} ${decodePortalMessage(message.pieces).type}`);
        return allowed;
      },
    });
    const outlet = createOutlet(nodes.outlets, {
      to: backend.port,
      incoming: check("in"),
      outgoing: check("out"),
    });
    cleanups.push(() => outlet.close());
    const portal = await connectPortal(nodes.inlets, nodes.routeTo(outlet.address));
    portal.write("x");
    await until(() => seen.length >= 4);
    expect(seen).toEqual(["in ping", "out pong", "in payload", "out payload"]);
    portal.destroy();
    allowed = false;
    await expect(
      connectPortal(nodes.inlets, nodes.routeTo(outlet.address), { pongTimeout: 20 }),
    ).rejects.toMatchObject({ code: "OCKAM_PORTAL_TIMEOUT" });
  });
});

describe("limits", () => {
  test("connections beyond an outlet's limit are refused with the reason, and a place becomes free", async () => {
    const outlet = createOutlet(nodes.outlets, { to: backend.port, maxConnections: 2 });
    cleanups.push(() => outlet.close());
    const route = nodes.routeTo(outlet.address);
    const first = await connectPortal(nodes.inlets, route);
    const second = await connectPortal(nodes.inlets, route);
    await expect(connectPortal(nodes.inlets, route)).rejects.toMatchObject({
      code: "OCKAM_PORTAL_OVERLOADED",
    });
    const plain = new PlainPeer(nodes.inlets);
    nodes.inlets.flowControls.addConsumer(plain.context.address, nodes.connection.flowControlId);
    await plain.send(Uint8Array.of(0), route);
    expect(await plain.next()).toEqual(Uint8Array.of(1));
    expect(await plain.next()).toEqual(Uint8Array.of(2));
    first.destroy();
    await until(() => outlet.connections().length === 1);
    (await connectPortal(nodes.inlets, route)).destroy();
    second.destroy();
  });

  test("connections beyond an inlet's limit are reset", async () => {
    const outlet = createOutlet(nodes.outlets, { to: backend.port });
    const inlet = await createInlet(nodes.inlets, {
      from: 0,
      route: nodes.routeTo(outlet.address),
      maxConnections: 1,
    });
    cleanups.push(
      () => inlet.close(),
      () => outlet.close(),
    );
    const first = await connectTo(inlet.address);
    first.write("x");
    await readExactly(first, 1);
    await expectReset(inlet.address);
    expect(inlet.lastFailure).toMatchObject({ code: "OCKAM_PORTAL_OVERLOADED" });
    first.destroy();
  });

  test("a target that never answers is given up, and the inlet is told", async () => {
    // It accepts, and never says a word of TLS.
    const silent = await startBackend((socket) => socket.resume());
    const outlet = createOutlet(nodes.outlets, { to: silent.port, tls: true, connectTimeout: 20 });
    cleanups.push(
      () => silent.close(),
      () => outlet.close(),
    );
    await expect(connectPortal(nodes.inlets, nodes.routeTo(outlet.address))).rejects.toMatchObject({
      code: "OCKAM_PORTAL_TARGET_TIMEOUT",
    });
    expect(outlet.connections()).toEqual([]);
    await until(() => silent.sockets.size === 0);
  });

  test("a peer that has vanished without a word is asked, and given up", async () => {
    const { inlet, outlet } = await open();
    const start = performance.now();
    const now = vi.spyOn(performance, "now").mockImplementation(() => start + KEEP_ALIVE_INTERVAL);
    expect(decodePortalMessage([await inlet.next()])).toMatchObject({ type: "progress", wantsAnswer: true });
    // An answer is a sign of life.
    await inlet.send(encodeProgress({ finished: false, wantsAnswer: false, sent: 0, limit: INITIAL_WINDOW }));
    now.mockImplementation(() => start + KEEP_ALIVE_INTERVAL + KEEP_ALIVE_TIMEOUT - 1);
    expect(decodePortalMessage([await inlet.next()])).toMatchObject({ type: "progress", wantsAnswer: true });
    now.mockImplementation(() => start + KEEP_ALIVE_INTERVAL + KEEP_ALIVE_TIMEOUT + TICK_INTERVAL);
    expect(await resetReason(inlet)).toBe(12);
    now.mockRestore();
    expect(outlet.lastFailure).toMatchObject({ code: "OCKAM_PORTAL_PEER_SILENT" });
  });
});
