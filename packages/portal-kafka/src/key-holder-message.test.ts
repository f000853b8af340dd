import { CborWriter, fromHex, toHex } from "@ockam/codec";
import { Identifier } from "@ockam/identity";
import fc from "fast-check";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

import {
  decodeHolderAnswer,
  decodeHolderRequest,
  encodeHolderAnswer,
  encodeHolderRequest,
  HOLDER_REFUSAL,
  MAX_KEY_MESSAGE_LENGTH,
} from "./key-holder-message.ts";
import type { HolderRefusal } from "./key-holder-message.ts";

interface Vectors {
  readonly keys: readonly {
    readonly id: string;
    readonly producer: string;
    readonly secret: string;
    readonly topic: string;
    readonly sealsUntil: number;
    readonly keptUntil: number;
    readonly deposit: string;
    readonly fetch: string;
    readonly found: string;
  }[];
  readonly answers: { readonly kept: string; readonly salt: string; readonly refused: readonly string[] };
}

const vectors = JSON.parse(
  readFileSync(new URL("../vectors/topic-keys.json", import.meta.url), "utf8"),
) as Vectors;

test.each(vectors.keys)("the messages that carry a key of $topic", (vector) => {
  const { keptUntil, sealsUntil, topic } = vector;
  const id = fromHex(vector.id);
  const key = { secret: fromHex(vector.secret), topic, sealsUntil, keptUntil };
  const producer = new Identifier(fromHex(vector.producer));
  expect(toHex(encodeHolderRequest({ type: "deposit", id, key }))).toBe(vector.deposit);
  expect(decodeHolderRequest(fromHex(vector.deposit))).toEqual({ type: "deposit", id, key });
  expect(toHex(encodeHolderRequest({ type: "fetch", id }))).toBe(vector.fetch);
  expect(decodeHolderRequest(fromHex(vector.fetch))).toEqual({ type: "fetch", id });
  expect(toHex(encodeHolderAnswer({ type: "found", producer, key }))).toBe(vector.found);
  expect(decodeHolderAnswer(fromHex(vector.found))).toEqual({ type: "found", producer, key });
  expect(fromHex(vector.deposit).length).toBeLessThan(MAX_KEY_MESSAGE_LENGTH);
});

test("the other answers", () => {
  const { kept, refused } = vectors.answers;
  const salt = fromHex(vectors.answers.salt);
  expect(toHex(encodeHolderAnswer({ type: "kept" }))).toBe(kept);
  expect(decodeHolderAnswer(fromHex(kept))).toEqual({ type: "kept" });
  for (const reason of Object.values(HOLDER_REFUSAL)) {
    expect(toHex(encodeHolderAnswer({ type: "refused", reason, salt }))).toBe(refused[reason - 1]);
    expect(decodeHolderAnswer(fromHex(refused[reason - 1]!))).toEqual({ type: "refused", reason, salt });
  }
});

test("what a newer peer adds is left aside, and what it says no for is a no for now", () => {
  const id = fromHex(vectors.keys[0]!.id);
  const longer = new CborWriter().variant(1).array(2).bytes(id).text("more").finish();
  expect(decodeHolderRequest(longer)).toEqual({ type: "fetch", id });
  const salt = new Uint8Array(16);
  const unknown = { type: "refused", reason: 99 as HolderRefusal, salt } as const;
  expect(decodeHolderAnswer(encodeHolderAnswer(unknown))).toEqual({
    ...unknown,
    reason: HOLDER_REFUSAL.busy,
  });
});

test("what breaks the format is refused", () => {
  const { deposit, fetch, found } = vectors.keys[0]!;
  for (const [decode, texts] of [
    [decodeHolderRequest, [deposit, fetch]],
    [decodeHolderAnswer, [found, vectors.answers.refused[0]!, vectors.answers.kept]],
  ] as const) {
    for (const message of texts.map(fromHex)) {
      for (let length = 0; length < message.length; length++) {
        expect(() => decode(message.subarray(0, length))).toThrow();
      }
    }
  }
  const long = new Uint8Array(MAX_KEY_MESSAGE_LENGTH + 1);
  long.set(fromHex(fetch));
  expect(() => decodeHolderRequest(long)).toThrow(RangeError);
  expect(() => decodeHolderAnswer(long)).toThrow(RangeError);
  expect(decodeHolderRequest(long.subarray(0, MAX_KEY_MESSAGE_LENGTH)).type).toBe("fetch");
  const other = new CborWriter().variant(3).array(0).finish();
  expect(() => decodeHolderRequest(other)).toThrow(RangeError);
  expect(() => decodeHolderAnswer(other)).toThrow(RangeError);
  const topicless = { secret: new Uint8Array(32), topic: "", sealsUntil: 1, keptUntil: 0 };
  const id = new Uint8Array(24);
  expect(() => decodeHolderRequest(encodeHolderRequest({ type: "deposit", id, key: topicless }))).toThrow(
    RangeError,
  );
});

test("any bytes are read or refused", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      for (const decode of [decodeHolderRequest, decodeHolderAnswer]) {
        try {
          decode(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }
    }),
    { numRuns: 100 * Number(process.env["OCKAM_TEST_SCALE"] ?? 1) },
  );
});
