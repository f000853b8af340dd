import { CborReader, CborWriter, fromHex, toHex } from "@ockam/codec";
import { assert, constantFrom, property, uint8Array } from "fast-check";
import { describe, expect, test } from "vitest";

import { readSignature, readVerifyingKey, writeSignature, writeVerifyingKey } from "./signing-key.ts";
import type { SigningKeyType } from "./signing-key.ts";

const KEY_LENGTHS = { ed25519: 32, p256: 65 } as const;
const HEADS = { ed25519: "8200815820", p256: "8201815841" } as const;

describe.each<SigningKeyType>(["ed25519", "p256"])("%s", (type) => {
  const key = { type, bytes: new Uint8Array(KEY_LENGTHS[type]).fill(7) };
  const signature = { type, bytes: new Uint8Array(64).fill(8) };

  test("a verifying key has the form of the wire", () => {
    const writer = new CborWriter();
    writeVerifyingKey(writer, key);
    expect(toHex(writer.finish())).toBe(HEADS[type] + "07".repeat(KEY_LENGTHS[type]));
    expect(readVerifyingKey(new CborReader(writer.finish()))).toEqual(key);
  });

  test("a signature has the form of the wire", () => {
    const writer = new CborWriter();
    writeSignature(writer, signature);
    expect(toHex(writer.finish())).toBe(`82${type === "p256" ? "01" : "00"}815840${"08".repeat(64)}`);
    expect(readSignature(new CborReader(writer.finish()))).toEqual(signature);
  });

  test("what is read is a copy", () => {
    const writer = new CborWriter();
    writeVerifyingKey(writer, key);
    const encoded = writer.finish().slice();
    const read = readVerifyingKey(new CborReader(encoded));
    encoded.fill(0);
    expect(read).toEqual(key);
  });
});

test("fields that a newer peer adds are skipped", () => {
  const reader = new CborReader(fromHex(`8200825820${"07".repeat(32)}1864820083`));
  expect(readVerifyingKey(reader).type).toBe("ed25519");
  expect(reader.offset).toBe(39);
});

test.each([
  ["an unknown variant", "820281582000", "OCKAM_VAULT_UNKNOWN_KEY_TYPE"],
  ["an Ed25519 key of 31 bytes", `820081581f${"00".repeat(31)}`, "OCKAM_CODEC_INVALID_CBOR"],
  ["a P-256 key of 33 bytes", `8201815821${"02".repeat(33)}`, "OCKAM_CODEC_INVALID_CBOR"],
  ["no field", "820080", "OCKAM_CODEC_INVALID_CBOR"],
  ["a cut-off key", `8200815820${"00".repeat(31)}`, "OCKAM_CODEC_INVALID_CBOR"],
  ["text in place of bytes", `8200817820${"61".repeat(32)}`, "OCKAM_CODEC_INVALID_CBOR"],
  ["an array of three", `8300815820${"00".repeat(32)}00`, "OCKAM_CODEC_INVALID_CBOR"],
])("a verifying key with %s is refused", (_, hex, code) => {
  expect(() => readVerifyingKey(new CborReader(fromHex(hex)))).toThrow(expect.objectContaining({ code }));
});

test.each([
  ["an unknown variant", "820381584000", "OCKAM_VAULT_UNKNOWN_KEY_TYPE"],
  ["63 bytes", `820081583f${"00".repeat(63)}`, "OCKAM_CODEC_INVALID_CBOR"],
  ["no field", "820180", "OCKAM_CODEC_INVALID_CBOR"],
])("a signature with %s is refused", (_, hex, code) => {
  expect(() => readSignature(new CborReader(fromHex(hex)))).toThrow(expect.objectContaining({ code }));
});

test("any bytes give a key, or an error of ours", () => {
  const start = constantFrom("", HEADS.ed25519, HEADS.p256);
  assert(
    property(start, uint8Array({ maxLength: 80 }), (head, tail) => {
      const reader = new CborReader(fromHex(head + toHex(tail)));
      try {
        const key = readVerifyingKey(reader);
        expect(key.bytes.length).toBe(KEY_LENGTHS[key.type]);
      } catch (error) {
        expect(String(error)).toMatch(/^OckamError/);
      }
    }),
  );
});
