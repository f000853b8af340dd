import { fromHex, toHex } from "@ockam/codec";
import { Identifier } from "@ockam/identity";
import { defaultBackend } from "@ockam/vault";
import fc from "fast-check";
import { readFileSync } from "node:fs";
import { deflateRawSync } from "node:zlib";
import { describe, expect, test } from "vitest";

import type { RecordPlace } from "./record-cipher.ts";
import {
  isTopicKeyRecord,
  keyIdOf,
  MAX_COUNTER,
  MAX_INFLATION,
  openTopicKeyRecord,
  sealTopicKeyRecord,
} from "./topic-key-record.ts";
import { deriveTopicKey, KEY_ID_LENGTH, keyOrigin, MAX_TOPIC_LENGTH } from "./topic-key.ts";
import { WHOLE_VALUE } from "./value-protection.ts";

interface KeyVector {
  readonly name: string;
  readonly origin: string;
  readonly producer: string;
  readonly sealsUntil: number;
  readonly keptUntil: number;
  readonly topic: string;
  readonly secret: string;
  readonly aesKey: string;
  readonly id: string;
}

interface RecordVector {
  readonly name: string;
  readonly key: string;
  readonly counter: number;
  readonly partition: number;
  readonly recordKey: string | null;
  readonly field: readonly (string | number)[];
  readonly isCompressed: boolean;
  readonly content: string;
  readonly sealed: string;
}

const vectors = JSON.parse(readFileSync(new URL("../vectors/topic-keys.json", import.meta.url), "utf8")) as {
  readonly answers: { readonly salt: string };
  readonly keys: readonly KeyVector[];
  readonly records: readonly RecordVector[];
};

const backend = defaultBackend();
const KEY = backend.aes256Gcm(new Uint8Array(32).fill(1));
const KEY_ID = new Uint8Array(KEY_ID_LENGTH).fill(2);
const PLACE = { topic: "orders", partition: 3, key: Uint8Array.of(1, 2), field: ["items", 2] };
const VALUE = new TextEncoder().encode("4111 1111 1111 1111");
const numRuns = 100 * Number(process.env["OCKAM_TEST_SCALE"] ?? 1);
const NOT_AUTHENTIC = expect.objectContaining({ code: "OCKAM_KAFKA_NOT_AUTHENTIC" });

function seal(place: RecordPlace, content: Uint8Array, compress = false, counter = 7): Uint8Array {
  return sealTopicKeyRecord({ key: KEY, keyId: KEY_ID, counter, compress }, place, content);
}

function derive({ keptUntil, origin, producer, sealsUntil, secret, topic }: KeyVector): {
  readonly id: Uint8Array;
  readonly aesKey: Uint8Array;
} {
  const terms = {
    origin: fromHex(origin),
    producer: new Identifier(fromHex(producer)),
    topic,
    sealsUntil,
    keptUntil,
  };
  return deriveTopicKey(backend, terms, fromHex(secret));
}

describe("vectors", () => {
  test.each(vectors.keys)("a key $name", (vector) => {
    const { aesKey, id } = derive(vector);
    expect(toHex(aesKey)).toBe(vector.aesKey);
    expect(toHex(id)).toBe(vector.id);
  });

  test("the origin of an identity and a storage", () => {
    const { origin, producer } = vectors.keys[0]!;
    const salt = fromHex(vectors.answers.salt);
    expect(toHex(keyOrigin(backend, new Identifier(fromHex(producer)), salt))).toBe(origin);
  });

  test.each(vectors.records)("$name", (vector) => {
    const key = vectors.keys.find(({ name }) => name === vector.key)!;
    const { aesKey, id } = derive(key);
    const place = {
      topic: key.topic,
      partition: vector.partition,
      key: vector.recordKey === null ? null : fromHex(vector.recordKey),
      field: vector.field,
    };
    const aead = backend.aes256Gcm(aesKey);
    const sealed = fromHex(vector.sealed);
    expect(toHex(keyIdOf(sealed))).toBe(key.id);
    expect(toHex(openTopicKeyRecord(aead, place, sealed))).toBe(vector.content);
    const { counter, isCompressed } = vector;
    const resealed = sealTopicKeyRecord(
      { key: aead, keyId: id, counter, compress: isCompressed },
      place,
      fromHex(vector.content),
    );
    // Another compressor, or another level, may make other bytes of it.
    if (!isCompressed) expect(toHex(resealed)).toBe(vector.sealed);
    expect(toHex(openTopicKeyRecord(aead, place, resealed))).toBe(vector.content);
  });
});

