// What a broker, or whoever is on the way to it, can do to sealed records. docs/security.md, "Kafka portals".
import { decodeRecordSet, RecordBatch } from "@ockam/kafka-protocol";
import type { KafkaRecord } from "@ockam/kafka-protocol";
import { Router } from "@ockam/core-routing";
import { createIdentities } from "@ockam/identity";
import { memorySecretStorage } from "@ockam/vault";
import { array, assert, asyncProperty, boolean, constantFrom, integer, tuple } from "fast-check";
import { expect, test } from "vitest";

import { recordOf } from "../testing/raw-client.ts";
import { TestCipher } from "../testing/test-cipher.ts";
import { memoryDecryptionKeyStorage } from "./decryption-key-storage.ts";
import { agreeOnKey } from "./key-agreement.ts";
import { createKeyExchanger } from "./key-exchanger.ts";
import { openRecords } from "./open-records.ts";
import type { RecordCipher } from "./record-cipher.ts";
import { RustCipher } from "./rust-cipher.ts";
import { sealRecords } from "./seal-records.ts";
import type { Partition } from "./seal-records.ts";
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
): Promise<readonly KafkaRecord[]> {
  const { bytes } = RecordBatch.of(values.map(recordOf), { compression: "none" });
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
  return decodeRecordSet(opened.records)
    .batches.flatMap((batch) => batch.records())
    .map(({ value }) => (value === null ? null : new TextDecoder().decode(value)));
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

test("values of another partition, topic or producer are not this cipher's to move, when it binds them", async () => {
  const cipher = new TestCipher();
  const [one] = await sealed(cipher, ["one"]);
  const [other] = await sealed(cipher, ["other"], { topic: "payments", partition: 0 });
  const [third] = await sealed(cipher, ["third"], { topic: "orders", partition: 1 });
  expect(await read(cipher, [one!, other!, third!])).toEqual(["one"]);
  const rekeyed = { ...one!, key: new TextEncoder().encode("another key") };
  expect(await read(cipher, [rekeyed])).toEqual([]);
});

test("what the Rust format cannot prevent: swapped, repeated, reordered, left out, moved, with another key", async () => {
  await using router = new Router();
  const cipher = await rustCipher(router);
  const [one, two] = await sealed(cipher, ["one", "two"]);
  expect(await read(cipher, [two!, one!])).toEqual(["two", "one"]);
  expect(await read(cipher, [one!, one!, two!])).toEqual(["one", "one", "two"]);
  expect(await read(cipher, [two!])).toEqual(["two"]);
  expect(await read(cipher, [one!], { topic: "payments", partition: 9 })).toEqual(["one"]);
  const rekeyed = { ...one!, key: new TextEncoder().encode("another key"), value: two!.value };
  expect(await read(cipher, [rekeyed])).toEqual(["two"]);
  expect(await read(cipher, [{ ...one!, value: null }])).toEqual([null]);
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
        ({ records: opened }) => decodeRecordSet(opened).batches.flatMap((batch) => batch.records()),
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
