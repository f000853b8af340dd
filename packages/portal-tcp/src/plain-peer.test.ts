// Against the other implementation, as far as it can be played here: the captured exchanges and its known behaviour.
import { once } from "node:events";
import { readFileSync } from "node:fs";

import { concatBytes, encodeUtf8, fromHex, toHex } from "@ockam/codec";
import { Address, memoryTransport } from "@ockam/core-routing";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import {
  connectTo,
  pattern,
  readExactly,
  readToEnd,
  startBackend,
  startEcho,
  until,
} from "../testing/backends.ts";
import type { Nodes } from "../testing/nodes.ts";
import { connectNodes, tamperWith } from "../testing/nodes.ts";
import { PlainPeer } from "../testing/plain-peer.ts";
import { createInlet } from "./inlet.ts";
import type { InletOptions } from "./inlet.ts";
import { MAX_UNCREDITED_LENGTH, STALL_TIMEOUT } from "./limits.ts";
import { createOutlet } from "./outlet.ts";
import type { OutletOptions } from "./outlet.ts";
import { encodePayload } from "./portal-message.ts";

const PING = Uint8Array.of(0);
const PONG = Uint8Array.of(1);
const DISCONNECT = Uint8Array.of(2);

function payload(data: Uint8Array, counter?: number): Uint8Array {
  return concatBytes(...encodePayload([data], data.length, counter));
}

interface Captures {
  readonly [name: string]: readonly { readonly dir: "sent" | "received"; readonly payload: string }[];
}
const captures = JSON.parse(readFileSync(new URL("../vectors/portal-captures.json", import.meta.url), "utf8"))
  .captures as Captures;

let nodes: Nodes;
const cleanups: (() => unknown)[] = [];

beforeEach(async () => {
  nodes = await connectNodes(memoryTransport(), "");
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
  await nodes.close();
});

/** An inlet of ours whose outlet is a plain peer; its first client is connected. */
async function inletToPlain(options: Partial<InletOptions> = {}) {
  const outlet = new PlainPeer(nodes.outlets, "outlet");
  const inlet = await createInlet(nodes.inlets, {
    from: 0,
    route: nodes.routeTo(outlet.context.address),
    ...options,
  });
  cleanups.push(() => inlet.close());
  const client = await connectTo(inlet.address);
  cleanups.push(() => client.destroy());
  return { outlet, inlet, client };
}

/** An outlet of ours, and a plain peer that has sent it a Ping. */
async function plainToOutlet(port: number, options: Partial<OutletOptions> = {}) {
  const outlet = createOutlet(nodes.outlets, { to: port, ...options });
  cleanups.push(() => outlet.close());
  const inlet = new PlainPeer(nodes.inlets);
  nodes.inlets.flowControls.addConsumer(inlet.context.address, nodes.connection.flowControlId);
  await inlet.send(PING, nodes.routeTo(outlet.address));
  return { outlet, inlet };
}

describe("captured exchanges", () => {
  test("as inlet: Ping, Pong, data both ways, an end", async () => {
    const { outlet, client } = await inletToPlain({ counter: false });
    const received: Buffer[] = [];
    client.on("data", (chunk: Buffer) => received.push(chunk));
    const echoed: Uint8Array[] = [];
    for (const { dir, payload: hex } of captures["portal_inlet_plain"]!) {
      if (dir === "received") {
        await outlet.send(fromHex(hex));
        continue;
      }
      const bytes = fromHex(hex);
      if (bytes[0] === 3) {
        const data = bytes.subarray(bytes[1]! < 0x80 ? 2 : 3);
        echoed.push(data);
        client.write(data);
      }
      expect(toHex(await outlet.next())).toBe(hex);
    }
    await once(client, "end");
    // All but the last message came back: that one made the target close.
    expect(Buffer.concat(received).equals(Buffer.from(concatBytes(...echoed.slice(0, -1))))).toBe(true);
  });

  test("as outlet: Ping, Pong, data both ways, an end", async () => {
    const backend = await startEcho();
    cleanups.push(() => backend.close());
    const { inlet } = await plainToOutlet(backend.port, { counter: false });
    const exchange = captures["portal_outlet_sc"]!;
    expect(exchange[0]).toEqual({ dir: "received", payload: "00" });
    for (const { dir, payload: hex } of exchange.slice(1)) {
      if (dir === "received") await inlet.send(fromHex(hex));
      else expect(toHex(await inlet.next())).toBe(hex);
    }
    await until(() => backend.sockets.size === 0);
  });
});

