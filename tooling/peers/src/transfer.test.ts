import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { Transform } from "node:stream";

import { afterAll, beforeAll, expect, test } from "vitest";

import { BytePattern } from "./byte-pattern.ts";
import { TransferServer } from "./transfer-server.ts";
import { transfer } from "./transfer.ts";

// The measuring stick itself: what the suites could not notice, they could not prove.
const LENGTH = 3_000_000;
const pattern = new BytePattern();
let server: TransferServer;

beforeAll(async () => {
  server = await TransferServer.start(pattern);
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

test.each(["up", "down", "both"] as const)("%s without anything between is complete", async (mode) => {
  expect(await transfer(server.port, mode, LENGTH, pattern)).toMatchObject({
    outcome: "complete",
    intact: true,
  });
});

test.each(["up", "down", "both"] as const)(
  "%s with one bit changed on the way is not intact",
  async (mode) => {
    const result = await through(
      (data, offset) =>
        offset <= 1_000_000 && 1_000_000 < offset + data.length ? flip(data, 1_000_000 - offset) : data,
      (port) => transfer(port, mode, LENGTH, pattern),
    );
    expect(result.intact).toBe(false);
  },
);

test("two blocks exchanged are not intact", async () => {
  expect(pattern.matches(65_536, pattern.chunk(65_536, 65_536))).toBe(true);
  expect(pattern.matches(0, pattern.chunk(65_536, 65_536))).toBe(false);
});

test("a download that is cut short is not complete", async () => {
  const short = createServer((socket) => socket.end(pattern.chunk(0, 60_000)));
  await new Promise<void>((resolve) => short.listen(0, "127.0.0.1", resolve));
  const result = await transfer((short.address() as AddressInfo).port, "down", LENGTH, pattern);
  expect(result).toMatchObject({ outcome: "ended", intact: true, received: 60_000 });
  short.close();
});

test("a server that sends nothing is a stall", async () => {
  const result = await through(
    () => Buffer.alloc(0),
    (port) => transfer(port, "down", LENGTH, pattern, { stall: 200 }),
  );
  expect(result).toMatchObject({ outcome: "stalled", received: 0 });
});

/** Runs `use` with the port of a proxy that lets `change` alter each direction. */
async function through<T>(
  change: (data: Buffer, offset: number) => Buffer,
  use: (port: number) => Promise<T>,
): Promise<T> {
  const proxy = createServer((client) => {
    const target = connect(server.port, "127.0.0.1");
    client.pipe(changing(change)).pipe(target).pipe(changing(change)).pipe(client);
    client.on("error", () => target.destroy()).on("close", () => target.destroy());
    target.on("error", () => client.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  try {
    return await use((proxy.address() as AddressInfo).port);
  } finally {
    proxy.close();
  }
}

function changing(change: (data: Buffer, offset: number) => Buffer): Transform {
  let offset = 0;
  return new Transform({
    transform(data: Buffer, _encoding, done): void {
      done(null, change(data, offset));
      offset += data.length;
    },
  });
}

function flip(data: Buffer, at: number): Buffer {
  const changed = Buffer.from(data);
  changed[at] = data[at]! ^ 1;
  return changed;
}
