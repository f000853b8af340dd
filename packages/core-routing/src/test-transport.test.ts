// The suite of transports must find what is wrong with a transport.
import { describe, expect, test } from "vitest";

import { memoryTransport } from "./memory-transport.ts";
import { testTransport } from "./testing.ts";
import type { Transport, TransportConnection } from "./transport.ts";

type Defect = (connection: TransportConnection) => Partial<TransportConnection>;

/** A memory transport whose connecting side has a defect. */
function broken(defect: Defect): Transport {
  const transport = memoryTransport();
  return {
    ...transport,
    connect: async (address, options) => {
      const connection = await transport.connect(address, options);
      return {
        peer: connection.peer,
        loopback: connection.loopback,
        closed: connection.closed,
        start: (onMessage) => connection.start(onMessage),
        send: (pieces) => connection.send(pieces),
        close: () => connection.close(),
        ...defect(connection),
      };
    },
  };
}

/** The tests of the suite, by name. */
function suite(transport: () => Transport): ReadonlyMap<string, () => Promise<void>> {
  const tests = new Map<string, () => Promise<void>>();
  testTransport(
    (name, run) => tests.set(name, run),
    () => ({ transport: transport(), address: "" }),
  );
  return tests;
}

/** The names of the tests that fail. */
async function failing(transport: () => Transport): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const [name, run] of suite(transport)) await run().catch(() => failed.push(name));
  return failed;
}

/** Whether a test fails, or hangs: a runner ends it then. */
async function fails(run: () => Promise<void>): Promise<boolean> {
  const hanging = new Promise<boolean>((resolve) => setTimeout(() => resolve(true), 1000));
  const failed = run().then(
    () => false,
    () => true,
  );
  return Promise.race([failed, hanging]);
}

const defects: readonly (readonly [string, string, Defect])[] = [
  [
    "drops a message",
    "carries messages both ways, in order",
    (connection) => {
      let count = 0;
      return { send: (pieces) => (++count % 10 === 0 ? undefined : connection.send(pieces)) };
    },
  ],
  [
    "reverses two messages",
    "carries messages both ways, in order",
    (connection) => {
      let held: readonly Uint8Array[] | undefined;
      return {
        send: (pieces) => {
          if (held === undefined) {
            held = pieces;
            return undefined;
          }
          void connection.send(pieces);
          const first = held;
          held = undefined;
          return connection.send(first);
        },
      };
    },
  ],
  [
    "sends the first piece only",
    "takes a message in pieces, cut anywhere, and leaves them unchanged",
    (connection) => ({
      send: (pieces) => connection.send(pieces.filter((piece) => piece.length > 0).slice(0, 1)),
    }),
  ],
  [
    "never asks to wait",
    "asks the sender to wait while the receiver does",
    (connection) => ({
      send: (pieces) => {
        void connection.send(pieces);
      },
    }),
  ],
  [
    "does not close",
    "delivers what was sent before close, then ends on both sides",
    () => ({ close: () => Promise.resolve() }),
  ],
  ["has no peer", "keeps connections apart", () => ({ peer: "" })],
  [
    "takes what is too long",
    "carries the longest message, and refuses a longer one without harm",
    (connection) => ({
      send: (pieces) =>
        pieces.length === 2 && pieces[1]!.length === 1 ? undefined : connection.send(pieces),
    }),
  ],
];

describe("a transport that", () => {
  test.concurrent.each(defects)("%s fails the test: %s", async (_, name, defect) => {
    expect(await fails(suite(() => broken(defect)).get(name)!)).toBe(true);
  });

  test("ignores its signal fails", async () => {
    const names = await failing(() => {
      const transport = memoryTransport();
      return { ...transport, connect: (address) => transport.connect(address) };
    });
    expect(names).toEqual(["gives up when it is told to"]);
  });

  test("is right passes", async () => {
    expect(await failing(memoryTransport)).toEqual([]);
  });
});
