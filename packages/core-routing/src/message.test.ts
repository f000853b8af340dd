import { expect, test } from "vitest";

import { Address } from "./address.ts";
import { Message } from "./message.ts";

const route = [Address.local("a")];

test("a payload in pieces is joined once", () => {
  const pieces = [Uint8Array.of(1, 2), new Uint8Array(0), Uint8Array.of(3)];
  const message = new Message(route, [], pieces);
  expect(message.pieces).toBe(pieces);
  expect(message.payloadLength).toBe(3);
  expect(message.payload).toEqual(Uint8Array.of(1, 2, 3));
  expect(message.payload).toBe(message.payload);
});

test("a payload in one piece is not copied, one in none is empty", () => {
  const payload = Uint8Array.of(1);
  expect(new Message(route, [], payload).payload).toBe(payload);
  expect(new Message(route, [], []).payload).toEqual(new Uint8Array(0));
});

test("a message on other routes has the same payload and local information, and no source", () => {
  const info = [{ type: "kind", data: Uint8Array.of(7) }];
  const message = new Message(route, [], Uint8Array.of(1), info);
  message.source = Address.local("s");
  const other = message.rerouted([], route);
  expect(other).toMatchObject({ onwardRoute: [], returnRoute: route, localInfo: info, source: undefined });
  expect(other.pieces).toBe(message.pieces);
  expect(other.localInfoOf("kind")).toEqual(Uint8Array.of(7));
  expect(other.localInfoOf("other")).toBeUndefined();
});
