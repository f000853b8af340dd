import { expect, test } from "vitest";

import { kafkaPortalError } from "./kafka-portal-error.ts";
import { MAX_MISSING_KEYS, READING_PATIENCE, ReadingPatience } from "./reading-patience.ts";

const ORDERS = { topic: "orders", partition: 0 };

function missing(key: string): Error {
  return kafkaPortalError("OCKAM_KAFKA_UNKNOWN_KEY", "no key", { details: { key } });
}

test("a partition waits for each key for a while, then never again", () => {
  let now = 0;
  const patience = new ReadingPatience(READING_PATIENCE, () => now);
  expect(patience.isLeft(ORDERS, missing("a"))).toBe(true);
  now = READING_PATIENCE - 1;
  expect(patience.isLeft(ORDERS, missing("a"))).toBe(true);
  expect(patience.isLeft(ORDERS, missing("b"))).toBe(true);
  expect(patience.isLeft({ topic: "orders", partition: 1 }, missing("a"))).toBe(true);
  now = READING_PATIENCE;
  expect(patience.isLeft(ORDERS, missing("a"))).toBe(false);
  expect(patience.isLeft(ORDERS, missing("a"))).toBe(false);
  expect(patience.isLeft(ORDERS, missing("b"))).toBe(true);
});

test("only a key may come later", () => {
  const patience = new ReadingPatience();
  expect(patience.isLeft(ORDERS, kafkaPortalError("OCKAM_KAFKA_NOT_AUTHENTIC", "altered"))).toBe(false);
  expect(patience.isLeft(ORDERS, new Error("anything"))).toBe(false);
});

test("a cipher that names no keys waits for each partition", () => {
  let now = 0;
  const patience = new ReadingPatience(1000, () => now);
  const error = kafkaPortalError("OCKAM_KAFKA_UNKNOWN_KEY", "no key");
  expect(patience.isLeft(ORDERS, error)).toBe(true);
  now = 1000;
  expect(patience.isLeft(ORDERS, error)).toBe(false);
});

test("missing keys are bounded: the one missing longest is forgotten", () => {
  let now = 0;
  const patience = new ReadingPatience(1000, () => now);
  for (let i = 0; i < MAX_MISSING_KEYS; i++) patience.isLeft(ORDERS, missing(String(i)));
  now = 1000;
  expect(patience.isLeft(ORDERS, missing("one more"))).toBe(true);
  expect(patience.isLeft(ORDERS, missing("1"))).toBe(false);
  expect(patience.isLeft(ORDERS, missing("0"))).toBe(true);
});
