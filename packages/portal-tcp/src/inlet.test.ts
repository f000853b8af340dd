import { once } from "node:events";

import { memoryTransport, Router } from "@ockam/core-routing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import type { Backend } from "../testing/backends.ts";
import {
  connectTo,
  expectReset,
  readExactly,
  readToEnd,
  startBackend,
  startEcho,
  until,
} from "../testing/backends.ts";
import type { Nodes } from "../testing/nodes.ts";
import { connectNodes } from "../testing/nodes.ts";
import { formatEndpoint, parseEndpoint } from "./endpoint.ts";
import { createPortalSocket } from "./connect-portal.ts";
import { createInlet } from "./inlet.ts";
import { MAX_LATE_PONGS } from "./limits.ts";
import { createOutlet } from "./outlet.ts";

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

function outletRoute(name: string, port = backend.port) {
  const outlet = createOutlet(nodes.outlets, { to: port, address: name });
  cleanups.push(() => outlet.close());
  return nodes.routeTo(outlet.address);
}

async function ask(address: string): Promise<string> {
  const socket = await connectTo(address);
  socket.end("?");
  const { bytes } = await readToEnd(socket);
  return bytes.toString();
}

describe("routes", () => {
  test("without a route clients are reset at once; with one they are served", async () => {
    const inlet = await createInlet(nodes.inlets, { from: 0 });
    cleanups.push(() => inlet.close());
    expect(inlet.route).toBeUndefined();
    await expectReset(inlet.address);
    expect(inlet.lastFailure).toMatchObject({ code: "OCKAM_PORTAL_PAUSED" });
    inlet.setRoute(outletRoute("outlet"));
    expect(await ask(inlet.address)).toBe("?");
    const reason = new Error("the channel is down");
    inlet.pause(reason);
    await expectReset(inlet.address);
    expect(inlet.lastFailure).toMatchObject({ code: "OCKAM_PORTAL_PAUSED", cause: reason });
    expect(() => inlet.setRoute([])).toThrow(RangeError);
    inlet.setRoute(outletRoute("other"));
    expect(await ask(inlet.address)).toBe("?");
    inlet.setRoute(undefined);
    await expectReset(inlet.address);
  });

  test("a new route is for new connections; open ones keep theirs until they are reset", async () => {
    const other = await startBackend((socket) => socket.end("other"));
    cleanups.push(() => other.close());
    const inlet = await createInlet(nodes.inlets, { from: 0, route: outletRoute("one") });
    cleanups.push(() => inlet.close());
    const old = await connectTo(inlet.address);
    old.write("a");
    await readExactly(old, 1);
    inlet.setRoute(outletRoute("two", other.port));
    expect(await ask(inlet.address)).toBe("other");
    old.write("b");
    expect((await readExactly(old, 1)).toString()).toBe("b");
    inlet.pause();
    old.write("c");
    expect((await readExactly(old, 1)).toString()).toBe("c");
    inlet.resetConnections();
    expect((await readToEnd(old)).how).toBe("reset");
    await until(() => backend.sockets.size === 0);
    expect(inlet.lastFailure).toMatchObject({ code: "OCKAM_PORTAL_CLOSED" });
  });
});

describe("listening", () => {
  test("an address in use, a malformed one, an aborted start", async () => {
    const inlet = await createInlet(nodes.inlets, { from: "127.0.0.1:0" });
    cleanups.push(() => inlet.close());
    await expect(createInlet(nodes.inlets, { from: inlet.address })).rejects.toMatchObject({
      code: "OCKAM_PORTAL_ADDRESS_IN_USE",
      message: expect.stringContaining(inlet.address),
    });
    await expect(createInlet(nodes.inlets, { from: "somewhere" })).rejects.toThrow(RangeError);
    const reason = new Error("no longer");
    await expect(createInlet(nodes.inlets, { from: 0, signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
  });

  test("closing frees the port, and may be repeated", async () => {
    const inlet = await createInlet(nodes.inlets, { from: 0 });
    await inlet.close();
    await inlet.close();
    await using again = await createInlet(nodes.inlets, { from: inlet.address });
    expect(again.address).toBe(inlet.address);
  });

  test("IPv6", async () => {
    const inlet = await createInlet(nodes.inlets, { from: "[::1]:0" });
    cleanups.push(() => inlet.close());
    expect(inlet.address).toMatch(/^\[::1\]:\d+$/);
  });

  test("closing the router resets the clients", async () => {
    const router = new Router();
    const outlet = createOutlet(router, { to: backend.port });
    const inlet = await createInlet(router, { from: 0, route: [outlet.address] });
    cleanups.push(() => inlet.close());
    const socket = await connectTo(inlet.address);
    socket.write("x");
    await readExactly(socket, 1);
    const ending = readToEnd(socket);
    await router.close();
    expect((await ending).how).toBe("reset");
    await until(() => backend.sockets.size === 0);
  });
});

describe("clients", () => {
  test("that leave before the Pong leave only so many streams behind that wait for it", async () => {
    const silent = nodes.outlets.start(() => {});
    const route = nodes.routeTo(silent.address);
    const before = nodes.inlets.addresses().length;
    for (let left = 0; left < MAX_LATE_PONGS + 50; left++) {
      const socket = createPortalSocket(nodes.inlets, route);
      const closed = once(socket, "close");
      await new Promise((resolve) => process.nextTick(resolve));
      socket.destroy();
      await closed;
    }
    expect(nodes.inlets.addresses().length).toBe(before + MAX_LATE_PONGS);
  });
});

describe("endpoints", () => {
  test.each([
    ["5432", "127.0.0.1", 5432],
    [":5432", "127.0.0.1", 5432],
    [5432, "127.0.0.1", 5432],
    ["db.example:5432", "db.example", 5432],
    ["[::1]:5432", "::1", 5432],
    [{ host: "10.0.0.1", port: 1 }, "10.0.0.1", 1],
  ])("%j", (value, host, port) => {
    const endpoint = parseEndpoint(value);
    expect(endpoint).toEqual({ host, port });
    expect(parseEndpoint(formatEndpoint(endpoint))).toEqual(endpoint);
  });

  test.each([
    "",
    "host",
    "host:",
    "::1:80",
    "[host]:80",
    "a b:80",
    "host:70000",
    -1,
    1.5,
    { host: "", port: 1 },
  ])("%j is refused", (value) => {
    expect(() => parseEndpoint(value)).toThrow(RangeError);
  });
});