const steps = fc.array(fc.oneof(fc.string({ unit: "grapheme" }), fc.nat(0xffff_ffff)), { maxLength: 4 });
const places = fc.record({
  topic: fc.string({ minLength: 1, maxLength: 60 }),
  partition: fc.nat(0x7fff_ffff),
  key: fc.option(fc.uint8Array({ maxLength: 40 })),
  field: steps,
});

test("what is sealed is opened at its place", () => {
  fc.assert(
    fc.property(places, fc.uint8Array({ maxLength: 400 }), fc.boolean(), (place, content, compress) => {
      expect(openTopicKeyRecord(KEY, place, seal(place, content, compress))).toEqual(content);
    }),
    { numRuns },
  );
});

test("what is sealed is opened at no other place", () => {
  fc.assert(
    fc.property(places, places, (place, other) => {
      fc.pre(textOf(place) !== textOf(other));
      expect(() => openTopicKeyRecord(KEY, other, seal(place, VALUE))).toThrow(NOT_AUTHENTIC);
    }),
    { numRuns },
  );
});

test("each part of the place is bound, and none can be mistaken for another", () => {
  const sealed = seal(PLACE, VALUE);
  const others: readonly RecordPlace[] = [
    { ...PLACE, topic: "orderss" },
    { ...PLACE, topic: "order" },
    { ...PLACE, partition: 2 },
    { ...PLACE, key: Uint8Array.of(1, 3) },
    { ...PLACE, key: Uint8Array.of(1) },
    { ...PLACE, key: new Uint8Array(0) },
    { ...PLACE, key: null },
    { ...PLACE, field: [] },
    { ...PLACE, field: ["items"] },
    { ...PLACE, field: ["items", "2"] },
    { ...PLACE, field: ["items", 1] },
    { ...PLACE, field: ["items", 2, 0] },
    { ...PLACE, field: ["items2"] },
    { topic: "orders", partition: 3, key: PLACE.key },
  ];
  for (const other of others) expect(() => openTopicKeyRecord(KEY, other, sealed)).toThrow(NOT_AUTHENTIC);
  const empty = seal({ ...PLACE, key: new Uint8Array(0) }, VALUE);
  expect(() => openTopicKeyRecord(KEY, { ...PLACE, key: null }, empty)).toThrow(NOT_AUTHENTIC);
  expect(openTopicKeyRecord(KEY, PLACE, sealed)).toEqual(VALUE);
});

test("no bit of a record can be changed, and nothing cut off or added", () => {
  for (const compress of [false, true]) {
    const sealed = seal(PLACE, new Uint8Array(64).fill(5), compress);
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const altered = sealed.slice();
      altered[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => openTopicKeyRecord(KEY, PLACE, altered)).toThrow(NOT_AUTHENTIC);
    }
    for (let length = 0; length < sealed.length; length++) {
      expect(() => openTopicKeyRecord(KEY, PLACE, sealed.subarray(0, length))).toThrow(NOT_AUTHENTIC);
    }
    const longer = Uint8Array.of(...sealed, 0);
    expect(() => openTopicKeyRecord(KEY, PLACE, longer)).toThrow(NOT_AUTHENTIC);
  }
});

test("another key opens nothing", () => {
  const other = backend.aes256Gcm(new Uint8Array(32).fill(9));
  expect(() => openTopicKeyRecord(other, PLACE, seal(PLACE, VALUE))).toThrow(NOT_AUTHENTIC);
});

test("whatever comes is opened or refused, and nothing else happens", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
      const record = Uint8Array.of(0xff, 0x6f, 0x6b, 1, bytes[0]! & 1, ...bytes);
      expect(() => openTopicKeyRecord(KEY, PLACE, record)).toThrow(NOT_AUTHENTIC);
    }),
    { numRuns },
  );
});

test("records are told from texts, Rust's envelopes and plain values", () => {
  expect(isTopicKeyRecord(seal(PLACE, VALUE))).toBe(true);
  for (const value of [[], [0xff], [0x82, 0x82, 0x00, 0x41], [0, 0, 0, 0, 1], [0xff, 0x6f, 0x6a]]) {
    expect(isTopicKeyRecord(Uint8Array.from(value))).toBe(false);
  }
  for (const code of [0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff]) {
    expect(isTopicKeyRecord(new TextEncoder().encode(`${String.fromCodePoint(code)}ok`))).toBe(false);
  }
  expect(() => WHOLE_VALUE.open({ ...cipher, isSealed: isTopicKeyRecord }, PLACE, VALUE)).toThrow(
    expect.objectContaining({ code: "OCKAM_KAFKA_NOT_SEALED" }),
  );
});

const cipher = {
  sealer: () => ({ seal: (): Uint8Array => VALUE }),
  open: (place: RecordPlace, sealed: Uint8Array) => openTopicKeyRecord(KEY, place, sealed),
};

