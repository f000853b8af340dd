// Clients in this process: HTTP, PostgreSQL, plain streams.
import { once } from "node:events";
import { Agent, createServer, get } from "node:http";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import type { Route } from "@ockam/core-routing";
import { memoryTransport } from "@ockam/core-routing";
import { tcp } from "@ockam/transport-tcp";
import { Client } from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { pattern, readExactly, readToEnd, startBackend, startEcho, until } from "../testing/backends.ts";
import type { Nodes } from "../testing/nodes.ts";
import { connectNodes } from "../testing/nodes.ts";
import { connectPortal, createPortalSocket } from "./connect-portal.ts";
import { createOutlet } from "./outlet.ts";
import { PlainPeer } from "../testing/plain-peer.ts";

let nodes: Nodes;
const cleanups: (() => unknown)[] = [];

beforeEach(async () => {
  nodes = await connectNodes(tcp(), "127.0.0.1:0");
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
  await nodes.close();
});

function outletTo(port: number): { route: Route; outlet: ReturnType<typeof createOutlet> } {
  const outlet = createOutlet(nodes.outlets, { to: port });
  cleanups.push(() => outlet.close());
  return { route: nodes.routeTo(outlet.address), outlet };
}

async function echo(): Promise<{ route: Route; outlet: ReturnType<typeof createOutlet> }> {
  const backend = await startEcho();
  cleanups.push(() => backend.close());
  return outletTo(backend.port);
}

describe("a stream", () => {
  test("bytes and ends both ways", async () => {
    const { route } = await echo();
    const socket = await connectPortal(nodes.inlets, route, { allowHalfOpen: true });
    expect(socket.connecting).toBe(false);
    const sent = pattern(5_000_000);
    socket.end(sent);
    const { bytes, how } = await readToEnd(socket);
    expect(how).toBe("end");
    expect(bytes.equals(sent)).toBe(true);
    await until(() => socket.closed);
  });

  test("many writes before it is connected", async () => {
    const { route } = await echo();
    const socket = createPortalSocket(nodes.inlets, route);
    expect(socket.connecting).toBe(true);
    const parts = Array.from({ length: 50 }, (_, i) => pattern(10_000, i + 1));
    for (const part of parts) socket.write(part);
    expect((await readExactly(socket, 500_000)).equals(Buffer.concat(parts))).toBe(true);
    socket.destroy();
  });

  test("destroying it resets the backend", async () => {
    const backend = await startEcho();
    cleanups.push(() => backend.close());
    const { route, outlet } = outletTo(backend.port);
    const socket = await connectPortal(nodes.inlets, route);
    socket.destroy();
    await until(() => backend.sockets.size === 0);
    await until(() => outlet.connections().length === 0);
    expect(outlet.lastFailure).toMatchObject({ code: "OCKAM_PORTAL_RESET" });
  });

  test("an error for each way to fail, and no end", async () => {
    const backend = await startEcho();
    await backend.close();
    const refused = createPortalSocket(nodes.inlets, outletTo(backend.port).route);
    const [error] = (await once(refused, "error")) as [Error];
    expect(error).toMatchObject({ code: "OCKAM_PORTAL_TARGET_REFUSED" });
    const silent = new PlainPeer(nodes.outlets);
    await expect(
      connectPortal(nodes.inlets, nodes.routeTo(silent.context.address), { pongTimeout: 20 }),
    ).rejects.toMatchObject({ code: "OCKAM_PORTAL_TIMEOUT" });
    const gone = await nodes.connection.close().then(() => nodes.connection.address);
    await expect(connectPortal(nodes.inlets, [gone, silent.context.address])).rejects.toMatchObject({
      code: "OCKAM_PORTAL_ROUTE_LOST",
    });
    expect(() => createPortalSocket(nodes.inlets, [])).toThrow(RangeError);
  });

  test("a signal ends it, before and after it is connected", async () => {
    const { route, outlet } = await echo();
    const reason = new Error("enough");
    expect(() => createPortalSocket(nodes.inlets, route, { signal: AbortSignal.abort(reason) })).toThrow(
      reason,
    );
    const early = new AbortController();
    const connecting = connectPortal(nodes.inlets, route, { signal: early.signal });
    early.abort(reason);
    await expect(connecting).rejects.toBe(reason);
    const late = new AbortController();
    const socket = await connectPortal(nodes.inlets, route, { signal: late.signal });
    const failing = once(socket, "error");
    late.abort(reason);
    expect((await failing)[0]).toBe(reason);
    await until(() => outlet.connections().length === 0);
  });

  test("setTimeout tells of silence; bytes begin it anew", async () => {
    const { route } = await echo();
    const socket = await connectPortal(nodes.inlets, route);
    let timeouts = 0;
    socket.setTimeout(1_000_000, () => {
      timeouts += 1;
    });
    socket.write("x");
    await readExactly(socket, 1);
    expect(timeouts).toBe(0);
    const timeout = once(socket, "timeout");
    socket.setTimeout(5);
    await timeout;
    expect(timeouts).toBe(1);
    socket.setTimeout(0);
    socket.destroy();
  });

  test("a writer is asked to wait when the target does not read", async () => {
    const backend = await startBackend((socket) => socket.pause());
    cleanups.push(() => backend.close());
    const { route } = outletTo(backend.port);
    const socket = await connectPortal(nodes.inlets, route);
    const chunk = Buffer.alloc(1_000_000);
    let written = 0;
    // Windows and kernel buffers together are far less.
    while (written < 200 * chunk.length) {
      written += chunk.length;
      if (!socket.write(chunk)) {
        const drained = await Promise.race([once(socket, "drain").then(() => true), sleep(100, false)]);
        if (!drained) break;
      }
    }
    expect(written).toBeLessThan(100 * chunk.length);
    const [accepted] = backend.sockets;
    expect((await readExactly(accepted!, written)).length).toBe(written);
    socket.destroy();
  });

  test("towards a peer without stream control: its end is the end", async () => {
    const outlet = new PlainPeer(nodes.outlets);
    const socket = createPortalSocket(nodes.inlets, nodes.routeTo(outlet.context.address));
    await outlet.next();
    await outlet.send(Uint8Array.of(1));
    await once(socket, "connect");
    await outlet.send(Uint8Array.of(3, 2, 104, 105));
    await outlet.send(Uint8Array.of(2));
    const { bytes, how } = await readToEnd(socket);
    expect([bytes.toString(), how]).toEqual(["hi", "end"]);
    await until(() => socket.closed);
  });

  test("over the memory transport as well", async () => {
    const others = await connectNodes(memoryTransport(), "");
    cleanups.push(() => others.close());
    const backend = await startEcho();
    cleanups.push(() => backend.close());
    const outlet = createOutlet(others.outlets, { to: backend.port });
    const socket = await connectPortal(others.inlets, others.routeTo(outlet.address), {
      allowHalfOpen: true,
    });
    socket.end("hello");
    expect((await readToEnd(socket)).bytes.toString()).toBe("hello");
  });
});

