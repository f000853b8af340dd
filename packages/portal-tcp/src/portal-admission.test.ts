// Who may use an inlet or outlet, without secure channels: a decision is one about undefined here.
import { connect } from "node:net";

import { memoryTransport } from "@ockam/core-routing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { connectTo, startBackend, startEcho, until } from "../testing/backends.ts";
import { connectNodes } from "../testing/nodes.ts";
import type { Nodes } from "../testing/nodes.ts";
import { PlainPeer } from "../testing/plain-peer.ts";
import { createInlet } from "./inlet.ts";
import type { Inlet } from "./inlet.ts";
import { createOutlet } from "./outlet.ts";
import type { Outlet, OutletOptions } from "./outlet.ts";
import { encodeExtension, STREAM_CONTROL } from "./portal-extension.ts";
import { encodeHandshake } from "./portal-message.ts";
import type { PortalAdmission } from "./portal-admission.ts";

const PING = Uint8Array.of(0);

let nodes: Nodes;
const cleanups: (() => unknown)[] = [];

beforeEach(async () => {
  nodes = await connectNodes(memoryTransport(), "");
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
  await nodes.close();
});

async function outletWith(
  options: Partial<OutletOptions>,
): Promise<{ outlet: Outlet; accepted: () => number }> {
  const echo = await startEcho();
  cleanups.push(() => echo.close());
  const outlet = createOutlet(nodes.outlets, {
    to: echo.port,
    dangerouslyAllowUnauthenticatedRemotePeers: true,
    ...options,
  });
  cleanups.push(() => outlet.close());
  return { outlet, accepted: () => outlet.connections().length };
}

async function inletTo(outlet: Outlet, admit?: PortalAdmission): Promise<Inlet> {
  const inlet = await createInlet(nodes.inlets, {
    from: 0,
    route: nodes.routeTo(outlet.address),
    ...(admit === undefined ? {} : { admit }),
  });
  cleanups.push(() => inlet.close());
  return inlet;
}

/** What a client of the inlet gets: its text, or the code of its failure. */
function say(inlet: Inlet): Promise<string> {
  const client = connect(Number(inlet.address.split(":")[1]), "127.0.0.1");
  cleanups.push(() => client.destroy());
  return new Promise((resolve) => {
    client.once("data", (data) => resolve(String(data)));
    client.once("error", (error: NodeJS.ErrnoException) => resolve(String(error.code)));
    client.write("hello");
  });
}

const VERDICTS: readonly (readonly [string, PortalAdmission])[] = [
  ["false", () => false],
  ["a promise of false", async () => false],
  ["a failure", () => Promise.reject(new Error("no"))],
];

describe.each(VERDICTS)("%s", (_name, admit) => {
  test("of the outlet: the inlet knows, and nothing is connected to the target", async () => {
    const asked: (string | undefined)[] = [];
    const { outlet, accepted } = await outletWith({
      admit: (peer) => {
        asked.push(peer);
        return admit(peer);
      },
    });
    const inlet = await inletTo(outlet);
    expect(await say(inlet)).toBe("ECONNRESET");
    expect(inlet.lastFailure).toMatchObject({ code: "OCKAM_PORTAL_DENIED" });
    expect(outlet.lastFailure).toMatchObject({ code: "OCKAM_PORTAL_PEER_NOT_ALLOWED" });
    expect(accepted()).toBe(0);
    expect(asked).toEqual([undefined]);
  });

  test("of the inlet: no Ping is sent", async () => {
    let pings = 0;
    const { outlet } = await outletWith({
      admit: () => {
        pings += 1;
        return true;
      },
    });
    const inlet = await inletTo(outlet, admit);
    expect(await say(inlet)).toBe("ECONNRESET");
    expect(inlet.lastFailure).toMatchObject({ code: "OCKAM_PORTAL_PEER_NOT_ALLOWED" });
    expect(pings).toBe(0);
  });

  test("towards a plain inlet: a Pong and a Disconnect; towards one of ours the reason in a Pong", async () => {
    const { outlet } = await outletWith({ admit });
    const plain = new PlainPeer(nodes.inlets);
    nodes.inlets.flowControls.addConsumer(plain.context.address, nodes.connection.flowControlId);
    await plain.send(PING, nodes.routeTo(outlet.address));
    await until(() => plain.raw.length === 2);
    expect(plain.raw.map((bytes) => [...bytes])).toEqual([[1], [2]]);
    const extension = encodeExtension({ capabilities: STREAM_CONTROL, credit: 9, status: 0 });
    await plain.send(encodeHandshake("ping", extension), nodes.routeTo(outlet.address));
    await until(() => plain.raw.length === 3);
    const answer = encodeExtension({ capabilities: STREAM_CONTROL, credit: 0, status: 14 });
    expect(plain.raw[2]).toEqual(encodeHandshake("pong", answer));
  });
});

