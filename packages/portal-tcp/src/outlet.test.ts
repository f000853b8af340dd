import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { createServer, rootCertificates } from "node:tls";

import { memoryTransport } from "@ockam/core-routing";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { pattern, readToEnd, startBackend, startEcho, until } from "../testing/backends.ts";
import { TEST_CERTIFICATE, TEST_CERTIFICATE_KEY } from "../testing/certificate.ts";
import type { Nodes } from "../testing/nodes.ts";
import { connectNodes } from "../testing/nodes.ts";
import { connectPortal } from "./connect-portal.ts";
import { createOutlet } from "./outlet.ts";
import type { OutletOptions } from "./outlet.ts";

let nodes: Nodes;
const cleanups: (() => unknown)[] = [];

beforeEach(async () => {
  nodes = await connectNodes(memoryTransport(), "");
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
  await nodes.close();
});

async function exchange(options: OutletOptions): Promise<void> {
  const outlet = createOutlet(nodes.outlets, options);
  try {
    const socket = await connectPortal(nodes.inlets, nodes.routeTo(outlet.address), {
      allowHalfOpen: true,
    });
    const sent = pattern(500_000);
    socket.end(sent);
    const { bytes, how } = await readToEnd(socket);
    expect(how).toBe("end");
    expect(bytes.equals(sent)).toBe(true);
    await until(() => outlet.connections().length === 0);
  } finally {
    await outlet.close();
  }
}

