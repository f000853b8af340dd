import { concatBytes, fromHex, isOckamError, toHex } from "@ockam/codec";
import { assert, integer, property, uint8Array } from "fast-check";
import { describe, expect, test } from "vitest";

import { attributesOf, credentialVector, SUBJECT, vectors } from "../testing/vectors.ts";
import { Attributes } from "./attributes.ts";
import { MAX_ATTRIBUTES, MAX_CREDENTIAL_LENGTH } from "./constants.ts";
import { decodeCredential, encodeCredential, encodeCredentialData } from "./credential.ts";

const SCALE = Number(process.env["OCKAM_TEST_SCALE"] ?? "1");
const INVALID = expect.objectContaining({ code: "OCKAM_CREDENTIALS_INVALID_CREDENTIAL" });
const ORIGINAL = fromHex(credentialVector("credential").encoded);

describe.each(vectors.credentials)("$name", (vector) => {
  test("is decoded", () => {
    const decoded = decodeCredential(fromHex(vector.encoded));
    expect(decoded.subject?.equals(SUBJECT)).toBe(true);
    expect(decoded.subjectLatestChangeHash).toEqual(SUBJECT.bytes);
    expect(decoded.schema).toBe(vector.schema);
    expect([...decoded.attributes]).toEqual([...attributesOf(vector)]);
    expect([decoded.createdAt, decoded.expiresAt]).toEqual([vector.createdAt, vector.expiresAt]);
    expect(toHex(decoded.data)).toBe(vector.versionedData);
    expect(toHex(decoded.signature.bytes)).toBe(vector.signature);
    expect(toHex(decoded.encoded)).toBe(vector.encoded);
  });

  test("is encoded to the same bytes", () => {
    const decoded = decodeCredential(fromHex(vector.encoded));
    const data = encodeCredentialData({ ...decoded, attributes: attributesOf(vector) });
    expect(toHex(data)).toBe(vector.versionedData);
    expect(toHex(encodeCredential(data, decoded.signature, decoded.attestation))).toBe(vector.encoded);
  });
});

test("what follows a credential is left out", () => {
  const decoded = decodeCredential(concatBytes(ORIGINAL, Uint8Array.of(1, 2, 3)));
  expect(toHex(decoded.encoded)).toBe(toHex(ORIGINAL));
});

test("what is decoded is a copy", () => {
  const given = ORIGINAL.slice();
  const decoded = decodeCredential(given);
  given.fill(0);
  expect(toHex(decoded.encoded)).toBe(toHex(ORIGINAL));
  expect(toHex(decoded.data)).toBe(credentialVector("credential").versionedData);
});

test("a credential without subject and hash is decoded: it is refused when it is verified", () => {
  const found = vectors.acceptance.find(({ name }) => name === "credential_without_subject");
  const decoded = decodeCredential(fromHex(found!.encoded));
  expect(decoded.subject).toBeUndefined();
  expect(toHex(encodeCredentialData(decoded))).toBe(toHex(decoded.data));
});

test("a credential of the greatest length is read, a longer one is not", () => {
  const padded = new Uint8Array(MAX_CREDENTIAL_LENGTH + 1);
  padded.set(ORIGINAL);
  expect(decodeCredential(padded.subarray(0, -1)).encoded.length).toBe(ORIGINAL.length);
  expect(() => decodeCredential(padded)).toThrow(INVALID);
});

test("as many attributes as allowed are read, one more is not", () => {
  expect(decodeCredential(withAttributes(MAX_ATTRIBUTES)).attributes.size).toBe(MAX_ATTRIBUTES);
  expect(() => decodeCredential(withAttributes(MAX_ATTRIBUTES + 1))).toThrow(INVALID);
});

test.each([
  ["another version", "830103", "830203"],
  ["another data type", "830103", "830102"],
  ["a subject of 31 bytes", "855820", "85581f"],
])("%s is refused", (_, from, to) => {
  const changed = fromHex(toHex(ORIGINAL).replace(from, to));
  expect(() => decodeCredential(changed)).toThrow(INVALID);
});

test("every cut is refused", () => {
  for (let length = 0; length < ORIGINAL.length; length++) {
    expect(() => decodeCredential(ORIGINAL.subarray(0, length)), `${length} bytes`).toThrow(INVALID);
  }
});

test("any bytes, and any change, give a credential or the one error", () => {
  assert(
    property(uint8Array({ maxLength: 300 }), integer({ min: 0, max: ORIGINAL.length }), (bytes, at) => {
      expectDecodes(bytes);
      expectDecodes(concatBytes(ORIGINAL.subarray(0, at), bytes));
      expectDecodes(concatBytes(ORIGINAL.subarray(0, at), bytes.subarray(0, 4), ORIGINAL.subarray(at + 4)));
    }),
    { numRuns: 500 * SCALE },
  );
});

function withAttributes(count: number): Uint8Array {
  const decoded = decodeCredential(ORIGINAL);
  const entries = Array.from({ length: count }, (_, index) => [`name ${index}`, "value"] as const);
  const data = encodeCredentialData({ ...decoded, attributes: new Attributes(entries) });
  return encodeCredential(data, decoded.signature, decoded.attestation);
}

function expectDecodes(bytes: Uint8Array): void {
  try {
    decodeCredential(bytes);
  } catch (error) {
    expect(isOckamError(error, "OCKAM_CREDENTIALS_INVALID_CREDENTIAL"), String(error)).toBe(true);
  }
}
