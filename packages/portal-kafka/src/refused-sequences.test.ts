import { RecordBatch } from "@ockam/kafka-protocol";
import { expect, test } from "vitest";

import { recordOf } from "../testing/raw-client.ts";
import { MAX_REFUSED_SEQUENCES, RefusedSequences } from "./refused-sequences.ts";

function batch(baseSequence: number, producerId = 1n, producerEpoch = 0): Uint8Array {
  return RecordBatch.of([recordOf("x", 0)], { producerId, producerEpoch, baseSequence }).bytes;
}

test("what comes behind a refused batch is early, of that producer and partition alone", () => {
  const sequences = new RefusedSequences();
  sequences.refuse("orders 0", batch(5));
  expect(sequences.isEarly("orders 0", batch(6))).toBe(true);
  expect(sequences.isEarly("orders 0", batch(5))).toBe(false);
  expect(sequences.isEarly("orders 0", batch(4))).toBe(false);
  expect(sequences.isEarly("orders 1", batch(6))).toBe(false);
  expect(sequences.isEarly("orders 0", batch(6, 2n))).toBe(false);
  expect(sequences.isEarly("orders 0", batch(6, 1n, 1))).toBe(false);
  sequences.pass("orders 0", batch(5));
  expect(sequences.isEarly("orders 0", batch(6))).toBe(false);
});

test("sequence numbers begin anew behind the last one", () => {
  const sequences = new RefusedSequences();
  sequences.refuse("orders 0", batch(0x7fff_ffff));
  expect(sequences.isEarly("orders 0", batch(0))).toBe(true);
  expect(sequences.isEarly("orders 0", batch(0x7fff_fffe))).toBe(false);
});

test("producers that are not idempotent, and what is no batch, have no sequence", () => {
  const sequences = new RefusedSequences();
  const plain = RecordBatch.of([recordOf("x", 0)]).bytes;
  sequences.refuse("orders 0", plain);
  sequences.refuse("orders 0", Uint8Array.of(1, 2, 3));
  sequences.refuse("orders 0", batch(0));
  expect(sequences.isEarly("orders 0", plain)).toBe(false);
  expect(sequences.isEarly("orders 0", Uint8Array.of(1, 2, 3))).toBe(false);
});

test("what is remembered is bounded: the oldest is forgotten", () => {
  const sequences = new RefusedSequences();
  for (let i = 0; i <= MAX_REFUSED_SEQUENCES; i++) sequences.refuse(`orders ${i}`, batch(0));
  expect(sequences.isEarly("orders 0", batch(1))).toBe(false);
  expect(sequences.isEarly("orders 1", batch(1))).toBe(true);
});
