import { fromHex, toHex } from "@ockam/codec";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { histories } from "../testing/vectors.ts";
import { Identifier } from "./identifier.ts";

describe("Identifier", () => {
  test.each(histories.identifierTexts)("the recorded text $text", ({ text, bytes }) => {
    const identifier = Identifier.parse(text);
    expect(toHex(identifier.bytes)).toBe(bytes);
    expect(identifier.hex).toBe(bytes);
    expect(identifier.toString()).toBe(text);
    expect(JSON.stringify({ identifier })).toBe(JSON.stringify({ identifier: text }));
  });

  test("text and bytes are inverse", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        const identifier = new Identifier(bytes);
        expect(Identifier.parse(identifier.toString()).equals(identifier)).toBe(true);
        expect(identifier.bytes).toEqual(bytes);
      }),
    );
  });

  test("digits may be upper case and white space may surround it", () => {
    const text = `I${"ab".repeat(32)}`;
    expect(Identifier.parse(` \t${text}\n`).toString()).toBe(text);
    expect(Identifier.parse(`I${"AB".repeat(32)}`).toString()).toBe(text);
  });

  test.each([
    ["empty", ""],
    ["without its letter", "ab".repeat(32)],
    ["with a small letter", `i${"ab".repeat(32)}`],
    ["with the old letter", `P${"ab".repeat(32)}`],
    ["too short", `I${"ab".repeat(31)}`],
    ["too long", `I${"ab".repeat(33)}`],
    ["with another digit", `I${"ab".repeat(31)}ag`],
    ["with inner space", `I ${"ab".repeat(32)}`],
    ["followed by another line", `I${"ab".repeat(32)}\nI`],
  ])("text %s is refused", (_, text) => {
    expect(() => Identifier.parse(text)).toThrow(
      expect.objectContaining({ code: "OCKAM_IDENTITY_INVALID_IDENTIFIER" }),
    );
  });

  test("bytes of another length are a programmer's mistake", () => {
    expect(() => new Identifier(new Uint8Array(20))).toThrow(RangeError);
  });

  test("its bytes are nobody's to change", () => {
    const bytes = fromHex("ab".repeat(32));
    const identifier = new Identifier(bytes);
    bytes.fill(0);
    identifier.bytes.fill(0);
    expect(toHex(identifier.bytes)).toBe("ab".repeat(32));
  });

  test("differs from another", () => {
    const a = new Identifier(new Uint8Array(32));
    const b = new Identifier(new Uint8Array(32).fill(1, 31));
    expect(a.equals(b)).toBe(false);
  });
});
