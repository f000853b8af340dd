import { fromHex, toHex } from "@ockam/codec";
import { array, assert, property, tuple, uint8Array } from "fast-check";
import { describe, expect, test } from "vitest";

import { attributesOf, credentialVector, vectors } from "../testing/vectors.ts";
import { decodeStoredAttributes, encodeStoredAttributes } from "./attributes-codec.ts";
import { Attributes } from "./attributes.ts";
import { MAX_ATTRIBUTES } from "./constants.ts";

const bytes = uint8Array({ maxLength: 20 });
const entries = array(tuple(bytes, bytes), { maxLength: 20 });

describe("attributes", () => {
  test("text is its UTF-8 bytes", () => {
    const attributes = Attributes.of({ "ockam-role": "enroller", grüße: "ü" });
    expect(attributes.size).toBe(2);
    expect(attributes.text("ockam-role")).toBe("enroller");
    expect(attributes.get("grüße")).toEqual(fromHex("c3bc"));
    expect(attributes.get(fromHex("6772c3bcc39f65"))).toEqual(fromHex("c3bc"));
    expect(attributes.has("ockam-role")).toBe(true);
    expect([attributes.get("role"), attributes.text("role"), attributes.has("role")]).toEqual([
      undefined,
      undefined,
      false,
    ]);
  });

  test("names and values that are not UTF-8 are kept, and are no text", () => {
    const attributes = new Attributes([
      [fromHex("ff00"), fromHex("80")],
      ["text", fromHex("80")],
      [fromHex("fe"), "text"],
      ["role", "member"],
    ]);
    expect(attributes.get(fromHex("ff00"))).toEqual(fromHex("80"));
    expect(attributes.text("text")).toBeUndefined();
    expect([...attributes.toText()]).toEqual([["role", "member"]]);
  });

  test("names of an object's prototype are no attributes", () => {
    expect(Attributes.of({}).has("constructor")).toBe(false);
    expect(Attributes.of({ ["__proto__"]: "x" }).text("__proto__")).toBe("x");
  });

  test("the order is that of the bytes, and the last of one name counts", () => {
    assert(
      property(entries, (given) => {
        const attributes = new Attributes(given);
        const expected = new Map(given.map(([name, value]) => [toHex(name), toHex(value)]));
        const found = [...attributes].map(([name, value]) => [toHex(name), toHex(value)] as const);
        expect(new Map(found)).toEqual(expected);
        expect(found.map(([name]) => name)).toEqual([...expected.keys()].sort());
      }),
    );
  });

  test("includes compares names and values", () => {
    const attributes = Attributes.of({ a: "1", b: "2" });
    expect(attributes.includes(new Attributes())).toBe(true);
    expect(attributes.includes(Attributes.of({ b: "2" }))).toBe(true);
    expect(attributes.includes(Attributes.of({ b: "2", a: "1" }))).toBe(true);
    expect(attributes.includes(Attributes.of({ b: "1" }))).toBe(false);
    expect(attributes.includes(Attributes.of({ a: "1", c: "" }))).toBe(false);
    expect(attributes.includes(Attributes.of({ a: "" }))).toBe(false);
  });

  test("bytes are copied on the way in and out", () => {
    const [name, value] = [fromHex("01"), fromHex("02")];
    const attributes = new Attributes([[name, value]]);
    name.fill(9);
    value.fill(9);
    for (const [takenName, takenValue] of attributes) takenName.fill(takenValue.fill(9)[0]!);
    attributes.get(fromHex("01"))?.fill(9);
    expect([...attributes]).toEqual([[fromHex("01"), fromHex("02")]]);
  });
});

describe("stored attributes", () => {
  test("have the form of the Rust implementation's database", () => {
    const attributes = attributesOf(credentialVector(vectors.storedAttributes.of));
    expect(toHex(encodeStoredAttributes(attributes))).toBe(vectors.storedAttributes.encoded);
    const decoded = decodeStoredAttributes(fromHex(vectors.storedAttributes.encoded));
    expect([...decoded]).toEqual([...attributes]);
  });

  test("come back as they were", () => {
    assert(
      property(entries, (given) => {
        const attributes = new Attributes(given);
        expect([...decodeStoredAttributes(encodeStoredAttributes(attributes))]).toEqual([...attributes]);
      }),
    );
  });

  test.each([
    ["byte strings", "a1416b4176"],
    ["a number above 255", "a1811901008100"],
    ["a value that is missing", "a18118"],
    ["no map", "80"],
    ["nothing", ""],
  ])("of %s are refused", (_, hex) => {
    expect(() => decodeStoredAttributes(fromHex(hex))).toThrow(
      expect.objectContaining({ code: "OCKAM_CREDENTIALS_INVALID_ATTRIBUTES" }),
    );
  });

  test("are bounded", () => {
    expect(decodeStoredAttributes(encodeStoredAttributes(numbered(MAX_ATTRIBUTES))).size).toBe(
      MAX_ATTRIBUTES,
    );
    expect(() => decodeStoredAttributes(encodeStoredAttributes(numbered(MAX_ATTRIBUTES + 1)))).toThrow(
      expect.objectContaining({ code: "OCKAM_CREDENTIALS_INVALID_ATTRIBUTES" }),
    );
  });
});

function numbered(count: number): Attributes {
  return new Attributes(Array.from({ length: count }, (_, index) => [`${index}`, ""] as const));
}
