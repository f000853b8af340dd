import type { KafkaResponse } from "@ockam/kafka-protocol";
import { decodeResponse, encodeResponse, ZERO_UUID } from "@ockam/kafka-protocol";
import { expect, test } from "vitest";

import { MAX_TOPIC_IDS, TopicNames } from "./topic-names.ts";

function idOf(number: number): string {
  return `${String(number).padStart(21, "x")}A`;
}

function metadata(topics: readonly { name: string | null; topicId: string }[]): KafkaResponse<"Metadata"> {
  const response = { api: "Metadata", version: 12, correlationId: 1, body: { topics } } as const;
  return decodeResponse("Metadata", 12, encodeResponse(response));
}

test("a topic is found by its name, or by an id that a response told", () => {
  const names = new TopicNames();
  names.learn(metadata([{ name: "orders", topicId: idOf(1) }]));
  expect(names.nameOf({ name: "payments", topicId: ZERO_UUID })).toBe("payments");
  expect(names.nameOf({ name: "", topicId: idOf(1) })).toBe("orders");
  expect(names.nameOf({ name: "", topicId: idOf(2) })).toBeUndefined();
});

test("a topic without a name or an id teaches nothing", () => {
  const names = new TopicNames();
  names.learn(
    metadata([
      { name: null, topicId: idOf(1) },
      { name: "orders", topicId: ZERO_UUID },
    ]),
  );
  expect(names.nameOf({ name: "", topicId: idOf(1) })).toBeUndefined();
});

test("an id keeps its name, as what is sealed is bound to it", () => {
  const names = new TopicNames();
  names.learn(metadata([{ name: "public", topicId: idOf(1) }]));
  names.learn(metadata([{ name: "public", topicId: idOf(1) }]));
  expect(() => names.learn(metadata([{ name: "payments", topicId: idOf(1) }]))).toThrow(
    /gives the id .* to the topic "payments", which is that of "public"/,
  );
  expect(names.nameOf({ name: "", topicId: idOf(1) })).toBe("public");
});

test("what is remembered is bounded: those heard of longest ago are forgotten", () => {
  const names = new TopicNames();
  const topics = Array.from({ length: MAX_TOPIC_IDS }, (_, i) => ({ name: `t${i}`, topicId: idOf(i) }));
  names.learn(metadata(topics));
  names.learn(metadata([topics[0]!, { name: "more", topicId: idOf(MAX_TOPIC_IDS) }]));
  expect(names.nameOf({ name: "", topicId: idOf(0) })).toBe("t0");
  expect(names.nameOf({ name: "", topicId: idOf(1) })).toBeUndefined();
  expect(names.nameOf({ name: "", topicId: idOf(2) })).toBe("t2");
  expect(names.nameOf({ name: "", topicId: idOf(MAX_TOPIC_IDS) })).toBe("more");
});
