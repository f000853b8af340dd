import { decodeRequest, encodeRequest, ZERO_UUID } from "@ockam/kafka-protocol";
import type { KafkaRequest } from "@ockam/kafka-protocol";
import { expect, test } from "vitest";

import { FetchPositions, MAX_FETCH_POSITIONS } from "./fetch-positions.ts";

interface Asked {
  readonly sessionEpoch?: number;
  readonly offsets?: readonly bigint[];
  readonly forgotten?: readonly number[];
}

/** A request for the partitions of a topic, from 0 on. */
function request({ forgotten = [], offsets = [], sessionEpoch = 0 }: Asked): KafkaRequest<"Fetch">["body"] {
  const partitions = offsets.map((fetchOffset, partition) => ({ partition, fetchOffset }));
  const body = {
    sessionEpoch,
    topics: offsets.length === 0 ? [] : [{ topic: "orders", partitions }],
    forgottenTopicsData: forgotten.length === 0 ? [] : [{ topic: "orders", partitions: forgotten }],
  };
  const bytes = encodeRequest({ api: "Fetch", version: 12, correlationId: 1, body });
  return (decodeRequest(bytes) as KafkaRequest<"Fetch">).body;
}

const ORDERS = { topic: "orders", topicId: ZERO_UUID };

test("a session's requests tell what changed, and a new one begins without anything", () => {
  const positions = new FetchPositions();
  positions.follow(request({ offsets: [5n, 6n] }));
  positions.follow(request({ sessionEpoch: 1, offsets: [7n] }));
  expect([0, 1, 2].map((partition) => positions.of(ORDERS, partition))).toEqual([7n, 6n, undefined]);
  positions.follow(request({ sessionEpoch: 2, forgotten: [1] }));
  expect([0, 1].map((partition) => positions.of(ORDERS, partition))).toEqual([7n, undefined]);
  positions.follow(request({ sessionEpoch: -1 }));
  expect(positions.of(ORDERS, 0)).toBeUndefined();
});

test("what is remembered is bounded: the oldest is forgotten", () => {
  const positions = new FetchPositions();
  positions.follow(request({ offsets: Array.from({ length: MAX_FETCH_POSITIONS + 1 }, () => 1n) }));
  expect(positions.of(ORDERS, 0)).toBeUndefined();
  expect(positions.of(ORDERS, 1)).toBe(1n);
});
