// What a broker, or whoever is on the way to it, can do to sealed records. docs/security.md, "Kafka portals".
import { decodeRecordSet, RecordBatch } from "@ockam/kafka-protocol";
import type { KafkaRecord } from "@ockam/kafka-protocol";
import { Router } from "@ockam/core-routing";
import { createIdentities } from "@ockam/identity";
import { memorySecretStorage } from "@ockam/vault";
import { array, assert, asyncProperty, boolean, constantFrom, integer, tuple } from "fast-check";
import { describe, expect, test } from "vitest";

import { KeyNetwork } from "../testing/key-network.ts";
import { deliveredRecords, recordOf } from "../testing/raw-client.ts";
import { TestCipher } from "../testing/test-cipher.ts";
import { memoryDecryptionKeyStorage } from "./decryption-key-storage.ts";
import { agreeOnKey } from "./key-agreement.ts";
import { createKeyExchanger } from "./key-exchanger.ts";
import { openRecords } from "./open-records.ts";
import type { Partition } from "./partition.ts";
import type { RecordCipher } from "./record-cipher.ts";
import { RustCipher } from "./rust-cipher.ts";
import { sealRecords } from "./seal-records.ts";
import { fieldProtection, WHOLE_VALUE } from "./value-protection.ts";
import type { ValueProtection } from "./value-protection.ts";

const ORDERS = { topic: "orders", partition: 0 };
const numRuns = 150 * Number(process.env["OCKAM_TEST_SCALE"] ?? 1);

/** Sealed values of a partition, as a broker has them. */
async function sealed(
  cipher: RecordCipher,
  values: readonly string[],
  at: Partition = ORDERS,
  protection: ValueProtection = WHOLE_VALUE,
  key = "key",
): Promise<readonly KafkaRecord[]> {
  const records = values.map((value, i) => ({ ...recordOf(value, i), key: new TextEncoder().encode(key) }));
  const { bytes } = RecordBatch.of(records, { compression: "none" });
  const sealer = await cipher.sealer(at.topic, at.partition);
  return decodeRecordSet(sealRecords(bytes, at, protection, sealer)).batches.flatMap((batch) =>
    batch.records(),
  );
}

/** What a consumer gets of records as a broker serves them. */
async function read(
  cipher: RecordCipher,
  records: readonly KafkaRecord[],
  at: Partition = ORDERS,
  protection: ValueProtection = WHOLE_VALUE,
): Promise<readonly (string | null)[]> {
  const { bytes } = RecordBatch.of(
    records.map((record, index) => ({ ...record, offset: BigInt(index) })),
    { compression: "none" },
  );
  const opened = await openRecords(bytes, at, {
    cipher,
    protection,
    plain: "drop",
    unreadable: "drop",
    onUnopened: () => "decide",
    maxLength: Infinity,
  });
  return deliveredRecords(opened.records).map(({ value }) =>
    value === null ? null : new TextDecoder().decode(value),
  );
}

/** A cipher of the format of Rust, with real channels. */
async function rustCipher(router: Router): Promise<RustCipher> {
  const identities = createIdentities();
  const { identifier: producer } = await identities.create();
  const { identifier: consumer } = await identities.create();
  const exchanger = createKeyExchanger(router, {
    identities,
    identifier: consumer,
    secrets: memorySecretStorage(),
    storage: memoryDecryptionKeyStorage(),
    mayProduce: () => true,
  });
  return new RustCipher({
    hasOneConsumer: false,
    find: (decryptor) => exchanger.find(decryptor),
    agree: async (topic, partition) => {
      const key = await agreeOnKey(
        router,
        { topic, partition },
        {
          identities,
          identifier: producer,
          routeOf: () => [exchanger.address],
          mayConsume: () => true,
        },
      );
      await expect.poll(() => exchanger.find(key.decryptor), { interval: 1 }).toBeDefined();
      return key;
    },
  });
}