test("who is admitted is asked about once for each connection, and data flow", async () => {
  let asked = 0;
  const admit = async (): Promise<boolean> => {
    asked += 1;
    return true;
  };
  const { outlet } = await outletWith({ admit });
  const inlet = await inletTo(outlet, admit);
  for (let times = 1; times <= 2; times++) {
    expect(await say(inlet)).toBe("hello");
    expect(asked).toBe(2 * times);
  }
});

test("connections that wait for a decision count, and end with the inlet", async () => {
  const { outlet } = await outletWith({});
  const inlet = await createInlet(nodes.inlets, {
    from: 0,
    route: nodes.routeTo(outlet.address),
    admit: () => new Promise(() => {}),
    maxConnections: 1,
  });
  const waiting = await connectTo(inlet.address);
  waiting.resume();
  const gone = new Promise<string>((resolve) => {
    waiting.once("error", (error: NodeJS.ErrnoException) => resolve(String(error.code)));
    waiting.once("end", () => resolve("closed"));
  });
  expect(await say(inlet)).toBe("ECONNRESET");
  expect(inlet.lastFailure).toMatchObject({ code: "OCKAM_PORTAL_OVERLOADED" });
  await inlet.close();
  expect(await gone).toMatch(/closed|ECONNRESET/);
});

describe("an open connection that is not allowed any more", () => {
  test.each(["inlet", "outlet"] as const)(
    "is reset by the %s at both ends, with the reason",
    async (side) => {
      const { outlet } = await outletWith({});
      const inlet = await inletTo(outlet);
      const client = await connectTo(inlet.address);
      client.write("x");
      await new Promise((resolve) => client.once("data", resolve));
      const end = new Promise<string>((resolve) => {
        client.once("error", (error: NodeJS.ErrnoException) => resolve(String(error.code)));
      });
      const [here, there] = side === "inlet" ? [inlet, outlet] : [outlet, inlet];
      here.connections()[0]!.reset("notAllowed");
      expect(await end).toBe("ECONNRESET");
      await until(() => there.connections().length === 0);
      expect(here.lastFailure).toMatchObject({ code: "OCKAM_PORTAL_PEER_NOT_ALLOWED" });
      expect(there.lastFailure).toMatchObject({ code: "OCKAM_PORTAL_DENIED" });
    },
  );

  test("also before the target has answered: the inlet is told", async () => {
    const mute = await startBackend(() => {});
    cleanups.push(() => mute.close());
    // It never answers the TLS handshake.
    const { outlet } = await outletWith({ to: mute.port, tls: true });
    const inlet = await inletTo(outlet);
    const said = say(inlet);
    await until(() => outlet.connections().length === 1);
    outlet.connections()[0]!.reset("notAllowed");
    expect(await said).toBe("ECONNRESET");
    expect(inlet.lastFailure).toMatchObject({ code: "OCKAM_PORTAL_DENIED" });
  });
});