describe("an inlet towards an outlet without stream control", () => {
  test("its Ping is a Ping with more bytes, its Payloads carry the counter", async () => {
    const { outlet, client, inlet } = await inletToPlain();
    const ping = await outlet.next();
    expect(toHex(ping)).toBe("004f5058010009000000070004000000");
    expect(inlet.connections()[0]).toMatchObject({ state: "opening" });
    await outlet.send(concatBytes(PONG, fromHex("fffefd")));
    client.write("hello");
    expect(toHex(await outlet.next())).toBe("030568656c6c6f010000");
    client.write("again");
    expect(toHex(await outlet.next())).toBe("0305616761696e010100");
    expect(inlet.connections()[0]).toMatchObject({ state: "open", streamControl: false });
  });

  test("nothing is sent before the Pong, and nothing else counts as one", async () => {
    const { outlet, client } = await inletToPlain();
    client.write("early");
    await outlet.next();
    await outlet.send(payload(encodeUtf8("before the Pong")));
    await outlet.send(fromHex("ff"));
    await new Promise((resolve) => setImmediate(resolve));
    expect(outlet.raw.length).toBe(1);
    await outlet.send(PONG);
    expect(await outlet.data(5)).toEqual(encodeUtf8("early"));
    await outlet.send(payload(encodeUtf8("after")));
    expect((await readExactly(client, 5)).toString()).toBe("after");
    // Repeated Pongs, unknown messages and control messages that were never agreed on change nothing.
    for (const hex of ["01", "00", "07", "", "1108", "100100000000000000000000000000000000"]) {
      await outlet.send(fromHex(hex));
    }
    await outlet.send(payload(encodeUtf8("still")));
    expect((await readExactly(client, 5)).toString()).toBe("still");
  });

  test("a Disconnect is the end of what was sent before it", async () => {
    const { outlet, client, inlet } = await inletToPlain();
    await outlet.next();
    await outlet.send(PONG);
    const data = pattern(300_000);
    for (let i = 0; i < data.length; i += 100_000) await outlet.send(payload(data.subarray(i, i + 100_000)));
    await outlet.send(DISCONNECT);
    const { bytes, how } = await readToEnd(client);
    expect(how).toBe("end");
    expect(bytes.equals(data)).toBe(true);
    expect(inlet.lastFailure).toBeUndefined();
  });

  test("a Disconnect instead of a Pong is a failure at once", async () => {
    const { outlet, client, inlet } = await inletToPlain();
    await outlet.next();
    await outlet.send(DISCONNECT);
    expect((await readToEnd(client)).how).toBe("reset");
    expect(inlet.lastFailure).toMatchObject({ code: "OCKAM_PORTAL_REFUSED" });
  });

  test("no Pong: a reset after the timeout, and a late Pong is answered so that the outlet lets go", async () => {
    const { outlet, client, inlet } = await inletToPlain({ pongTimeout: 20 });
    await outlet.next();
    expect((await readToEnd(client)).how).toBe("reset");
    expect(inlet.lastFailure).toMatchObject({ code: "OCKAM_PORTAL_TIMEOUT" });
    expect(inlet.connections()).toEqual([]);
    await outlet.send(PONG);
    expect(await outlet.next()).toEqual(DISCONNECT);
  });

  test("a client that leaves before the Pong: the outlet is told when it answers", async () => {
    const { outlet, client, inlet } = await inletToPlain();
    await outlet.next();
    client.resetAndDestroy();
    await until(() => inlet.connections().length === 0);
    await outlet.send(PONG);
    expect(await outlet.next()).toEqual(DISCONNECT);
  });

  test("counters of the outlet are checked: a wrong one is loss", async () => {
    const { outlet, client, inlet } = await inletToPlain();
    await outlet.next();
    await outlet.send(PONG);
    await outlet.send(payload(encodeUtf8("a"), 0));
    await outlet.send(payload(encodeUtf8("uncounted")));
    await outlet.send(payload(encodeUtf8("b"), 1));
    await readExactly(client, 11);
    await outlet.send(payload(encodeUtf8("d"), 3));
    expect((await readToEnd(client)).how).toBe("reset");
    expect(await outlet.next()).toEqual(DISCONNECT);
    expect(inlet.lastFailure).toMatchObject({ code: "OCKAM_PORTAL_MESSAGES_LOST" });
  });

  test("a Payload that is cut off is loss as well", async () => {
    const { outlet, client } = await inletToPlain();
    await outlet.next();
    await outlet.send(PONG);
    await outlet.send(fromHex("03056865"));
    expect((await readToEnd(client)).how).toBe("reset");
  });

  test("a disturbance of the way resets it: without counters nothing is certain", async () => {
    const listeners = new Map<() => void, Address>();
    const { outlet, client, inlet } = await inletToPlain({
      disturbance: (listener, hop) => {
        listeners.set(listener, hop);
        return () => listeners.delete(listener);
      },
    });
    await outlet.next();
    await outlet.send(PONG);
    await outlet.send(payload(encodeUtf8("a")));
    await readExactly(client, 1);
    expect([...listeners.values()].map(String)).toEqual([String(nodes.connection.address)]);
    for (const listener of listeners.keys()) listener();
    expect((await readToEnd(client)).how).toBe("reset");
    expect(inlet.lastFailure).toMatchObject({ code: "OCKAM_PORTAL_MESSAGES_LOST" });
    expect(listeners.size).toBe(0);
  });

  test("a client that ends its side still gets the answer; the outlet is told after it", async () => {
    const { outlet, client } = await inletToPlain();
    await outlet.next();
    await outlet.send(PONG);
    client.end("question");
    await outlet.data(8);
    await outlet.send(payload(encodeUtf8("answer")));
    expect((await readExactly(client, 6)).toString()).toBe("answer");
    expect(await outlet.next()).toEqual(DISCONNECT);
    expect((await readToEnd(client)).how).toBe("end");
  });

  test("a reset of the client is told at once", async () => {
    const { outlet, client } = await inletToPlain();
    await outlet.next();
    await outlet.send(PONG);
    await outlet.send(payload(encodeUtf8("a")));
    await readExactly(client, 1);
    client.resetAndDestroy();
    expect(await outlet.next()).toEqual(DISCONNECT);
  });

  test("skipped handshake: everything goes to the outlet's address, no Pong is needed", async () => {
    const { outlet, client } = await inletToPlain({ skipHandshake: true });
    client.write("hello");
    expect(await outlet.next()).toEqual(PING);
    expect(toHex(await outlet.next())).toBe("030568656c6c6f010000");
    await outlet.send(payload(encodeUtf8("answer")));
    expect((await readExactly(client, 6)).toString()).toBe("answer");
    client.resetAndDestroy();
    expect(await outlet.next()).toEqual(DISCONNECT);
  });

  test("a reader that does not read holds the way, bounded, and is reset in the end", async () => {
    const { outlet, client, inlet } = await inletToPlain();
    client.pause();
    await outlet.next();
    await outlet.send(PONG);
    const chunk = payload(new Uint8Array(131_072));
    // The worker's queue and the transport's hold a few more; kernel buffers swallow some before.
    let held = false;
    let sent = 0;
    while (!held && sent < 400) {
      const sending = outlet.send(chunk);
      sent += 1;
      held = await Promise.race([
        sending.then(() => false),
        new Promise<boolean>((resolve) => setTimeout(() => resolve(true), 50)),
      ]);
    }
    expect(held).toBe(true);
    const [connection] = inlet.connections();
    expect(connection!.bytesPending).toBeGreaterThan(MAX_UNCREDITED_LENGTH);
    expect(connection!.bytesPending).toBeLessThanOrEqual(MAX_UNCREDITED_LENGTH + 131_072);
    const later = performance.now() + STALL_TIMEOUT;
    const now = vi.spyOn(performance, "now").mockImplementation(() => later);
    await until(() => inlet.connections().length === 0);
    now.mockRestore();
    expect(inlet.lastFailure).toMatchObject({ code: "OCKAM_PORTAL_READER_STALLED" });
  });
});

