import { connect } from "node:net";
import type { Socket } from "node:net";

import { concatBytes } from "@ockam/codec";
import fc from "fast-check";
import { expect, test, vi } from "vitest";

import { pattern, readExactly, startBackend, until } from "../testing/backends.ts";
import type { LocalEnd } from "./local-end.ts";
import { PieceCollector } from "./piece-collector.ts";
import { PortalSocket } from "./portal-socket.ts";
import { SocketEnd } from "./socket-end.ts";

const nothing = (): void => {};
const events = {
  onData: nothing,
  onEnd: nothing,
  onError: nothing,
  onDrain: nothing,
  onFinish: nothing,
};

test("the same bytes come out, whenever it is flushed", () => {
  const action = fc.oneof(fc.uint8Array({ maxLength: 3000 }), fc.constant("flush" as const));
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
      const emitted: Uint8Array[] = [];
      const collector = new PieceCollector((bytes) => emitted.push(bytes));
      let added = 0;
      for (const each of actions) {
        if (each === "flush") collector.flush();
        else collector.add(each);
        added += each === "flush" ? 0 : each.length;
        expect(concatBytes(...emitted).length + collector.length).toBe(added);
      }
      collector.flush();
      expect(concatBytes(...emitted)).toEqual(concatBytes(...actions.filter((each) => each !== "flush")));
      for (const bytes of emitted) expect(bytes.buffer.byteLength).toBeLessThanOrEqual(16_384);
    }),
  );
});

test("single bytes for a socket that is behind are few writes, and keep their place", async () => {
  const accepted: Socket[] = [];
  const backend = await startBackend((socket) => accepted.push(socket));
  const socket = connect({ port: backend.port, host: "127.0.0.1", allowHalfOpen: true });
  await until(() => accepted.length === 1);
  const end = new SocketEnd(socket, "test");
  end.start(events);
  const data = pattern(600_000);
  let sent = 0;
  const write = (length: number): void => {
    end.write([data.subarray(sent, sent + length)]);
    sent += length;
  };
  socket.cork();
  write(300_000);
  const writes = vi.spyOn(socket, "write");
  for (let index = 0; index < 100_000; index++) write(1);
  expect(writes.mock.calls.length).toBeLessThan(20);
  expect(end.pendingLength).toBe(400_000);
  write(100_000);
  for (let index = 0; index < 100_000; index++) write(1);
  end.end();
  socket.uncork();
  expect((await readExactly(accepted[0]!, sent)).equals(data)).toBe(true);
  socket.destroy();
  await backend.close();
});

test("single bytes for a reader in this process that is behind are few pieces, and keep their place", async () => {
  const ends: LocalEnd[] = [];
  const socket = new PortalSocket((end) => ends.push(end));
  await until(() => ends.length === 1);
  const [end] = ends;
  end!.start(events);
  const data = pattern(600_000);
  let sent = 0;
  const write = (length: number): void => {
    end!.write([data.subarray(sent, sent + length)]);
    sent += length;
  };
  write(300_000);
  const pieces = vi.spyOn(socket, "push");
  for (let index = 0; index < 100_000; index++) write(1);
  expect(pieces.mock.calls.length).toBeLessThan(20);
  expect(end!.pendingLength).toBe(400_000);
  write(100_000);
  for (let index = 0; index < 100_000; index++) write(1);
  end!.end();
  const read: Uint8Array[] = [];
  for await (const chunk of socket) read.push(chunk as Uint8Array);
  expect(Buffer.concat(read).equals(data)).toBe(true);
});
