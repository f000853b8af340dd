// Everything that a peer or a user hands in is read or refused with an OckamError, and never hangs: mutated seeds.
import { readFileSync } from "node:fs";

import {
  CborReader,
  decodeBareString,
  encodeBareString,
  encodeUtf8,
  fromHex,
  isOckamError,
} from "@ockam/codec";
import fc from "fast-check";
import { expect, test } from "vitest";

import { Address } from "./address.ts";
import { connect } from "./connection.ts";
import { echoWorker } from "./echo.ts";
import { hopWorker } from "./hop.ts";
import { listen } from "./listener.ts";
import { memoryTransport } from "./memory-transport.ts";
import { MultiAddr } from "./multiaddr.ts";
import { parseRoute, readRoute } from "./route.ts";
import { Router } from "./router.ts";
import { decodeTransportMessage } from "./transport-message.ts";
import { uppercaseWorker } from "./uppercase.ts";

const SCALE = Number(process.env["OCKAM_TEST_SCALE"] ?? 1);
const TIMEOUT = 20_000 + 1000 * SCALE;

const { exchanges } = JSON.parse(
  readFileSync(new URL("../vectors/tcp-plain.json", import.meta.url), "utf8"),
) as { exchanges: readonly { readonly request: string; readonly answer: string }[] };

const messages = exchanges.flatMap(({ request, answer }) => [fromHex(request), fromHex(answer)]);
const routes = messages.map((message) => message.subarray(1));
const multiaddresses = [
  "/ip4/127.0.0.1/tcp/4000/service/echo",
  "/ip6/::1/udp/53/secure/api",
  "/dnsaddr/localhost/tcp/1/worker/a/project/b/space/c/node/d",
];

/** One of `seeds` after up to eight edits: a byte set, inserted, deleted, repeated, or everything after it cut off. */
function mutated(seeds: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const kind = fc.constantFrom("set", "insert", "delete", "repeat", "cut");
  const byte = fc.oneof(fc.nat(255), fc.constantFrom(0x00, 0x1b, 0x5f, 0x7f, 0x80, 0x9b, 0x9f, 0xbf, 0xff));
  const edits = fc.array(fc.record({ kind, place: fc.nat(), byte, count: fc.nat(100) }), {
    minLength: 1,
    maxLength: 8,
  });
  return fc.tuple(fc.constantFrom(...seeds), edits).map(([seed, list]) => {
    const bytes = [...seed];
    for (const edit of list) {
      const place = bytes.length === 0 ? 0 : edit.place % bytes.length;
      if (edit.kind === "set") bytes[place] = edit.byte;
      else if (edit.kind === "insert") bytes.splice(place, 0, edit.byte);
      else if (edit.kind === "delete") bytes.splice(place, 1);
      else if (edit.kind === "repeat")
        bytes.splice(place, 0, ...Array.from({ length: edit.count }, () => edit.byte));
      else bytes.length = place;
    }
    return Uint8Array.from(bytes);
  });
}

function expectReadOrRefused(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    if (!isOckamError(error)) throw error;
  }
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

const decoders: readonly (readonly [string, readonly Uint8Array[], (bytes: Uint8Array) => unknown])[] = [
  ["transport messages", messages, (bytes) => decodeTransportMessage([bytes])],
  [
    "transport messages in pieces",
    messages,
    (bytes) =>
      decodeTransportMessage([bytes.subarray(0, bytes.length / 2), bytes.subarray(bytes.length / 2)]),
  ],
  ["routes", routes, (bytes) => readRoute(new CborReader(bytes))],
  [
    "multiaddresses",
    multiaddresses.map((one) => MultiAddr.parse(one).encode()),
    (bytes) => MultiAddr.decode(bytes),
  ],
  ["texts of multiaddresses", multiaddresses.map(encodeUtf8), (bytes) => MultiAddr.parse(text(bytes))],
  [
    "texts of addresses",
    ["0#echo", "1#127.0.0.1:4000"].map(encodeUtf8),
    (bytes) => Address.parse(text(bytes)),
  ],
  ["texts of routes", ["0#a => 1#b:1 => c"].map(encodeUtf8), (bytes) => parseRoute(text(bytes))],
  ["BARE strings", ["hello", "straße", ""].map(encodeBareString), (bytes) => decodeBareString(bytes)],
];

test.each(decoders)("%s", { timeout: TIMEOUT }, (_, seeds, read) => {
  for (const seed of seeds) read(seed);
  fc.assert(
    fc.property(mutated(seeds), (bytes) => expectReadOrRefused(() => read(bytes))),
    { numRuns: 1500 * SCALE },
  );
});

test("what is read can be read again", { timeout: TIMEOUT }, () => {
  fc.assert(
    fc.property(mutated(multiaddresses.map(encodeUtf8)), (bytes) => {
      expectReadOrRefused(() => {
        const address = MultiAddr.parse(text(bytes));
        expect(MultiAddr.decode(address.encode())).toEqual(address);
        expect(MultiAddr.parse(String(address))).toEqual(address);
        address.toRoute();
      });
    }),
    { numRuns: 500 * SCALE },
  );
});

test("a listener survives every message", { timeout: TIMEOUT }, async () => {
  const unexpected: unknown[] = [];
  await using server = new Router({
    log: ({ error }) => {
      if (error !== undefined && !isOckamError(error)) unexpected.push(error);
    },
  });
  await using client = new Router();
  const transport = memoryTransport();
  const listener = await listen(server, transport, "server");
  const workers = { echo: echoWorker(), uppercase: uppercaseWorker(), hop: hopWorker() };
  for (const [address, worker] of Object.entries(workers)) {
    server.flowControls.addConsumer(server.start(worker, { address }).address, listener.flowControlId);
  }
  await fc.assert(
    fc.asyncProperty(fc.array(mutated(messages), { minLength: 1, maxLength: 10 }), async (list) => {
      const raw = await transport.connect("server");
      raw.start(() => {});
      for (const bytes of list) {
        try {
          if (bytes.length > 0) await raw.send([bytes]);
        } catch {
          // The server closed the connection: its answer to what it cannot read.
          break;
        }
      }
      await raw.close();
    }),
    { numRuns: 100 * SCALE },
  );
  expect(unexpected).toEqual([]);
  const connection = await connect(client, transport, "server");
  const answer = await client.request([connection.address, Address.local("echo")], Uint8Array.of(1));
  expect(answer.payload).toEqual(Uint8Array.of(1));
});
