// Messages that are lost, repeated or reordered below a portal: detected, never delivered as if nothing were missing.
import type { Message } from "@ockam/core-routing";
import { memoryTransport } from "@ockam/core-routing";
import { tcp } from "@ockam/transport-tcp";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";

import {
  connectTo,
  pattern,
  readExactly,
  readToEnd,
  startBackend,
  startEcho,
  until,
} from "../testing/backends.ts";
import type { Tamper } from "../testing/nodes.ts";
import { connectNodes, tamperWith } from "../testing/nodes.ts";
import { connectPortal } from "./connect-portal.ts";
import { createInlet } from "./inlet.ts";
import { createOutlet } from "./outlet.ts";
import { decodePortalMessage } from "./portal-message.ts";

const SCALE = Number(process.env["OCKAM_TEST_SCALE"] ?? 1);

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** An echo behind an outlet, and an inlet whose messages pass a hop that does `tamper`. */
async function tampered(tamper: Tamper) {
  const nodes = await connectNodes(memoryTransport(), "");
  const backend = await startEcho();
  const disturbances: (() => void)[] = [];
  const outlet = createOutlet(nodes.outlets, {
    to: backend.port,
    // The hop is a forwarding worker, which is not let in without a secure channel otherwise.
    dangerouslyAllowUnauthenticatedRemotePeers: true,
  });
  const inlet = await createInlet(nodes.inlets, {
    from: 0,
    route: tamperWith(nodes.inlets, nodes.routeTo(outlet.address), tamper),
    disturbance: (listener) => {
      disturbances.push(listener);
      return () => {};
    },
  });
  const close = async (): Promise<void> => {
    await inlet.close();
    await outlet.close();
    await backend.close();
    await nodes.close();
  };
  return { inlet, outlet, backend, close, disturb: () => disturbances.forEach((listener) => listener()) };
}

const kind = (message: Message): string => decodePortalMessage(message.pieces).type;

test("a hop that changes nothing changes nothing", async () => {
  const { inlet, close } = await tampered((message) => [message]);
  cleanups.push(close);
  const client = await connectTo(inlet.address);
  const data = pattern(1_000_000);
  client.end(data);
  const { bytes, how } = await readToEnd(client);
  expect(how).toBe("end");
  expect(bytes.equals(data)).toBe(true);
});

