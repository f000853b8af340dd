import {
  decodeRecordSet,
  decodeResponse,
  encodeResponse,
  MessageSet,
  RecordBatch,
} from "@ockam/kafka-protocol";
import type { KafkaResponse } from "@ockam/kafka-protocol";
import { expect, test } from "vitest";

import { recordOf } from "../testing/raw-client.ts";
import { TestCipher } from "../testing/test-cipher.ts";
import { openFetch, UNREADABLE_DELAY } from "./fetch-opening.ts";
import type { FetchOpeningOptions } from "./fetch-opening.ts";
import { FetchPositions } from "./fetch-positions.ts";
import { kafkaPortalError } from "./kafka-portal-error.ts";
import { MIN_READING_PATIENCE, READING_PATIENCE, ReadingPatience } from "./reading-patience.ts";
import { sealRecords } from "./seal-records.ts";
import { TopicNames } from "./topic-names.ts";
import { WHOLE_VALUE } from "./value-protection.ts";

const LENGTH = 1000;
const cipher = new TestCipher();

/** Batches of one record of {@link LENGTH} bytes each, sealed. */
async function sealed(topic: string, count: number): Promise<Uint8Array> {
  const batches = Array.from({ length: count }, (_, offset) =>
    RecordBatch.of([recordOf("x".repeat(LENGTH), offset)]),
  );
  const sealer = await cipher.sealer(topic, 0);
  const records = Buffer.concat(batches.map(({ bytes }) => bytes));
  return sealRecords(records, { topic, partition: 0 }, WHOLE_VALUE, sealer);
}

function response(partitions: Readonly<Record<string, Uint8Array>>): KafkaResponse<"Fetch"> {
  const responses = Object.entries(partitions).map(([topic, records]) => ({
    topic,
    partitions: [{ records }],
  }));
  return decodeResponse(
    "Fetch",
    12,
    encodeResponse({ api: "Fetch", version: 12, correlationId: 1, body: { responses } }),
  );
}

/** Error code and last offset of each partition. */
async function opened(
  partitions: Readonly<Record<string, Uint8Array>>,
  options: Partial<FetchOpeningOptions> = {},
): Promise<readonly (readonly [errorCode: number, lastOffset: bigint | undefined])[]> {
  const { body } = await openFetch(response(partitions), {
    cipher,
    protection: WHOLE_VALUE,
    plain: "drop",
    unreadable: "drop",
    topics: new TopicNames(),
    positions: new FetchPositions(),
    patience: new ReadingPatience(),
    onUnreadable: () => {},
    onStopped: () => {},
    ...options,
  });
  return body.responses.map((topic) => {
    const { errorCode, records } = topic.partitions[0]!;
    return [errorCode, decodeRecordSet(records!).batches.at(-1)?.lastOffset];
  });
}

test("what would be too long for a response comes with a later one, batch by batch", async () => {
  const both = { a: await sealed("a", 3), b: await sealed("b", 3) };
  expect(await opened(both)).toEqual([
    [0, 2n],
    [0, 2n],
  ]);
  expect(await opened(both, { maxOpenedLength: 2.5 * LENGTH })).toEqual([
    [0, 1n],
    [0, undefined],
  ]);
  expect(await opened(both, { maxOpenedLength: 4.5 * LENGTH })).toEqual([
    [0, 2n],
    [0, 0n],
  ]);
});

test("a batch that never fits is an error", async () => {
  const stops: unknown[] = [];
  const records = { a: await sealed("a", 1), b: await sealed("b", 1) };
  const outcome = await opened(records, {
    maxOpenedLength: LENGTH / 2,
    onStopped: (partition, cause) => stops.push([partition.topic, (cause as { code?: string }).code]),
  });
  expect(outcome).toEqual([
    [10, undefined],
    [10, undefined],
  ]);
  expect(stops).toEqual([
    ["a", "OCKAM_KAFKA_TOO_LONG"],
    ["b", "OCKAM_KAFKA_TOO_LONG"],
  ]);
});

test("what lies before a damaged batch is delivered, then comes the error", async () => {
  const good = await sealed("a", 2);
  const bad = RecordBatch.of([recordOf("x", 2)]).bytes.slice();
  bad[bad.length - 1]! ^= 1;
  expect(await opened({ a: Buffer.concat([good, bad]) })).toEqual([[0, 1n]]);
  expect(await opened({ a: bad })).toEqual([[2, undefined]]);
});

/** A batch whose content cannot be read although its checksum is right. */
function bomb(offset: number): Uint8Array {
  return RecordBatch.of([recordOf("\0".repeat(40 * 1024 * 1024), offset)], { compression: "gzip" }).bytes;
}

