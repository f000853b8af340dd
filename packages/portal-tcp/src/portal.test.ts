import { createHash } from "node:crypto";
import { once } from "node:events";
import type { Socket } from "node:net";

import { memoryTransport } from "@ockam/core-routing";
import { tcp } from "@ockam/transport-tcp";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import type { Backend } from "../testing/backends.ts";
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
import { connectNodes } from "../testing/nodes.ts";
import type { Inlet } from "./inlet.ts";
import { createInlet } from "./inlet.ts";
import type { Outlet } from "./outlet.ts";
import { createOutlet } from "./outlet.ts";

const SCALE = Number(process.env["OCKAM_TEST_SCALE"] ?? 1);

const transports = [
  { name: "memory", create: () => connectNodes(memoryTransport(), "") },
  { name: "TCP", create: () => connectNodes(tcp(), "127.0.0.1:0") },
];

describe.each(transports)("over $name", ({ create }) => {
  let nodes: Nodes;
  const cleanups: (() => unknown)[] = [];

  beforeEach(async () => {
    nodes = await create();
  });

  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
    await nodes.close();
  });

  async function portal(backend: Backend): Promise<{ inlet: Inlet; outlet: Outlet }> {
    cleanups.push(() => backend.close());
    const outlet = createOutlet(nodes.outlets, { to: backend.port });
    const inlet = await createInlet(nodes.inlets, { from: 0, route: nodes.routeTo(outlet.address) });
    cleanups.push(
      () => outlet.close(),
      () => inlet.close(),
    );
    return { inlet, outlet };
  }

  async function client(inlet: Inlet): Promise<Socket> {
    const socket = await connectTo(inlet.address);
    cleanups.push(() => socket.destroy());
    return socket;
  }

  test("bytes go both ways, and ends too: half-close", async () => {
    const { inlet, outlet } = await portal(await startEcho());
    const socket = await client(inlet);
    const sent = pattern(3_000_000);
    socket.end(sent);
    const { bytes, how } = await readToEnd(socket);
    expect(how).toBe("end");
    expect(bytes.equals(sent)).toBe(true);
    await until(() => inlet.connections().length + outlet.connections().length === 0);
    expect(inlet.lastFailure).toBeUndefined();
    expect(outlet.lastFailure).toBeUndefined();
  });

  test("a backend that speaks first, and ends first", async () => {
    const greeting = pattern(200_000, 7);
    const heard: Promise<{ bytes: Buffer; how: string }>[] = [];
    const { inlet } = await portal(
      await startBackend((socket) => {
        socket.end(greeting);
        heard.push(readToEnd(socket));
      }),
    );
    const socket = await client(inlet);
    const { bytes, how } = await readToEnd(socket);
    expect(how).toBe("end");
    expect(bytes.equals(greeting)).toBe(true);
    // The other direction is still open.
    socket.write("still here");
    socket.end();
    const last = await heard[0]!;
    expect([last.bytes.toString(), last.how]).toEqual(["still here", "end"]);
  });

  test("a client that has ended its side before the outlet answered", async () => {
    const { inlet } = await portal(await startEcho());
    const socket = await client(inlet);
    socket.end("all at once");
    expect((await readToEnd(socket)).bytes.toString()).toBe("all at once");
  });

  test("a reset of the client resets the backend's socket at once", async () => {
    const backend = await startEcho();
    const { inlet, outlet } = await portal(backend);
    const socket = await client(inlet);
    socket.write("x");
    await readExactly(socket, 1);
    const [accepted] = backend.sockets;
    const failed = new Promise<Error>((resolve) => accepted!.once("error", resolve));
    socket.resetAndDestroy();
    expect(await failed).toMatchObject({ code: "ECONNRESET" });
    await until(() => inlet.connections().length + outlet.connections().length === 0);
    expect(outlet.lastFailure).toMatchObject({ code: "OCKAM_PORTAL_RESET" });
  });

  test("a reset of the backend resets the client at once", async () => {
    const backend = await startEcho();
    const { inlet, outlet } = await portal(backend);
    const socket = await client(inlet);
    socket.write("x");
    await readExactly(socket, 1);
    const failed = new Promise<Error>((resolve) => socket.once("error", resolve));
    for (const accepted of backend.sockets) accepted.resetAndDestroy();
    expect(await failed).toMatchObject({ code: "ECONNRESET" });
    await until(() => inlet.connections().length + outlet.connections().length === 0);
    expect(inlet.lastFailure).toMatchObject({ code: "OCKAM_PORTAL_RESET" });
  });

  test("a target that refuses: the client is reset, and the inlet knows why", async () => {
    const backend = await startEcho();
    const { inlet, outlet } = await portal(backend);
    await backend.close();
    const socket = await client(inlet);
    socket.write("to nobody");
    expect((await readToEnd(socket)).how).toBe("reset");
    expect(inlet.lastFailure).toMatchObject({ code: "OCKAM_PORTAL_TARGET_REFUSED" });
    expect(outlet.lastFailure).toMatchObject({ code: "OCKAM_PORTAL_TARGET_REFUSED" });
    cleanups.shift();
  });

  test("nobody is at the end of the route: the client is reset after the Pong timeout", async () => {
    const unanswered = await createInlet(nodes.inlets, {
      from: 0,
      route: [nodes.connection.address, nodes.listener.listenerAddress],
      pongTimeout: 30,
    });
    cleanups.push(() => unanswered.close());
    const socket = await client(unanswered);
    expect((await readToEnd(socket)).how).toBe("reset");
    expect(unanswered.lastFailure).toMatchObject({ code: "OCKAM_PORTAL_TIMEOUT" });
  });

  test("the connection below is cut in the middle of a transfer: a reset, never an end", async () => {
    const { inlet, outlet } = await portal(
      await startBackend((socket) => {
        socket.on("data", () => {});
        socket.write(pattern(64 * 1024));
      }),
    );
    const sockets = await Promise.all(Array.from({ length: 8 }, () => client(inlet)));
    await Promise.all(sockets.map((socket) => readExactly(socket, 1000)));
    const endings = sockets.map(readToEnd);
    await nodes.connection.close();
    for (const { how } of await Promise.all(endings)) expect(how).toBe("reset");
    expect(inlet.lastFailure).toMatchObject({ code: "OCKAM_PORTAL_ROUTE_LOST" });
    await until(() => outlet.connections().length === 0);
  });

  test("closing the inlet or the outlet resets both applications", async () => {
    for (const closed of ["inlet", "outlet"] as const) {
      const backend = await startEcho();
      const both = await portal(backend);
      const socket = await client(both.inlet);
      socket.write("x");
      await readExactly(socket, 1);
      const heard = [...backend.sockets].map((accepted) => readToEnd(accepted));
      const ending = readToEnd(socket);
      await both[closed].close();
      expect((await ending).how).toBe("reset");
      await Promise.all(heard);
      await both.inlet.close();
      await both.outlet.close();
    }
  });

  test("connections tell what they are", async () => {
    const { inlet, outlet } = await portal(await startEcho());
    const socket = await client(inlet);
    socket.write("12345");
    await readExactly(socket, 5);
    const [near] = inlet.connections();
    const [far] = outlet.connections();
    expect(near).toMatchObject({
      state: "open",
      streamControl: true,
      bytesSent: 5,
      bytesReceived: 5,
      bytesPending: 0,
    });
    expect(near!.local).toBe(`127.0.0.1:${socket.localPort}`);
    expect(far).toMatchObject({ state: "open", streamControl: true, bytesSent: 5, bytesReceived: 5 });
    expect(far!.local).toBe(`127.0.0.1:${outlet.to.port}`);
    expect(Date.now() - near!.openedAt).toBeGreaterThanOrEqual(0);
    near!.reset();
    expect((await readToEnd(socket)).how).toBe("reset");
  });

  test("what went through counts each byte and connection once, whether it is open or over", async () => {
    const { inlet, outlet } = await portal(await startEcho());
    const say = async (text: string): Promise<Socket> => {
      const socket = await client(inlet);
      socket.write(text);
      await readExactly(socket, text.length);
      return socket;
    };
    const [ended, cut] = [await say("12345"), await say("123")];
    for (const end of [inlet, outlet])
      expect(end.traffic).toEqual({ connections: 2, bytesSent: 8, bytesReceived: 8 });
    ended.end();
    await readToEnd(ended);
    cut.resetAndDestroy();
    await until(() => inlet.connections().length + outlet.connections().length === 0);
    await say("1");
    for (const end of [inlet, outlet])
      expect(end.traffic).toEqual({ connections: 3, bytesSent: 9, bytesReceived: 9 });
  });

  test("many connections, each with its own bytes", async () => {
    const { inlet, outlet } = await portal(await startEcho());
    await Promise.all(
      Array.from({ length: 100 }, async (_, i) => {
        const socket = await client(inlet);
        const sent = pattern(20_000 + i * 137, i + 1);
        socket.end(sent);
        const { bytes } = await readToEnd(socket);
        expect(bytes.equals(sent)).toBe(true);
      }),
    );
    await until(() => inlet.connections().length + outlet.connections().length === 0);
  });

  test("whatever clients and backends do, bytes arrive exactly or a reset does", async () => {
    const action = fc.oneof(
      { weight: 6, arbitrary: fc.record({ write: fc.integer({ min: 1, max: 200_000 }) }) },
      { weight: 1, arbitrary: fc.constant({ end: true }) },
      { weight: 1, arbitrary: fc.constant({ reset: true }) },
      { weight: 2, arbitrary: fc.constant({ wait: true }) },
    );
    const script = fc.array(action, { maxLength: 6 });
    const streams = fc.array(fc.record({ client: script, backend: script }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(streams, async (plans) => {
        const accepted: { socket: Socket; id: Promise<number> }[] = [];
        const backend = await startBackend((socket) => {
          accepted.push({ socket, id: readExactly(socket, 1).then((bytes) => bytes[0]!) });
        });
        const outlet = createOutlet(nodes.outlets, { to: backend.port });
        const inlet = await createInlet(nodes.inlets, { from: 0, route: nodes.routeTo(outlet.address) });
        try {
          await Promise.all(
            plans.map(async (plan, id) => {
              const near = await connectTo(inlet.address);
              near.write(Uint8Array.of(id));
              let far: Socket | undefined;
              while (far === undefined) {
                await until(() => accepted.length > 0);
                for (const candidate of accepted) if ((await candidate.id) === id) far = candidate.socket;
                if (far === undefined) await new Promise((resolve) => setImmediate(resolve));
              }
              const sides = [run(near, plan.client, id * 2 + 1), run(far, plan.backend, id * 2 + 2)] as const;
              const [atNear, atFar] = await Promise.all([
                listen(near).then(async (heard) => ({ heard, sent: await sides[1] })),
                listen(far).then(async (heard) => ({ heard, sent: await sides[0] })),
              ]);
              for (const { heard, sent } of [atNear, atFar]) {
                // Always a prefix; all of it if the end was an orderly one.
                expect(heard.length).toBeLessThanOrEqual(sent.length);
                if (heard.how === "end") {
                  expect(sent.ended).toBe(true);
                  expect(heard.length).toBe(sent.length);
                  expect(heard.digest).toBe(sent.digest);
                } else {
                  expect(plan.client.concat(plan.backend).some((each) => "reset" in each)).toBe(true);
                }
              }
            }),
          );
          await until(() => inlet.connections().length + outlet.connections().length === 0);
        } finally {
          await inlet.close();
          await outlet.close();
          await backend.close();
        }
      }),
      { numRuns: 8 * SCALE },
    );
  });
});

