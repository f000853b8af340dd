import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { connect as connectTls, rootCertificates } from "node:tls";
import type { ConnectionOptions, TLSSocket } from "node:tls";

import { Address, memoryTransport } from "@ockam/core-routing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import type { Backend } from "../testing/backends.ts";
import { connectTo, expectReset, pattern, readToEnd, startEcho, until } from "../testing/backends.ts";
import { TEST_CERTIFICATE, TEST_CERTIFICATE_KEY } from "../testing/certificate.ts";
import type { Nodes } from "../testing/nodes.ts";
import { connectNodes } from "../testing/nodes.ts";
import { createInlet } from "./inlet.ts";
import type { Inlet, InletOptions } from "./inlet.ts";
import { createOutlet } from "./outlet.ts";

const TLS = { certificate: TEST_CERTIFICATE, key: TEST_CERTIFICATE_KEY };

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

async function startInlet(options: Partial<InletOptions> = {}): Promise<Inlet> {
  const outlet = createOutlet(nodes.outlets, { to: backend.port, address: Address.random() });
  cleanups.push(() => outlet.close());
  const route = nodes.routeTo(outlet.address);
  const inlet = await createInlet(nodes.inlets, { from: 0, route, tls: TLS, ...options });
  cleanups.push(() => inlet.close());
  return inlet;
}

function client(inlet: Inlet, options: ConnectionOptions = {}): TLSSocket {
  const socket = connectTls({
    host: "127.0.0.1",
    port: Number(inlet.address.split(":")[1]),
    ca: TEST_CERTIFICATE,
    allowHalfOpen: true,
    ...options,
  } as ConnectionOptions);
  socket.on("error", () => {});
  cleanups.push(() => socket.destroy());
  return socket;
}

