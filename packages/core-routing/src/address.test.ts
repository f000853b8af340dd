import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { Address, LOCAL_TRANSPORT, MAX_ADDRESS_LENGTH, TCP_TRANSPORT } from "./address.ts";

const INVALID = expect.objectContaining({ code: "OCKAM_ROUTING_INVALID_ADDRESS" });

describe("text", () => {
  test.each([
    ["echo", 0, "echo", "0#echo"],
    ["0#echo", 0, "echo", "0#echo"],
    ["1#127.0.0.1:4000", TCP_TRANSPORT, "127.0.0.1:4000", "1#127.0.0.1:4000"],
    ["+007#x", 7, "x", "7#x"],
    ["255#", 255, "", "255#"],
    ["", 0, "", "0#"],
    ["0# a b ", 0, " a b ", "0# a b "],
    ["ünïcode", 0, "ünïcode", "0#ünïcode"],
  ])('"%s"', (text, type, name, formatted) => {
    const address = Address.parse(text);
    expect(address).toMatchObject({ type, name });
    expect(String(address)).toBe(formatted);
  });

  test.each([
    "a#b#c",
    "0#a#",
    "##",
    "x#echo",
    "#echo",
    "256#echo",
    "-1#echo",
    "1.5#echo",
    " 1#echo",
    "1e1#x",
  ])('"%s" is none', (text) => {
    expect(() => Address.parse(text)).toThrow(INVALID);
  });

  test("is limited", () => {
    expect(Address.parse("a".repeat(MAX_ADDRESS_LENGTH)).value.length).toBe(MAX_ADDRESS_LENGTH);
    expect(() => Address.parse("a".repeat(MAX_ADDRESS_LENGTH + 1))).toThrow(INVALID);
    expect(() => Address.parse("ü".repeat(MAX_ADDRESS_LENGTH / 2 + 1))).toThrow(INVALID);
  });
});

test("a name is taken as it is", () => {
  expect(Address.local("1#x").type).toBe(LOCAL_TRANSPORT);
  expect(Address.local("1#x").name).toBe("1#x");
});

test("a value need not be text", () => {
  const address = new Address(0, Uint8Array.of(0xff));
  expect(address.name).toBe("Invalid UTF-8");
  expect(String(address)).toBe("0#Invalid UTF-8");
});

test("a programmer's mistakes", () => {
  for (const type of [-1, 256, 0.5, Number.NaN]) expect(() => new Address(type, "a")).toThrow(RangeError);
  expect(() => new Address(0, new Uint8Array(MAX_ADDRESS_LENGTH + 1))).toThrow(RangeError);
});

test("random addresses are 32 hexadecimal characters, and differ", () => {
  const [a, b] = [Address.random(), Address.random()];
  expect(a.name).toMatch(/^[0-9a-f]{32}$/);
  expect(a.equals(b)).toBe(false);
});

test("the key is equal exactly for equal addresses", () => {
  const addresses = fc
    .tuple(fc.nat(255), fc.uint8Array({ maxLength: 40 }))
    .map(([type, value]) => new Address(type, value));
  fc.assert(
    fc.property(addresses, addresses, (a, b) => {
      expect(a.key === b.key).toBe(a.equals(b));
      expect(a.key.length).toBe(a.value.length + 1);
      expect(a.equals(new Address(a.type, a.value.slice()))).toBe(true);
    }),
  );
  const [text, bytes] = [new Address(1, "a"), new Address(1, Uint8Array.of(97))];
  expect(text.key).toBe(bytes.key);
  expect(new Address(0, "a").key).not.toBe(text.key);
});