describe("clients", () => {
  test("HTTP: an agent keeps its portals open and uses them again", async () => {
    const server = createServer((request, response) => {
      response.end(`${request.url}`);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    cleanups.push(
      () => server.close(),
      () => server.closeAllConnections(),
    );
    const { route, outlet } = outletTo((server.address() as AddressInfo).port);
    class PortalAgent extends Agent {
      override createConnection(): Duplex {
        return createPortalSocket(nodes.inlets, route);
      }
    }
    const agent = new PortalAgent({ keepAlive: true, maxSockets: 4 });
    const bodies = await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        const [response] = (await once(
          get({ agent, host: "anything.example", path: `/${i}`, timeout: 10_000 }),
          "response",
        )) as [IncomingMessage];
        let body = "";
        for await (const chunk of response as AsyncIterable<Buffer>) body += chunk.toString();
        return body;
      }),
    );
    expect(bodies).toEqual(Array.from({ length: 20 }, (_, i) => `/${i}`));
    expect(outlet.connections().length).toBeLessThanOrEqual(4);
    agent.destroy();
    await until(() => outlet.connections().length === 0);
  });

  test("PostgreSQL: pg with a stream factory", async () => {
    const database = await PGlite.create();
    const server = new PGLiteSocketServer({ db: database, port: 0, host: "127.0.0.1" });
    const listening = new Promise<number>((resolve) => {
      server.addEventListener("listening", (event) => {
        resolve((event as CustomEvent<{ port: number }>).detail.port);
      });
    });
    await server.start();
    cleanups.push(
      () => database.close(),
      () => server.stop(),
    );
    const { route, outlet } = outletTo(await listening);
    const client = new Client({
      user: "postgres",
      database: "postgres",
      stream: () => createPortalSocket(nodes.inlets, route),
    });
    await client.connect();
    const { rows } = await client.query("select generate_series(1, 10000) as n, repeat('x', 100) as filler");
    expect(rows.length).toBe(10_000);
    expect(rows.at(-1)).toEqual({ n: 10_000, filler: "x".repeat(100) });
    await client.query("create table t (n int)");
    await client.query("insert into t select generate_series(1, 100)");
    const sum = await client.query("select sum(n)::int as sum from t where n > $1", [50]);
    expect(sum.rows).toEqual([{ sum: 3775 }]);
    await client.end();
    await until(() => outlet.connections().length === 0);
  });
});
