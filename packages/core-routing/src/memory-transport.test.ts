import { describe, expect, test } from "vitest";

import { MEMORY_QUEUE_CAPACITY, MEMORY_TRANSPORT, memoryTransport } from "./memory-transport.ts";
import { testTransport } from "./testing.ts";

describe("the suite of transports", () => {
  testTransport(test, () => ({ transport: memoryTransport(), address: "" }));
});

test("each is a network of its own", async () => {
  const [one, other] = [memoryTransport(), memoryTransport()];
  const listener = await one.listen("place", { onConnection: () => {} });
  expect(listener.address).toBe("place");
  await expect(other.connect("place")).rejects.toMatchObject({ code: "OCKAM_MEMORY_CONNECTION_REFUSED" });
  expect(one).toMatchObject({ name: "memory", type: MEMORY_TRANSPORT });
});

test("a queue has its capacity, and is kept when a sender does not wait", async () => {
  const transport = memoryTransport();
  const received: number[] = [];
  await transport.listen("place", {
    onConnection: (connection) => {
      setTimeout(() => connection.start((pieces) => void received.push(pieces[0]![0]!)));
    },
  });
  const connection = await transport.connect("place");
  for (let i = 0; i < MEMORY_QUEUE_CAPACITY - 1; i++) {
    expect(connection.send([Uint8Array.of(i)])).toBeUndefined();
  }
  for (let i = 0; i < 5; i++) expect(connection.send([Uint8Array.of(100 + i)])).toBeInstanceOf(Promise);
  await connection.send([Uint8Array.of(200)]);
  await connection.close();
  expect(received).toHaveLength(MEMORY_QUEUE_CAPACITY + 5);
});

test("a programmer's mistakes", async () => {
  const transport = memoryTransport();
  await transport.listen("place", { onConnection: () => {} });
  const connection = await transport.connect("place");
  connection.start(() => {});
  expect(() => connection.start(() => {})).toThrow(TypeError);
  expect(() => connection.send([])).toThrow(RangeError);
});
