import { concatBytes, fromHex, toHex } from "@ockam/codec";
import { nobleBackend, nodeBackend } from "@ockam/vault";
import type { AeadKey } from "@ockam/vault";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { keyTrackers, rekeyChain } from "../testing/vectors.ts";
import { importKey, ivOf, readNonce, REKEY_INTERVAL, rekey, selectKey } from "./channel-keys.ts";
import { MAX_NONCE } from "./replay-window.ts";

/** Keys cannot be read back, so two of them are the same when they seal alike. */
function seal(key: AeadKey): string {
  return toHex(concatBytes(...key.seal(ivOf(7), new Uint8Array(0), [Uint8Array.of(1, 2, 3)])));
}

describe.each([nodeBackend()!, nobleBackend()])("keys by $name", (backend) => {
  test.each(Object.entries(rekeyChain).filter(([, keys]) => Array.isArray(keys)))(
    "follow one another as recorded, %s",
    (_, keys) => {
      let key = importKey(backend, fromHex(keys[0]!));
      for (const next of keys.slice(1)) {
        key = rekey(backend, key);
        expect(seal(key)).toBe(seal(importKey(backend, fromHex(next))));
      }
    },
  );

  test("are overwritten where they came from", () => {
    const bytes = backend.randomBytes(32);
    importKey(backend, bytes);
    expect(bytes).toEqual(new Uint8Array(32));
  });
});

test.each(keyTrackers.map((vector) => [vector] as const))("selects keys as recorded: %j", (vector) => {
  const { renewal_interval: interval } = vector;
  // Nonces end at 2^53 - 1 here and not at 2^64 - 1, and so do the intervals.
  const rekeys = vector.max_rekeys_reached === true ? Math.floor(MAX_NONCE / interval) : vector.rekeys_done;
  for (const [nonce, expected] of Object.entries(vector.expect)) {
    expect(selectKey(Number(nonce), rekeys, interval) ?? "error").toBe(expected);
  }
});

test("reaches one interval ahead and one behind", () => {
  const rekeys = 3;
  const select = (nonce: number): string | undefined => selectKey(nonce, rekeys);
  expect([63, 64, 95, 96, 127, 128, 159, 160].map(select)).toEqual([
    undefined,
    "previous",
    "previous",
    "current",
    "current",
    "next",
    "next",
    undefined,
  ]);
  expect(REKEY_INTERVAL).toBe(32);
});

test("nonces are 64 bits, big-endian, after four zero bytes", () => {
  expect(toHex(ivOf(0))).toBe("000000000000000000000000");
  expect(toHex(ivOf(0x0102030405060))).toBe("000000000000102030405060");
  expect(toHex(ivOf(MAX_NONCE))).toBe("00000000001fffffffffffff");
  fc.assert(
    fc.property(fc.maxSafeNat(), (nonce) => {
      expect(readNonce(ivOf(nonce).subarray(4))).toBe(nonce);
    }),
  );
});

test("nonces beyond 2^53 - 1 are read as beyond it", () => {
  for (const hex of ["0020000000000000", "0020000000000001", "ffffffffffffffff", "8000000000000000"]) {
    expect(readNonce(fromHex(hex))).toBeGreaterThan(MAX_NONCE);
  }
});
