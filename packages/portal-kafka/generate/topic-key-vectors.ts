// Computes vectors/topic-keys.json from docs/protocol/kafka-keys.md with nothing but Node.js: none of the code that they test.
// Run by hand: `pnpm --filter @ockam/portal-kafka generate`.
import { createCipheriv, createHash, hkdfSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";

const bytes = (label: string, length: number): Buffer =>
  createHash("sha256").update(label).digest().subarray(0, length);
const text = (value: string): Buffer => Buffer.from(value, "utf8");
const number = (value: number | bigint, length: 2 | 4 | 8): Buffer => {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64BE(BigInt.asUintN(64, BigInt(value)));
  return buffer.subarray(8 - length);
};

/** A CBOR head, and what follows it. */
const cbor = (major: number, argument: number, content: Buffer = Buffer.alloc(0)): Buffer => {
  const type = major << 5;
  if (argument < 24) return Buffer.concat([Buffer.of(type | argument), content]);
  if (argument < 0x100) return Buffer.concat([Buffer.of(type | 24, argument), content]);
  if (argument < 0x10000) return Buffer.concat([Buffer.of(type | 25), number(argument, 2), content]);
  if (argument < 0x1_0000_0000) return Buffer.concat([Buffer.of(type | 26), number(argument, 4), content]);
  return Buffer.concat([Buffer.of(type | 27), number(argument, 8), content]);
};
const uint = (value: number): Buffer => cbor(0, value);
const bstr = (value: Buffer): Buffer => cbor(2, value.length, value);
const tstr = (value: string): Buffer => cbor(3, text(value).length, text(value));
const variant = (index: number, ...fields: readonly Buffer[]): Buffer =>
  cbor(4, 2, Buffer.concat([uint(index), cbor(4, fields.length, Buffer.concat(fields))]));

/** Of the storage where the first key was made. */
const SALT = bytes("salt 1", 16);
const originOf = (producer: Buffer): Buffer =>
  createHash("sha256")
    .update("ockam kafka key origin v1")
    .update(producer)
    .update(SALT)
    .digest()
    .subarray(0, 8);

interface Key {
  readonly name: string;
  readonly origin: Buffer;
  readonly producer: Buffer;
  readonly sealsUntil: number;
  readonly keptUntil: number;
  readonly topic: string;
  readonly secret: Buffer;
}

const KEYS: readonly Key[] = [
  {
    name: "with an end",
    origin: originOf(bytes("producer 1", 32)),
    producer: bytes("producer 1", 32),
    sealsUntil: 1_800_000_000,
    keptUntil: 1_800_604_800,
    topic: "orders",
    secret: bytes("secret 1", 32),
  },
  {
    name: "for good, a long topic beyond ASCII",
    origin: bytes("origin 2", 8),
    producer: bytes("producer 2", 32),
    sealsUntil: 5_000_000_000,
    keptUntil: 0,
    topic: `ü${"t".repeat(247)}`,
    secret: bytes("secret 2", 32),
  },
];

const derive = (key: Key): { info: Buffer; aesKey: Buffer; id: Buffer } => {
  const info = Buffer.concat([
    text("ockam kafka topic key v1"),
    key.origin,
    key.producer,
    number(key.sealsUntil, 8),
    number(key.keptUntil, 8),
    text(key.topic),
  ]);
  const okm = Buffer.from(hkdfSync("sha256", key.secret, Buffer.alloc(0), info, 48));
  return { info, aesKey: okm.subarray(0, 32), id: Buffer.concat([key.origin, okm.subarray(32)]) };
};

interface Sealing {
  readonly name: string;
  readonly key: Key;
  readonly counter: number;
  readonly partition: number;
  readonly recordKey: Buffer | null;
  readonly field: readonly (string | number)[];
  readonly isCompressed: boolean;
  readonly content: Buffer;
}

const plain = { key: KEYS[0]!, partition: 0, recordKey: null, field: [], isCompressed: false };
const SEALINGS: readonly Sealing[] = [
  { ...plain, name: "the first record", counter: 0, content: text("4111 1111 1111 1111") },
  { ...plain, name: "an empty value", counter: 1, content: text("") },
  {
    ...plain,
    name: "a record key",
    counter: 2,
    partition: 7,
    recordKey: text("customer-1"),
    content: text("a"),
  },
  { ...plain, name: "an empty record key", counter: 3, recordKey: text(""), content: text("a") },
  {
    ...plain,
    name: "the last counter and partition",
    counter: 0xffff_ffff,
    partition: 0x7fff_ffff,
    content: text("z"),
  },
  { ...plain, name: "a field", counter: 4, field: ["items", 2, "prïce"], content: text("12.50") },
  { ...plain, name: "compressed", counter: 5, isCompressed: true, content: text("ab".repeat(100)) },
  { ...plain, name: "of the other key", key: KEYS[1]!, counter: 9, content: text("value") },
];

const step = (value: string | number): Buffer =>
  typeof value === "number"
    ? Buffer.concat([Buffer.of(0), number(value, 4)])
    : Buffer.concat([Buffer.of(1), number(text(value).length, 4), text(value)]);

const seal = (sealing: Sealing): { aad: Buffer; sealed: Buffer } => {
  const { aesKey, id } = derive(sealing.key);
  const counter = number(sealing.counter, 4);
  const header = Buffer.concat([
    Buffer.from("ff6f6b01", "hex"),
    Buffer.of(sealing.isCompressed ? 1 : 0),
    id,
    counter,
  ]);
  const topic = text(sealing.key.topic);
  const aad = Buffer.concat([
    text("ockam kafka record v1"),
    header,
    number(sealing.partition, 4),
    number(topic.length, 2),
    topic,
    ...(sealing.recordKey === null
      ? [Buffer.of(0)]
      : [Buffer.of(1), number(sealing.recordKey.length, 4), sealing.recordKey]),
    ...sealing.field.map(step),
  ]);
  const cipher = createCipheriv("aes-256-gcm", aesKey, Buffer.concat([Buffer.alloc(8), counter]));
  cipher.setAAD(aad);
  const content = sealing.isCompressed ? deflateRawSync(sealing.content) : sealing.content;
  const ciphertext = Buffer.concat([cipher.update(content), cipher.final()]);
  return { aad, sealed: Buffer.concat([header, ciphertext, cipher.getAuthTag()]) };
};

const hex = (value: Buffer): string => value.toString("hex");
const vectors = {
  keys: KEYS.map((key) => {
    const { aesKey, id, info } = derive(key);
    const { secret, sealsUntil, keptUntil, topic } = key;
    const parts = [bstr(secret), tstr(topic), uint(sealsUntil), uint(keptUntil)];
    return {
      name: key.name,
      origin: hex(key.origin),
      producer: hex(key.producer),
      sealsUntil,
      keptUntil,
      topic,
      secret: hex(secret),
      info: hex(info),
      aesKey: hex(aesKey),
      id: hex(id),
      deposit: hex(variant(0, bstr(id), ...parts)),
      fetch: hex(variant(1, bstr(id))),
      found: hex(variant(1, bstr(key.producer), ...parts)),
    };
  }),
  answers: {
    kept: hex(variant(0)),
    salt: hex(SALT),
    refused: [1, 2, 3, 4, 5].map((reason) => hex(variant(2, uint(reason), bstr(SALT)))),
  },
  records: SEALINGS.map((sealing) => ({
    name: sealing.name,
    key: sealing.key.name,
    counter: sealing.counter,
    partition: sealing.partition,
    recordKey: sealing.recordKey === null ? null : hex(sealing.recordKey),
    field: sealing.field,
    isCompressed: sealing.isCompressed,
    content: hex(sealing.content),
    aad: hex(seal(sealing).aad),
    sealed: hex(seal(sealing).sealed),
  })),
};

writeFileSync(
  join(import.meta.dirname, "../vectors/topic-keys.json"),
  `${JSON.stringify(vectors, null, 1)}\n`,
);
