import { CborWriter, concatBytes, fromHex, toHex } from "@ockam/codec";
import { createSoftwareVault, nobleBackend, nodeBackend } from "@ockam/vault";
import { describe, expect, test } from "vitest";
import { longHistory } from "../testing/long-history.ts";
import { acceptance, histories, history, identity } from "../testing/vectors.ts";
import { encodeChange, encodeChangeData, formatChange } from "./change.ts";
import { MAX_CHANGE_HISTORY_LENGTH, MAX_CHANGES } from "./constants.ts";
import { Identifier } from "./identifier.ts";
import { encodeChangeHistory, Identity } from "./identity.ts";

const vault = createSoftwareVault();
const INVALID = expect.objectContaining({ code: "OCKAM_IDENTITY_INVALID_HISTORY" });

describe.each([
  ["node", nodeBackend()],
  ["noble", nobleBackend()],
] as const)("histories of ockam 0.150.0 with the %s backend", (_, backend) => {
  const own = createSoftwareVault(backend === undefined ? {} : { backend });

  test.each(histories.histories)("$name: $description", ({ identifier, changeHistory, first }) => {
    const verified = Identity.verify(fromHex(changeHistory), own);
    expect(verified.identifier.toString()).toBe(identifier);
    expect(toHex(verified.changeHistory)).toBe(changeHistory);
    expect(verified.changes).toHaveLength(1);
    const change = verified.latest;
    expect(toHex(change.hash)).toBe(first.hash);
    expect(toHex(change.data)).toBe(first.data);
    expect(change.previousHash).toBeUndefined();
    expect(change.publicKey).toEqual({ type: first.keyType, bytes: fromHex(first.publicKey) });
    expect(change.revokeAllPurposeKeys).toBe(first.revokeAllPurposeKeys);
    expect(change.validFrom).toBe(first.validFrom);
    expect(change.validUntil).toBe(first.validUntil);
    expect(toHex(change.signature.bytes)).toBe(first.signature);
    expect(change.previousSignature).toBeUndefined();
    expect(toHex(encodeChangeData(change))).toBe(first.data);
    expect(encodeChangeHistory([encodeChange(change.data, change.signature, undefined)])).toEqual(
      verified.changeHistory,
    );
  });

  test.each(histories.rotationsOfA)("$name: $description", (vector) => {
    const verified = Identity.verify(fromHex(vector.changeHistory), own);
    const { latest } = verified;
    expect(verified.identifier.equals(identity("ed25519_identity").identifier)).toBe(true);
    expect(verified.changes).toHaveLength(2);
    expect(latest.previousHash).toEqual(verified.changes[0]!.hash);
    expect(latest.publicKey.type).toBe(vector.keyType);
    expect(latest.revokeAllPurposeKeys).toBe(vector.revokeAllPurposeKeys);
    if (vector.hash !== undefined) expect(toHex(latest.hash)).toBe(vector.hash);
    if (vector.change !== undefined) expect(toHex(latest.encoded)).toBe(vector.change);
    expect(encodeChange(encodeChangeData(latest), latest.signature, latest.previousSignature)).toEqual(
      latest.encoded,
    );
  });

  test.each(acceptance.histories)("$name: $rule", ({ accept, changeHistory, identifier }) => {
    const received = fromHex(changeHistory);
    if (!accept) {
      expect(() => Identity.verify(received, own)).toThrow(INVALID);
      return;
    }
    const verified = Identity.verify(received, own);
    expect(verified.identifier.toString()).toBe(identifier);
    expect(verified.changeHistory).toEqual(received);
  });
});