describe("an outlet towards an inlet without stream control", () => {
  test("a plain Pong, before data, from the address that data are sent to", async () => {
    const backend = await startBackend((socket) => socket.write("greeting"));
    cleanups.push(() => backend.close());
    const { inlet, outlet } = await plainToOutlet(backend.port);
    expect(await inlet.next()).toEqual(PONG);
    expect(toHex(await inlet.next())).toBe(toHex(payload(encodeUtf8("greeting"), 0)));
    expect(outlet.connections()[0]).toMatchObject({ state: "open", streamControl: false });
    expect(inlet.returnRoutes[0]!.length).toBe(2);
    expect(inlet.returnRoutes[0]!.at(-1)!.equals(outlet.address)).toBe(false);
  });

  test("a target that refuses: Pong and Disconnect, which alone release a Rust client", async () => {
    const backend = await startEcho();
    await backend.close();
    const { inlet, outlet } = await plainToOutlet(backend.port);
    expect(await inlet.next()).toEqual(PONG);
    expect(await inlet.next()).toEqual(DISCONNECT);
    expect(outlet.connections()).toEqual([]);
    expect(outlet.lastFailure).toMatchObject({ code: "OCKAM_PORTAL_TARGET_REFUSED" });
  });

  test("the backend's end is a Disconnect after the last byte, its reset one at once", async () => {
    const data = pattern(500_000);
    const backend = await startBackend((socket) => socket.once("data", () => socket.end(data)));
    cleanups.push(() => backend.close());
    const { inlet } = await plainToOutlet(backend.port);
    await inlet.next();
    const stream = inlet.peerRoute;
    await inlet.send(payload(encodeUtf8("go")), stream);
    expect(Buffer.from(await inlet.data(data.length)).equals(data)).toBe(true);
    expect(await inlet.next()).toEqual(DISCONNECT);
    const resetting = await startBackend((socket) => socket.once("data", () => socket.resetAndDestroy()));
    cleanups.push(() => resetting.close());
    const second = await plainToOutlet(resetting.port, { address: "second" });
    await second.inlet.next();
    await second.inlet.send(payload(encodeUtf8("go")));
    expect(await second.inlet.next()).toEqual(DISCONNECT);
  });

  test("a Disconnect ends the backend's socket after what was sent before", async () => {
    const heard: Promise<{ bytes: Buffer; how: string }>[] = [];
    const backend = await startBackend((socket) => heard.push(readToEnd(socket)));
    cleanups.push(() => backend.close());
    const { inlet, outlet } = await plainToOutlet(backend.port);
    await inlet.next();
    const data = pattern(200_000);
    await inlet.send(payload(data.subarray(0, 100_000)));
    await inlet.send(payload(data.subarray(100_000)));
    await inlet.send(DISCONNECT);
    const ending = await heard[0]!;
    expect(ending.how).toBe("end");
    expect(ending.bytes.equals(data)).toBe(true);
    expect(outlet.connections()).toEqual([]);
  });

  test("what is no Ping opens nothing", async () => {
    const backend = await startEcho();
    cleanups.push(() => backend.close());
    const outlet = createOutlet(nodes.outlets, { to: backend.port });
    cleanups.push(() => outlet.close());
    const inlet = new PlainPeer(nodes.inlets);
    for (const hex of ["01", "02", "0301ff", "ff", ""])
      await inlet.send(fromHex(hex), nodes.routeTo(outlet.address));
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(outlet.connections()).toEqual([]);
    expect(backend.sockets.size).toBe(0);
  });

  test("a repeated Ping of an open connection opens no second one", async () => {
    const backend = await startEcho();
    cleanups.push(() => backend.close());
    const { inlet, outlet } = await plainToOutlet(backend.port);
    await inlet.next();
    await inlet.send(PING, nodes.routeTo(outlet.address));
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(outlet.connections().length).toBe(1);
    expect(backend.sockets.size).toBe(1);
  });

  test("skipped handshake: a worker for each inlet, no Pong, data before the target is there", async () => {
    const backend = await startEcho();
    cleanups.push(() => backend.close());
    const outlet = createOutlet(nodes.outlets, { to: backend.port, skipHandshake: true });
    cleanups.push(() => outlet.close());
    const route = nodes.routeTo(outlet.address);
    const inlets = [new PlainPeer(nodes.inlets), new PlainPeer(nodes.inlets)];
    for (const [i, inlet] of inlets.entries()) {
      nodes.inlets.flowControls.addConsumer(inlet.context.address, nodes.connection.flowControlId);
      // A Payload without a Ping opens as well.
      if (i === 0) await inlet.send(PING, route);
      await inlet.send(payload(encodeUtf8(`hello ${i}`)), route);
      await inlet.send(payload(encodeUtf8(" and more")), route);
    }
    for (const [i, inlet] of inlets.entries()) {
      expect(Buffer.from(await inlet.data(16)).toString()).toBe(`hello ${i} and more`);
    }
    expect(outlet.connections().length).toBe(2);
    for (const inlet of inlets) await inlet.send(DISCONNECT, route);
    await until(() => backend.sockets.size === 0 && outlet.connections().length === 0);
  });

  test("skipped handshake: a refused connect is a Disconnect", async () => {
    const backend = await startEcho();
    await backend.close();
    const { inlet } = await plainToOutlet(backend.port, { skipHandshake: true });
    expect(await inlet.next()).toEqual(DISCONNECT);
  });
});