describe("TLS with clients", () => {
  test("what is inside goes to the outlet, with its end", async () => {
    const inlet = await startInlet();
    const socket = client(inlet);
    const sent = pattern(300_000);
    socket.end(sent);
    const { bytes, how } = await readToEnd(socket);
    expect([how, bytes.equals(sent)]).toEqual(["end", true]);
    await until(() => inlet.connections().length === 0);
    expect(inlet.lastFailure).toBeUndefined();
  });

  test("an interceptor sees what is inside", async () => {
    const seen: string[] = [];
    const inlet = await startInlet({
      intercept: (end) => ({
        ...end,
        name: end.name,
        pendingLength: 0,
        start: (events) =>
          end.start({
            onData: (chunk, more) => {
              seen.push(Buffer.from(chunk).toString());
              events.onData(chunk, more);
            },
            onEnd: () => events.onEnd(),
            onError: (cause) => events.onError(cause),
            onDrain: () => events.onDrain(),
            onFinish: () => events.onFinish(),
          }),
        opened: () => end.opened(),
        write: (pieces) => end.write(pieces),
        end: () => end.end(),
        close: () => end.close(),
        reset: (cause) => end.reset(cause),
        pause: () => end.pause(),
        resume: () => end.resume(),
      }),
    });
    const socket = client(inlet);
    socket.end("inside");
    expect((await readToEnd(socket)).bytes.toString()).toBe("inside");
    expect(seen.join("")).toBe("inside");
  });

  test("a target that vanishes is a reset for the client, not an end", async () => {
    const inlet = await startInlet();
    const socket = client(inlet);
    socket.write("?");
    await once(socket, "data");
    const failed = once(socket, "error");
    for (const accepted of backend.sockets) accepted.resetAndDestroy();
    expect((await failed)[0]).toMatchObject({ code: "ECONNRESET" });
  });

  test("a client without TLS is let go at once, and the inlet serves on", async () => {
    const inlet = await startInlet();
    for (const hello of [
      "GET / HTTP/1.1\r\n\r\n",
      Buffer.of(0, 0, 0, 14, 0, 18, 0, 3),
      Buffer.alloc(5000, 0xff),
    ]) {
      const socket = await connectTo(inlet.address);
      socket.write(hello);
      await readToEnd(socket);
      await until(() => inlet.lastFailure !== undefined);
      expect(inlet.lastFailure).toMatchObject({ code: "OCKAM_PORTAL_CLIENT_TLS_FAILED" });
    }
    expect([backend.sockets.size, inlet.connections()]).toEqual([0, []]);
    const socket = client(inlet);
    socket.end("?");
    expect((await readToEnd(socket)).bytes.toString()).toBe("?");
  });

  test("a client that does not trust the certificate, and one that is gone within the handshake", async () => {
    const inlet = await startInlet();
    const distrustful = client(inlet, { ca: rootCertificates[0]! });
    await readToEnd(distrustful);
    await until(() => inlet.lastFailure !== undefined);
    expect(inlet.lastFailure).toMatchObject({ code: "OCKAM_PORTAL_CLIENT_TLS_FAILED" });
    const fleeting = await connectTo(inlet.address);
    fleeting.resetAndDestroy();
    expect(backend.sockets.size).toBe(0);
  });

  test("a client that never says anything is not waited for", async () => {
    const inlet = await startInlet({ tls: { ...TLS, handshakeTimeout: 20 } });
    const socket = await connectTo(inlet.address);
    await readToEnd(socket);
    expect(inlet.lastFailure).toMatchObject({
      code: "OCKAM_PORTAL_CLIENT_TLS_FAILED",
      message: expect.stringContaining("timeout"),
    });
  });

  test("handshakes count as connections", async () => {
    const inlet = await startInlet({ maxConnections: 1 });
    const silent = await connectTo(inlet.address);
    await expectReset(inlet.address);
    expect(inlet.lastFailure).toMatchObject({ code: "OCKAM_PORTAL_OVERLOADED" });
    silent.destroy();
    await until(() => inlet.lastFailure?.message.includes("TLS") === true);
    const socket = client(inlet);
    socket.end("?");
    expect((await readToEnd(socket)).bytes.toString()).toBe("?");
  });

  test("clients that leave at any point of the handshake give their places back", async () => {
    const inlet = await startInlet({ maxConnections: 1 });
    for (let turns = 0; turns < 40; turns++) {
      const transport = await connectTo(inlet.address).catch(() => undefined);
      if (transport === undefined) continue;
      const socket = connectTls({ socket: transport, ca: TEST_CERTIFICATE, host: "localhost" });
      socket.on("error", () => {});
      for (let turn = 0; turn < turns % 20; turn++) await new Promise((resolve) => setImmediate(resolve));
      transport.resetAndDestroy();
      socket.destroy();
    }
    let answer = "";
    while (answer !== "?") {
      const socket = client(inlet);
      socket.end("?");
      answer = (await readToEnd(socket)).bytes.toString();
    }
  });

  test("without a route a client is reset before the handshake; a closed inlet lets go of handshakes", async () => {
    const inlet = await startInlet();
    inlet.pause();
    await expectReset(inlet.address);
    const other = await startInlet();
    const silent = await connectTo(other.address);
    const ended = readToEnd(silent);
    await other.close();
    await ended;
  });
});

describe("certificates that cannot be used", () => {
  const { privateKey } = generateKeyPairSync("ec", {
    namedCurve: "prime256v1",
    privateKeyEncoding: { format: "pem", type: "pkcs8" },
    publicKeyEncoding: { format: "pem", type: "spki" },
  });

  test.each([
    ["no certificate", { certificate: "none", key: TEST_CERTIFICATE_KEY }, /certificate cannot be/],
    [
      "a key in its place",
      { certificate: TEST_CERTIFICATE_KEY, key: TEST_CERTIFICATE_KEY },
      /certificate cannot/,
    ],
    ["no key", { certificate: TEST_CERTIFICATE, key: "none" }, /key cannot be read/],
    ["another's key", { certificate: TEST_CERTIFICATE, key: privateKey }, /does not belong/],
  ])("%s", async (_name, tls, message) => {
    const error = await createInlet(nodes.inlets, { from: 0, tls }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: "OCKAM_PORTAL_CERTIFICATE_UNUSABLE",
      message: expect.stringMatching(message),
    });
    expect(JSON.stringify(error) + String((error as Error).cause)).not.toContain("PRIVATE");
  });
});