describe("Identity.verify", () => {
  test("another identifier than the expected one is refused", () => {
    const expected = identity("ed25519_identity").identifier;
    expect(Identity.verify(history("ed25519_identity_rotated"), vault, { expected }).changes).toHaveLength(2);
    expect(() => Identity.verify(history("p256_identity"), vault, { expected })).toThrow(
      expect.objectContaining({ code: "OCKAM_IDENTITY_UNEXPECTED" }),
    );
  });

  test("keeps its own copy of what it verified", () => {
    const received = history("ed25519_identity");
    const verified = Identity.verify(received, vault);
    received.fill(0);
    expect(verified.changeHistory).toEqual(history("ed25519_identity"));
    expect(toHex(verified.latest.hash)).toBe(verified.identifier.hex);
  });

  test("an error of the vault is not blamed on the history", () => {
    const broken = { sha256: vault.sha256.bind(vault), verify: () => raise(new Error("vault is away")) };
    expect(() => Identity.verify(history("ed25519_identity"), broken)).toThrow("vault is away");
  });

  test("nothing is verified with a key before the hashes fit together", () => {
    const second = identity("ed25519_identity_rotated").changes[1]!;
    const other = identity("subject_identity").changes[0]!;
    const spy = {
      sha256: vault.sha256.bind(vault),
      verify: () => raise(new Error("a signature was checked")),
    };
    expect(() => Identity.verify(encodeChangeHistory([other.encoded, second.encoded]), spy)).toThrow(INVALID);
  });

  test(`a history of ${MAX_CHANGE_HISTORY_LENGTH} bytes is verified, a longer one is refused`, () => {
    const valid = history("ed25519_identity");
    const padding = new Uint8Array(MAX_CHANGE_HISTORY_LENGTH - valid.length);
    const longest = concatBytes(valid, padding);
    expect(Identity.verify(longest, vault).changeHistory).toHaveLength(MAX_CHANGE_HISTORY_LENGTH);
    expect(() => Identity.verify(concatBytes(longest, Uint8Array.of(0)), vault)).toThrow(INVALID);
  });

  test(`${MAX_CHANGES} changes are verified, one more is refused before its signatures are checked`, async () => {
    const own = createSoftwareVault();
    const changes = await longHistory(own, MAX_CHANGES + 1);
    const longest = encodeChangeHistory(changes.slice(0, MAX_CHANGES));
    expect(Identity.verify(longest, own).changes).toHaveLength(MAX_CHANGES);
    const spy = { sha256: own.sha256.bind(own), verify: () => raise(new Error("a signature was checked")) };
    const longer = encodeChangeHistory(changes);
    expect(() => Identity.verify(longer, spy)).toThrow(INVALID);
    // The same in the indefinite form, where no count announces it.
    const indefinite = concatBytes(Uint8Array.of(0x9f), ...changes, Uint8Array.of(0xff));
    expect(() => Identity.verify(indefinite, spy)).toThrow(INVALID);
  });

  test("a history that begins with a later change is refused, though that change is signed", async () => {
    const own = createSoftwareVault();
    const [, later] = await longHistory(own, 2);
    expect(() => Identity.verify(encodeChangeHistory([later!]), own)).toThrow(
      expect.objectContaining({ message: expect.stringContaining("predecessor") }),
    );
  });

  test("a previous signature of an unknown kind counts as absent", () => {
    const [first] = identity("ed25519_identity").changes;
    const unknown = Uint8Array.of(0x82, 7, 0x81, 0x41, 0);
    const extended = concatBytes(Uint8Array.of(0x83), first!.encoded.subarray(1), unknown);
    const verified = Identity.verify(encodeChangeHistory([extended]), vault);
    expect(verified.latest.previousSignature).toBeUndefined();
    const malformed = concatBytes(Uint8Array.of(0x83), first!.encoded.subarray(1), Uint8Array.of(0x01));
    expect(() => Identity.verify(encodeChangeHistory([malformed]), vault)).toThrow(INVALID);
  });

  test("a time beyond 2^53 - 1 is refused", async () => {
    const own = createSoftwareVault();
    const key = await own.verifyingKey(await own.generateSigningKey());
    const writer = new CborWriter().array(5).null().variant(0).array(1).bytes(key.bytes);
    const inner = writer
      .bool(false)
      .uint(0)
      .uint(2n ** 53n)
      .finish();
    const data = new CborWriter().array(3).uint(1).uint(1).bytes(inner).finish();
    const signature = await own.sign(own.handleOf(key), own.sha256(data));
    expect(() =>
      Identity.verify(encodeChangeHistory([encodeChange(data, signature, undefined)]), own),
    ).toThrow(INVALID);
  });
});

describe("compare", () => {
  const a = identity("ed25519_identity");
  const rotated = identity("ed25519_identity_rotated");
  const fork = identity("ed25519_identity_rotated_revoking");

  test.each([
    ["equal", a, a],
    ["equal", rotated, rotated],
    ["newer", rotated, a],
    ["older", a, rotated],
    ["conflict", fork, rotated],
    ["conflict", rotated, fork],
    ["conflict", a, identity("subject_identity")],
  ] as const)("%s", (expected, received, known) => {
    expect(received.compare(known)).toBe(expected);
  });

  test("other bytes with the same changes are equal", () => {
    const padded = Identity.verify(concatBytes(history("ed25519_identity"), Uint8Array.of(1)), vault);
    expect(padded.compare(a)).toBe("equal");
  });
});

test("formatChange shows hash, key and revocation", () => {
  expect(formatChange(identity("p256_identity").latest)).toEqual({
    identifier: "0537cbe82eeb157db19caf67225cdca5605e670c94c4a18c5a27e2a00ff07c8a",
    primary_public_key:
      "ECDSASHA256CurveP256: 04515c3d6eb9e396b904d3feca7f54fdcd0cc1e997bf375dca515ad0a6c3b4035f" +
      "4536be3a50f318fbf9a5475902a221502bef0d57e08c53b2cc0a56f17d9f9354",
    revoke_all_purpose_keys: false,
  });
  expect(formatChange(identity("ed25519_identity").latest).primary_public_key).toBe(
    "EdDSACurve25519: 03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8",
  );
});

test("an identifier is the hash of the first change's data", () => {
  const { changes, identifier } = identity("mixed_rotation");
  expect(new Identifier(vault.sha256(changes[0]!.data)).equals(identifier)).toBe(true);
});

function raise(error: Error): never {
  throw error;
}