describe("TLS to the target", () => {
  const accepted = new Set<Socket>();
  const transports = new Set<Socket>();

  async function tlsEcho(): Promise<number> {
    const server = createServer(
      { cert: TEST_CERTIFICATE, key: TEST_CERTIFICATE_KEY, allowHalfOpen: true },
      (socket) => {
        accepted.add(socket);
        socket.on("error", () => {});
        socket.once("close", () => accepted.delete(socket));
        socket.pipe(socket);
      },
    );
    server.on("tlsClientError", () => {});
    server.on("connection", (socket) => {
      transports.add(socket);
      socket.once("close", () => transports.delete(socket));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    cleanups.push(() => server.close());
    return (server.address() as AddressInfo).port;
  }

  test("the bytes of the portal are those inside", async () => {
    const port = await tlsEcho();
    await exchange({ to: port, tls: { ca: TEST_CERTIFICATE } });
    await exchange({ to: `localhost:${port}`, tls: { ca: [TEST_CERTIFICATE] } });
    await exchange({ to: port, tls: { ca: TEST_CERTIFICATE, serverName: "target.example" } });
  });

  test("a certificate that the operating system does not trust, and one of another name", async () => {
    const to = await tlsEcho();
    for (const tls of [true, {}, { systemCa: true }] as const) {
      await expect(exchange({ to, tls })).rejects.toMatchObject({
        code: "OCKAM_PORTAL_TARGET_CERTIFICATE_UNTRUSTED",
      });
    }
    const tls = { ca: TEST_CERTIFICATE, serverName: "other.example" };
    await expect(exchange({ to, tls })).rejects.toMatchObject({ code: "OCKAM_PORTAL_TARGET_NAME_MISMATCH" });
  });

  test("own authorities besides those of the operating system, and several of them", async () => {
    const to = await tlsEcho();
    await exchange({ to, tls: { ca: TEST_CERTIFICATE, systemCa: true } });
    await exchange({ to, tls: { ca: [rootCertificates[0]!, TEST_CERTIFICATE] } });
    await exchange({ to, tls: { ca: `${rootCertificates[0]!}\n${TEST_CERTIFICATE}` } });
  });

  test.each([["no certificate"], [["no certificate"]], [[TEST_CERTIFICATE, "no certificate"]]])(
    "an authority that is none: %j",
    (ca) => {
      expect(() => createOutlet(nodes.outlets, { to: 1, tls: { ca } })).toThrow(
        expect.objectContaining({ code: "OCKAM_PORTAL_CERTIFICATE_UNUSABLE" }),
      );
    },
  );

  test("why a target is not trusted is said at the outlet", async () => {
    const to = await tlsEcho();
    const failureOf = async (tls: OutletOptions["tls"]): Promise<Error | undefined> => {
      const outlet = createOutlet(nodes.outlets, { to, tls: tls ?? false });
      cleanups.push(() => outlet.close());
      await connectPortal(nodes.inlets, nodes.routeTo(outlet.address)).catch(() => {});
      expect(outlet.lastFailureAt).toBeGreaterThan(0);
      await outlet.close();
      return outlet.lastFailure;
    };
    expect((await failureOf(true))?.message).toMatch(/authority.*\(self-signed certificate/);
    const other = { ca: TEST_CERTIFICATE, serverName: "other.example" };
    expect((await failureOf(other))?.message).toContain("other.example");
  });

  test("certificates are checked whatever the environment says", async () => {
    const port = await tlsEcho();
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    cleanups.push(() => vi.unstubAllEnvs());
    await expect(exchange({ to: port, tls: true })).rejects.toMatchObject({
      code: "OCKAM_PORTAL_TARGET_CERTIFICATE_UNTRUSTED",
    });
  });

  test("a target that does not speak TLS", async () => {
    const backend = await startBackend((socket) => socket.end("220 plain text\r\n"));
    cleanups.push(() => backend.close());
    await expect(exchange({ to: backend.port, tls: { ca: TEST_CERTIFICATE } })).rejects.toMatchObject({
      code: "OCKAM_PORTAL_TARGET_TLS_FAILED",
    });
  });

  test("a reset of the client resets the target", async () => {
    const outlet = createOutlet(nodes.outlets, { to: await tlsEcho(), tls: { ca: TEST_CERTIFICATE } });
    cleanups.push(() => outlet.close());
    const socket = await connectPortal(nodes.inlets, nodes.routeTo(outlet.address));
    await until(() => accepted.size === 1);
    const [target] = accepted;
    const failed = once(target!, "error");
    socket.destroy();
    expect((await failed)[0]).toMatchObject({ code: "ECONNRESET" });
  });

  test("a target that vanishes in the middle", async () => {
    const outlet = createOutlet(nodes.outlets, { to: await tlsEcho(), tls: { ca: TEST_CERTIFICATE } });
    cleanups.push(() => outlet.close());
    const socket = await connectPortal(nodes.inlets, nodes.routeTo(outlet.address));
    await until(() => accepted.size === 1);
    const failing = once(socket, "error");
    for (const transport of transports) transport.resetAndDestroy();
    expect((await failing)[0]).toMatchObject({ code: "OCKAM_PORTAL_RESET" });
  });
});

test("an outlet without stream control tells an inlet that has it about a target that is not there", async () => {
  const gone = await startEcho();
  await gone.close();
  const outlet = createOutlet(nodes.outlets, { to: gone.port, counter: false });
  cleanups.push(() => outlet.close());
  const socket = await connectPortal(nodes.inlets, nodes.routeTo(outlet.address));
  expect(await readToEnd(socket)).toMatchObject({ how: "end", bytes: Buffer.alloc(0) });
});

test("two outlets cannot have one address, nor an impossible target", async () => {
  const outlet = createOutlet(nodes.outlets, { to: 1 });
  cleanups.push(() => outlet.close());
  expect(String(outlet.address)).toBe("0#outlet");
  expect(() => createOutlet(nodes.outlets, { to: 1 })).toThrow(
    expect.objectContaining({ code: "OCKAM_ROUTING_ADDRESS_IN_USE" }),
  );
  for (const to of ["", "host", 0, "host:0"]) {
    expect(() => createOutlet(nodes.outlets, { to, address: "another" })).toThrow(RangeError);
  }
});

test("closing resets what is open and frees the address", async () => {
  const backend = await startEcho();
  cleanups.push(() => backend.close());
  const outlet = createOutlet(nodes.outlets, { to: backend.port });
  const socket = await connectPortal(nodes.inlets, nodes.routeTo(outlet.address));
  const failing = once(socket, "error");
  await outlet.close();
  expect((await failing)[0]).toMatchObject({ code: "OCKAM_PORTAL_CLOSED" });
  await until(() => backend.sockets.size === 0);
  await createOutlet(nodes.outlets, { to: backend.port }).close();
});

test("a target by name: every address is tried", async () => {
  const backend = await startEcho();
  cleanups.push(() => backend.close());
  const outlet = createOutlet(nodes.outlets, { to: `localhost:${backend.port}` });
  cleanups.push(() => outlet.close());
  const socket = await connectPortal(nodes.inlets, nodes.routeTo(outlet.address), { allowHalfOpen: true });
  socket.end("hello");
  expect((await readToEnd(socket)).bytes.toString()).toBe("hello");
});