type Step = { write: number } | { end: true } | { reset: true } | { wait: true } | Record<string, unknown>;

/** Carries out a script on a socket, which is ended at last, and tells what was written. */
async function run(
  socket: Socket,
  script: readonly Step[],
  seed: number,
): Promise<{ length: number; digest: string; ended: boolean }> {
  const hash = createHash("sha256");
  let length = 0;
  let ended = false;
  for (const [index, step] of script.entries()) {
    if (ended || socket.destroyed) break;
    if ("write" in step) {
      const bytes = pattern(step["write"] as number, seed * 100 + index);
      hash.update(bytes);
      length += bytes.length;
      if (!socket.write(bytes))
        await Promise.race([once(socket, "drain"), once(socket, "close")]).catch(() => {});
    } else if ("end" in step) {
      ended = true;
    } else if ("reset" in step) {
      socket.resetAndDestroy();
    } else {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
  if (!socket.destroyed) {
    ended = true;
    socket.end();
  }
  return { length, digest: hash.digest("hex"), ended };
}

/** Reads a socket to its end and tells what came. */
async function listen(socket: Socket): Promise<{ length: number; digest: string; how: "end" | "reset" }> {
  const { bytes, how } = await readToEnd(socket);
  return { length: bytes.length, digest: createHash("sha256").update(bytes).digest("hex"), how };
}