test.each(["rust", "test"])("what is altered or cut off is not delivered as genuine: %s", async (kind) => {
  await using router = new Router();
  const cipher = kind === "rust" ? await rustCipher(router) : new TestCipher();
  const [record] = await sealed(cipher, ["genuine"]);
  const value = record!.value!;
  const changes = tuple(
    constantFrom("flip", "cut", "append", "remove"),
    integer({ min: 0, max: value.length - 1 }),
    integer({ min: 1, max: 255 }),
  );
  await assert(
    asyncProperty(array(changes, { minLength: 1, maxLength: 3 }), async (list) => {
      const altered = list.reduce(alter, value);
      const delivered = await read(cipher, [{ ...record!, value: altered }]);
      expect([[], ["genuine"]]).toContainEqual(delivered);
      if (delivered.length > 0 && kind === "test") expect(altered).toEqual(value);
    }),
    { numRuns },
  );
});

/** Genuine records that a broker can put together as it likes: `one` and `two` have the same key, `other` has another one. */
interface Genuine {
  readonly one: KafkaRecord;
  readonly two: KafkaRecord;
  readonly other: KafkaRecord;
  /** Of another partition, and of another topic. */
  readonly next: KafkaRecord;
  readonly payment: KafkaRecord;
}

type Delivered = readonly (string | null)[];

interface Attack {
  readonly name: string;
  /** What the broker serves for the partition that `one`, `two` and `other` are of. */
  readonly serve: (genuine: Genuine) => readonly KafkaRecord[];
  /** What the consumer gets, where a value is bound to nothing but its key, and where it is bound to its place. */
  readonly rust: Delivered;
  readonly bound: Delivered;
}

const ATTACKS: readonly Attack[] = [
  {
    name: "nothing is done",
    serve: ({ one, two, other }) => [one, two, other],
    rust: ["one", "two", "other"],
    bound: ["one", "two", "other"],
  },
  {
    name: "a value is altered",
    serve: ({ one, two }) => [{ ...one, value: alter(one.value!, ["flip", one.value!.length - 1, 1]) }, two],
    rust: ["two"],
    bound: ["two"],
  },
  {
    name: "a value is cut off",
    serve: ({ one, two }) => [{ ...one, value: one.value!.slice(0, -1) }, two],
    rust: ["two"],
    bound: ["two"],
  },
  {
    name: "a value gets something behind it",
    serve: ({ one, two }) => [{ ...one, value: alter(one.value!, ["append", 0, 7]) }, two],
    rust: ["two"],
    bound: ["two"],
  },
  {
    name: "two values are made one",
    serve: ({ one, two }) => [{ ...one, value: Uint8Array.from([...one.value!, ...two.value!]) }],
    rust: [],
    bound: [],
  },
  {
    name: "values of different keys are swapped",
    serve: ({ one, other }) => [
      { ...one, value: other.value },
      { ...other, value: one.value },
    ],
    rust: ["other", "one"],
    bound: [],
  },
  {
    name: "a value is given another key",
    serve: ({ one }) => [{ ...one, key: new TextEncoder().encode("another key") }],
    rust: ["one"],
    bound: [],
  },
  {
    name: "a value's key is taken away",
    serve: ({ one }) => [{ ...one, key: null }],
    rust: ["one"],
    bound: [],
  },
  {
    name: "a record is moved from another partition",
    serve: ({ one, next }) => [one, next],
    rust: ["one", "next"],
    bound: ["one"],
  },
  {
    name: "a record is moved from another topic",
    serve: ({ one, payment }) => [one, payment],
    rust: ["one", "payment"],
    bound: ["one"],
  },
  // No format can tell these: who reads must not rely on them.
  {
    name: "values of one key are swapped",
    serve: ({ one, two }) => [
      { ...one, value: two.value },
      { ...two, value: one.value },
    ],
    rust: ["two", "one"],
    bound: ["two", "one"],
  },
  {
    name: "a record is repeated",
    serve: ({ one, two }) => [one, one, two, one],
    rust: ["one", "one", "two", "one"],
    bound: ["one", "one", "two", "one"],
  },
  {
    name: "records are left out",
    serve: ({ two }) => [two],
    rust: ["two"],
    bound: ["two"],
  },
  {
    name: "a value becomes a tombstone",
    serve: ({ one }) => [{ ...one, value: null }],
    rust: [null],
    bound: [null],
  },
  {
    name: "time and headers are forged",
    serve: ({ one }) => [{ ...one, timestamp: 1n, headers: [{ key: "forged", value: null }] }],
    rust: ["one"],
    bound: ["one"],
  },
];