describe.each([
  [
    "lost",
    (count: number) =>
      (message: Message): Message[] =>
        count === 3 ? [] : [message],
  ],
  [
    "repeated",
    (count: number) =>
      (message: Message): Message[] =>
        count === 3 ? [message, message] : [message],
  ],
] as const)("one Payload %s", (_what, change) => {
  test.each([
    ["towards the outlet", true],
    ["towards the inlet", false],
  ])("%s", async (_direction, direction) => {
    let count = 0;
    const { inlet, outlet, close } = await tampered((message, forward) => {
      if (forward !== direction || kind(message) !== "payload") return [message];
      count += 1;
      return change(count)(message);
    });
    cleanups.push(close);
    const client = await connectTo(inlet.address);
    const ending = readToEnd(client);
    for (let i = 0; i < 6; i++) {
      client.write(pattern(1000, i + 1));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    client.end();
    const { bytes, how } = await ending;
    expect(how).toBe("reset");
    // What came before it is right.
    expect(bytes.length).toBeLessThan(6000);
    expect([inlet.lastFailure, outlet.lastFailure]).toContainEqual(
      expect.objectContaining({ code: "OCKAM_PORTAL_MESSAGES_LOST" }),
    );
  });
});

test("the last Payload lost: the end tells the total", async () => {
  let seen = 0;
  const { inlet, close } = await tampered((message, forward) => {
    if (!forward || kind(message) !== "payload") return [message];
    seen += 1;
    return seen === 3 ? [] : [message];
  });
  cleanups.push(close);
  const client = await connectTo(inlet.address);
  const ending = readToEnd(client);
  for (const part of ["one", "two", "tail"]) {
    client.write(part);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  client.end();
  expect((await ending).how).toBe("reset");
});

test("an end that is lost is found when the way reports a disturbance", async () => {
  const { inlet, close, disturb } = await tampered((message, forward) =>
    !forward && kind(message) === "progress" ? [] : [message],
  );
  cleanups.push(close);
  const client = await connectTo(inlet.address);
  client.end("bytes");
  expect((await readExactly(client, 5)).toString()).toBe("bytes");
  const ending = readToEnd(client);
  // Its own end is asked for again, and nothing is wrong but the answers that never come.
  disturb();
  await inlet.close();
  expect((await ending).how).toBe("reset");
});

test("a lost credit is repeated when the way reports a disturbance", async () => {
  let dropping = true;
  const { inlet, close, disturb } = await tampered((message, forward) =>
    dropping && !forward && kind(message) === "progress" ? [] : [message],
  );
  cleanups.push(close);
  const client = await connectTo(inlet.address);
  const data = pattern(2_000_000);
  client.end(data);
  const reading = readToEnd(client);
  await until(() => inlet.connections()[0]?.bytesSent === 262_144);
  dropping = false;
  disturb();
  const { bytes, how } = await reading;
  expect(how).toBe("end");
  expect(bytes.equals(data)).toBe(true);
});

test("whatever a hop drops, repeats or moves, no wrong byte and no early end comes out", async () => {
  const fate = fc.oneof(
    { weight: 20, arbitrary: fc.constant("pass" as const) },
    { weight: 1, arbitrary: fc.constantFrom("drop" as const, "repeat" as const, "delay" as const) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fate, { minLength: 1, maxLength: 60 }), fc.nat(1000), async (fates, seed) => {
      let index = 0;
      let delayed: Message[] = [];
      const { inlet, outlet, close } = await tampered((message) => {
        const chosen = fates[index++ % fates.length];
        // The opening is left alone: without it there is no stream to look at.
        if (index <= 2 || chosen === "pass") {
          const all = [message, ...delayed];
          delayed = [];
          return all;
        }
        if (chosen === "drop") return [];
        if (chosen === "repeat") return [message, message];
        delayed.push(message);
        return [];
      });
      const client = await connectTo(inlet.address);
      try {
        const data = pattern(1_500_000, seed + 1);
        client.end(data);
        // A loss of the last messages leaves both sides waiting: the owner's reset ends it.
        const touched = fates.some((chosen) => chosen !== "pass");
        const patience = touched ? setTimeout(() => inlet.resetConnections(), 200) : undefined;
        const { bytes, how } = await readToEnd(client);
        clearTimeout(patience);
        expect(bytes.equals(data.subarray(0, bytes.length))).toBe(true);
        if (how === "end") expect(bytes.length).toBe(data.length);
        if (!touched) expect(how).toBe("end");
        client.destroy();
        await until(() => inlet.connections().length === 0);
      } finally {
        await close();
        expect(outlet.connections()).toEqual([]);
      }
    }),
    { numRuns: 15 * SCALE },
  );
});

test.each([
  ["memory", () => connectNodes(memoryTransport(), "")],
  ["TCP", () => connectNodes(tcp(), "127.0.0.1:0")],
] as const)(
  "the connection is killed in the middle of a transfer, over %s: never a clean end",
  async (_name, create) => {
    for (let round = 0; round < 5 * SCALE; round++) {
      const nodes = await create();
      const data = pattern(8_000_000, round + 1);
      const atBackend: Promise<{ bytes: Buffer; how: string }>[] = [];
      const backend = await startBackend((socket) => {
        atBackend.push(readToEnd(socket));
        socket.write(data);
      });
      const outlet = createOutlet(nodes.outlets, { to: backend.port });
      const portals = await Promise.all(
        Array.from({ length: 4 }, () => connectPortal(nodes.inlets, nodes.routeTo(outlet.address))),
      );
      const endings = portals.map((portal) => {
        portal.write(data);
        return readToEnd(portal);
      });
      await until(() =>
        outlet.connections().some((connection) => connection.bytesReceived > 100_000 * ((round % 20) + 1)),
      );
      if (round % 2 === 0) await nodes.connection.close();
      else await nodes.listener.connections()[0]!.close();
      for (const { bytes, how } of await Promise.all(endings)) {
        expect(how).toBe("reset");
        expect(bytes.equals(data.subarray(0, bytes.length))).toBe(true);
      }
      for (const { bytes, how } of await Promise.all(atBackend)) {
        expect(how).toBe("reset");
        expect(bytes.equals(data.subarray(0, bytes.length))).toBe(true);
      }
      await until(() => outlet.connections().length === 0);
      await outlet.close();
      await backend.close();
      await nodes.close();
    }
  },
);