test("a batch that is stored so that nobody can read it does not stop its partition for ever", async () => {
  const told: bigint[] = [];
  const onUnreadable: FetchOpeningOptions["onUnreadable"] = (_partition, offset) => void told.push(offset);
  const records = { a: Buffer.concat([bomb(0), await sealed("a", 1)]) };
  expect(await opened(records, { onUnreadable })).toEqual([[0, 0n]]);
  expect(told).toEqual([0n]);
  expect(await opened({ a: bomb(7) })).toEqual([[0, 7n]]);
  expect(await opened(records, { unreadable: "error" })).toEqual([[2, undefined]]);
});

test("a batch of which nothing is left is a marker, so that every consumer goes on behind it", async () => {
  const records = [recordOf("plain", 5), recordOf("plain", 6)];
  const { body } = await openFetch(response({ a: RecordBatch.of(records, { producerId: 7n }).bytes }), {
    cipher,
    protection: WHOLE_VALUE,
    plain: "drop",
    unreadable: "drop",
    topics: new TopicNames(),
    positions: new FetchPositions(),
    patience: new ReadingPatience(),
    onUnreadable: () => {},
    onStopped: () => {},
  });
  const [marker] = decodeRecordSet(body.responses[0]!.partitions[0]!.records!).batches;
  expect(marker).toMatchObject({ isControl: true, isTransactional: false, producerId: -1n, count: 1 });
  expect(marker!.records().map(({ offset }) => offset)).toEqual([6n]);
});

test("a limit that other batches have used up costs no batch", async () => {
  const half = RecordBatch.of([recordOf("x".repeat(20 * 1024 * 1024), 0)], { compression: "gzip" }).bytes;
  const both = Buffer.concat([half, half]);
  expect(await opened({ a: both }, { plain: "pass" })).toEqual([[0, 0n]]);
});

test("what is too long without its compression keeps it", async () => {
  const { bytes } = RecordBatch.of([recordOf("x".repeat(10_000), 0)], { compression: "gzip" });
  expect(await opened({ a: bytes }, { plain: "pass", maxOpenedLength: 5000 })).toEqual([[0, 0n]]);
});

test("a partition that waits for a key does not hold up what others have", async () => {
  const waits = await sealed("a", 1);
  const late = new Promise((resolve) => setImmediate(() => resolve("late")));
  const alone: FetchOpeningOptions["cipher"] = {
    sealer: (topic, partition) => cipher.sealer(topic, partition),
    isSealed: (value) => cipher.isSealed(value),
    open: (place, value) => {
      const other = new TestCipher();
      other.knowsKeys = place.topic !== "a";
      return other.open(place, value);
    },
  };
  const outcome = opened({ a: waits, b: await sealed("b", 1) }, { cipher: alone });
  expect(await Promise.race([outcome, late])).toEqual([
    [0, undefined],
    [0, 0n],
  ]);
});

test.each(["gzip", "none"] as const)(
  "old message sets become batches, also when records are left out: %s",
  async (compression) => {
    const records = [recordOf("plain", 5), recordOf("plain", 6)];
    const old = Buffer.concat(MessageSet.of(records, 1, compression).map(({ bytes }) => bytes));
    expect(await opened({ a: old })).toEqual([[0, 6n]]);
    expect(await opened({ a: old }, { plain: "pass" })).toEqual([[0, 6n]]);
  },
);

test("ever new keys that nobody has do not stop a partition for long", async () => {
  let now = 0;
  const patience = new ReadingPatience(READING_PATIENCE, () => now);
  const forging: FetchOpeningOptions["cipher"] = {
    sealer: (topic, partition) => cipher.sealer(topic, partition),
    isSealed: () => true,
    open: (place, value) => {
      const key = Buffer.from(value).toString();
      if (!key.startsWith("forged")) return cipher.open(place, value);
      throw kafkaPortalError("OCKAM_KAFKA_UNKNOWN_KEY", "no key", { details: { key } });
    },
  };
  // Another partition has something in each response, so that none is held back.
  const other = await sealed("b", 1);
  const [good] = decodeRecordSet(await sealed("a", 1)).batches[0]!.records();
  const rounds = 50;
  for (let round = 0; round < rounds; round++) {
    // One is enough to stop the partition; the genuine record and another one lie behind it.
    const forged = [0, 2].map((offset) => recordOf(`forged ${round} ${offset}`, offset));
    const records = [forged[0]!, { ...good!, offset: 1n }, forged[1]!];
    const { bytes } = RecordBatch.of(
      records.map((one) => ({ ...one, offset: one.offset + BigInt(3 * round) })),
    );
    let outcome: Awaited<ReturnType<typeof opened>>;
    do {
      outcome = await opened({ a: bytes, b: other }, { cipher: forging, patience });
      now += UNREADABLE_DELAY;
    } while (outcome[0]![1] === undefined);
    expect(outcome[0]).toEqual([0, BigInt(3 * round + 2)]);
  }
  expect(now).toBeGreaterThanOrEqual(READING_PATIENCE);
  const each = MIN_READING_PATIENCE + 2 * UNREADABLE_DELAY;
  expect(now).toBeLessThan(2 * READING_PATIENCE + rounds * each);
});