test("a record has 49 bytes more than its content", () => {
  expect(seal(PLACE, VALUE)).toHaveLength(VALUE.length + 49);
  expect(seal(PLACE, new Uint8Array(0))).toHaveLength(49);
});

test("contents are compressed where they are asked to and it helps", () => {
  const repeated = new TextEncoder().encode('{"name":"value"}'.repeat(20));
  expect(seal(PLACE, repeated, true).length).toBeLessThan(repeated.length / 2);
  expect(seal(PLACE, repeated, false).length).toBe(repeated.length + 49);
  const random = backend.randomBytes(200);
  expect(seal(PLACE, random, true)).toHaveLength(200 + 49);
  expect(openTopicKeyRecord(KEY, PLACE, seal(PLACE, repeated, true))).toEqual(repeated);
});

test("a content that inflates to more than 64 times its length is neither made nor opened", () => {
  const zeros = new Uint8Array(100_000);
  const sealed = seal(PLACE, zeros, true);
  expect(sealed).toHaveLength(zeros.length + 49);
  expect(openTopicKeyRecord(KEY, PLACE, sealed)).toEqual(zeros);
  const bomb = deflateRawSync(zeros);
  expect(bomb.length * MAX_INFLATION).toBeLessThan(zeros.length);
  // As a producer without that rule would: the header says that it is compressed, and the key agrees.
  const seals = {
    ...KEY,
    seal: (nonce: Uint8Array, aad: Uint8Array): readonly Uint8Array[] => KEY.seal(nonce, aad, [bomb]),
  };
  const compressible = new Uint8Array(64).map((_, index) => index % 3);
  const forged = sealTopicKeyRecord(
    { key: seals, keyId: KEY_ID, counter: 1, compress: true },
    PLACE,
    compressible,
  );
  expect(() => openTopicKeyRecord(KEY, PLACE, forged)).toThrow(NOT_AUTHENTIC);
});

test("a later version and another compression are not opened", () => {
  const sealed = seal(PLACE, VALUE);
  const later = sealed.slice();
  later[3] = 2;
  expect(isTopicKeyRecord(later)).toBe(true);
  expect(() => keyIdOf(later)).toThrow(NOT_AUTHENTIC);
  const other = sealed.slice();
  other[4] = 2;
  expect(() => keyIdOf(other)).toThrow(NOT_AUTHENTIC);
});

test("every counter has its own nonce", () => {
  const sealed = [0, 1, 256, 65_536, MAX_COUNTER].map((counter) => seal(PLACE, VALUE, false, counter));
  expect(new Set(sealed.map((record) => toHex(record.subarray(33)))).size).toBe(5);
  for (const record of sealed) expect(openTopicKeyRecord(KEY, PLACE, record)).toEqual(VALUE);
});

describe("the id of a key", () => {
  const terms = {
    origin: new Uint8Array(8).fill(1),
    producer: new Identifier(new Uint8Array(32).fill(2)),
    topic: "orders",
    sealsUntil: 1000,
    keptUntil: 2000,
  };
  const secret = new Uint8Array(32).fill(3);

  test("commits to every part of it", () => {
    const { aesKey, id } = deriveTopicKey(backend, terms, secret);
    const others = [
      { ...terms, origin: new Uint8Array(8).fill(2) },
      { ...terms, producer: new Identifier(new Uint8Array(32).fill(3)) },
      { ...terms, topic: "order" },
      { ...terms, sealsUntil: 1001 },
      { ...terms, keptUntil: 0 },
    ].map((other) => deriveTopicKey(backend, other, secret));
    others.push(deriveTopicKey(backend, terms, new Uint8Array(32).fill(4)));
    for (const other of others) {
      expect(toHex(other.id.subarray(8))).not.toBe(toHex(id.subarray(8)));
      expect(toHex(other.aesKey)).not.toBe(toHex(aesKey));
    }
  });

  test("is that of a topic that Kafka could have", () => {
    for (const topic of ["", "t".repeat(MAX_TOPIC_LENGTH + 1), `${"t".repeat(MAX_TOPIC_LENGTH - 1)}ü`]) {
      expect(() => deriveTopicKey(backend, { ...terms, topic }, secret)).toThrow(RangeError);
    }
    const longest = { ...terms, topic: "t".repeat(MAX_TOPIC_LENGTH) };
    expect(deriveTopicKey(backend, longest, secret).id).toHaveLength(KEY_ID_LENGTH);
  });
});

function textOf({ field = [], key, partition, topic }: RecordPlace): string {
  return JSON.stringify([topic, partition, key === null ? null : [...key], field]);
}