/** What a broker stores, of one producer. */
async function genuine(cipher: RecordCipher): Promise<Genuine> {
  const [one, two] = await sealed(cipher, ["one", "two"]);
  const [other] = await sealed(cipher, ["other"], ORDERS, WHOLE_VALUE, "other");
  const [next] = await sealed(cipher, ["next"], { topic: "orders", partition: 1 });
  const [payment] = await sealed(cipher, ["payment"], { topic: "payments", partition: 0 });
  return { one: one!, two: two!, other: other!, next: next!, payment: payment! };
}

describe("what a broker makes of genuine records", () => {
  // "What the Rust format cannot prevent" is where the two differ.
  test.each(ATTACKS)("in the Rust format: $name", async ({ rust, serve }) => {
    await using router = new Router();
    const cipher = await rustCipher(router);
    expect(await read(cipher, serve(await genuine(cipher)))).toEqual(rust);
  });

  test.each(ATTACKS)("with topic keys: $name", async ({ bound, serve }) => {
    await using network = new KeyNetwork();
    const cipher = (await network.start("producer and consumer")).cipher();
    expect(await read(cipher, serve(await genuine(cipher)))).toEqual(bound);
  });
});

test("a sealed field is not delivered in the place of another one unless the format cannot tell", async () => {
  await using router = new Router();
  const protection = fieldProtection(["card", "pin"]);
  const cipher = await rustCipher(router);
  const [record] = await sealed(cipher, ['{"card":"4111","pin":"0000","n":1}'], ORDERS, protection);
  const text = new TextDecoder().decode(record!.value!);
  const altered = text.replace(/"card":"(..)/, '"card":"83');
  expect(
    await read(cipher, [{ ...record!, value: new TextEncoder().encode(altered) }], ORDERS, protection),
  ).toEqual([]);
  // What is not encrypted is anybody's to change.
  const plain = text.replace('"n":1', '"n":2');
  expect(
    await read(cipher, [{ ...record!, value: new TextEncoder().encode(plain) }], ORDERS, protection),
  ).toEqual(['{"card":"4111","pin":"0000","n":2}']);
});

test("records that nobody sealed are not delivered", async () => {
  expect(await read(new TestCipher(), ["forged", ""].map(recordOf))).toEqual([]);
});

test("a batch that is damaged is an error, not a record", async () => {
  const cipher = new TestCipher();
  const records = await sealed(cipher, ["genuine"]);
  const { bytes } = RecordBatch.of(records, { compression: "none" });
  await assert(
    asyncProperty(integer({ min: 0, max: bytes.length - 1 }), boolean(), async (at, cut) => {
      const damaged = cut ? bytes.slice(0, at) : bytes.with(at, bytes[at]! ^ 0x55);
      const delivered = await openRecords(damaged, ORDERS, {
        cipher,
        protection: WHOLE_VALUE,
        plain: "drop",
        unreadable: "drop",
        onUnopened: () => "decide",
        maxLength: Infinity,
      }).then(
        ({ records: opened }) => deliveredRecords(opened),
        () => [],
      );
      const values = delivered.map(({ value }) => new TextDecoder().decode(value!));
      expect([[], ["genuine"]]).toContainEqual(values);
    }),
    { numRuns },
  );
});

function alter(value: Uint8Array, [how, at, by]: readonly [string, number, number]): Uint8Array {
  const index = Math.min(at, value.length - 1);
  if (value.length === 0) return value;
  if (how === "flip") return value.with(index, value[index]! ^ by);
  if (how === "cut") return value.slice(0, index);
  if (how === "append") return Uint8Array.from([...value, by]);
  return Uint8Array.from([...value.slice(0, index), ...value.slice(index + 1)]);
}