test("a message that is lost on the way to a plain inlet is not seen; that is why a disturbance is to be told", async () => {
  const { outlet, client } = await inletToPlain();
  await outlet.next();
  await outlet.send(PONG);
  let drop = false;
  const lossy = tamperWith(nodes.outlets, outlet.peerRoute, (message) => (drop ? [] : [message]));
  await outlet.context.send(lossy, payload(encodeUtf8("one ")));
  drop = true;
  await outlet.context.send(lossy, payload(encodeUtf8("two ")));
  drop = false;
  await outlet.context.send(lossy, payload(encodeUtf8("three")));
  expect((await readExactly(client, 9)).toString()).toBe("one three");
});

test("the two modes of skipping are not negotiated: a mismatch opens nothing", async () => {
  const backend = await startEcho();
  cleanups.push(() => backend.close());
  const outlet = createOutlet(nodes.outlets, { to: backend.port, skipHandshake: true });
  cleanups.push(() => outlet.close());
  const inlet = await createInlet(nodes.inlets, {
    from: 0,
    route: nodes.routeTo(Address.local("outlet")),
    pongTimeout: 20,
  });
  cleanups.push(() => inlet.close());
  const client = await connectTo(inlet.address);
  expect((await readToEnd(client)).how).toBe("reset");
  expect(inlet.lastFailure).toMatchObject({ code: "OCKAM_PORTAL_TIMEOUT" });
});
