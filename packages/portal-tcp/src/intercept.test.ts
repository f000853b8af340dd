import { Router } from "@ockam/core-routing";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { expect, test } from "vitest";

import { createInlet } from "./inlet.ts";
import type { LocalEnd, LocalEndEvents } from "./local-end.ts";
import { createOutlet } from "./outlet.ts";

function shift(bytes: Uint8Array, amount: number): Uint8Array {
  return bytes.map((byte) => byte + amount);
}

/** Adds `by` to every byte of both directions: towards the stream, and back. */
function shifted(end: LocalEnd, by: number): LocalEnd {
  return {
    name: end.name,
    get pendingLength() {
      return end.pendingLength;
    },
    start: (events: LocalEndEvents) =>
      end.start({
        onData: (chunk, more) => events.onData(shift(chunk, by), more),
        onEnd: () => events.onEnd(),
        onError: (cause) => events.onError(cause),
        onDrain: () => events.onDrain(),
        onFinish: () => events.onFinish(),
      }),
    opened: () => end.opened(),
    write: (pieces) => end.write(pieces.map((piece) => shift(piece, -by))),
    end: () => end.end(),
    close: () => end.close(),
    reset: (cause) => end.reset(cause),
    pause: () => end.pause(),
    resume: () => end.resume(),
  };
}

test.each([
  ["both ends undo each other", 7, 7, "hello"],
  ["only the inlet has one: the server echoes what it changed", 1, 0, "hello"],
])("an interceptor sees both directions: %s", async (_name, inletShift, outletShift, expected) => {
  const received: Buffer[] = [];
  const server = createServer((socket) => {
    socket.on("data", (chunk: Buffer) => received.push(chunk));
    socket.pipe(socket);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  await using router = new Router();
  await using outlet = createOutlet(router, {
    to: (server.address() as AddressInfo).port,
    intercept: (end) => shifted(end, outletShift),
  });
  await using inlet = await createInlet(router, {
    from: 0,
    route: [outlet.address],
    intercept: (end) => shifted(end, inletShift),
  });
  const client = connect(Number(inlet.address.split(":")[1]), "127.0.0.1");
  client.end("hello");
  expect(String(await buffer(client))).toBe(expected);
  const sum = inletShift - outletShift;
  expect(String(Buffer.concat(received))).toBe(
    String.fromCodePoint(...Array.from("hello", (letter) => letter.codePointAt(0)! + sum)),
  );
  server.close();
});
