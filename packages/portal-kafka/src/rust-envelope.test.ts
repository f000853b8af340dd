import { concatBytes, fromHex, isOckamError, toHex } from "@ockam/codec";
import { assert, property, string, uint8Array } from "fast-check";
import { expect, test } from "vitest";

import {
  decodeRustEnvelope,
  encodeRustEnvelope,
  isRustEnvelope,
  MAX_DECRYPTOR_NAME_LENGTH,
} from "./rust-envelope.ts";

const numRuns = 500 * Number(process.env["OCKAM_TEST_SCALE"] ?? 1);

test("writes what the Rust portal writes", () => {
  // vectors/README.md: made by the Rust ockam 0.150.0.
  const content = fromHex("0017ff");
  expect(toHex(encodeRustEnvelope({ decryptor: "abc", content }))).toBe("8282004361626383001718ff");
});

test("reads what it writes", () => {
  assert(
    property(string({ maxLength: 40 }), uint8Array({ maxLength: 70_000 }), (decryptor, content) => {
      const encoded = encodeRustEnvelope({ decryptor, content });
      expect(isRustEnvelope(encoded)).toBe(true);
      expect(decodeRustEnvelope(encoded)).toEqual({ decryptor, content });
    }),
    { numRuns: 100 },
  );
});

test.each([
  ["of indefinite length", "828200436162639f001718ffff"],
  ["with integers wider than need be", "828200436162638318001900171900ff"],
])("reads an array %s, as Rust does", (_name, hex) => {
  expect(decodeRustEnvelope(fromHex(hex))).toEqual({ decryptor: "abc", content: fromHex("0017ff") });
});

test.each([
  ["nothing", "", "OCKAM_KAFKA_NOT_SEALED"],
  ["text", "68656c6c6f", "OCKAM_KAFKA_NOT_SEALED"],
  ["another transport", "82820143616263830017", "OCKAM_KAFKA_NOT_SEALED"],
  ["bytes instead of an array", "82820043616263430017ff", "OCKAM_KAFKA_NOT_AUTHENTIC"],
  ["an array that is cut off", "82820043616263830017", "OCKAM_KAFKA_NOT_AUTHENTIC"],
  ["an array longer than the value", "828200436162639b00000001000000000017", "OCKAM_KAFKA_NOT_AUTHENTIC"],
  ["an integer above 255", "82820043616263811901ff", "OCKAM_KAFKA_NOT_AUTHENTIC"],
  ["something behind the end", "828200436162638100ff", "OCKAM_KAFKA_NOT_AUTHENTIC"],
  ["a name that is no UTF-8", "82820043ff62638100", "OCKAM_KAFKA_NOT_AUTHENTIC"],
  ["a name that is cut off", "8282005820616263", "OCKAM_KAFKA_NOT_AUTHENTIC"],
])("refuses %s", (_name, hex, code) => {
  expect(() => decodeRustEnvelope(fromHex(hex))).toThrow(expect.objectContaining({ code }));
});

test("refuses a name that is too long", () => {
  const longest = encodeRustEnvelope({
    decryptor: "a".repeat(MAX_DECRYPTOR_NAME_LENGTH),
    content: fromHex("00"),
  });
  expect(decodeRustEnvelope(longest).decryptor).toHaveLength(MAX_DECRYPTOR_NAME_LENGTH);
  const longer = encodeRustEnvelope({
    decryptor: "a".repeat(MAX_DECRYPTOR_NAME_LENGTH + 1),
    content: fromHex("00"),
  });
  expect(() => decodeRustEnvelope(longer)).toThrow(
    expect.objectContaining({ code: "OCKAM_KAFKA_NOT_AUTHENTIC" }),
  );
});

test("reads any bytes, or refuses them", () => {
  const head = fromHex("828200");
  assert(
    property(uint8Array({ maxLength: 60 }), (bytes) => {
      try {
        decodeRustEnvelope(concatBytes(head, bytes));
      } catch (error) {
        expect(isOckamError(error)).toBe(true);
      }
    }),
    { numRuns },
  );
});
