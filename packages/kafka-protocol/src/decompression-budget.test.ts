import { expect, test } from "vitest";

import { DecompressionBudget } from "./decompression-budget.ts";
import { MAX_DECOMPRESSED_LENGTH, MAX_DECOMPRESSION_RATIO, MIN_DECOMPRESSION_ALLOWANCE } from "./limits.ts";

test("MIN_DECOMPRESSION_ALLOWANCE for short sets", () => {
  expect(new DecompressionBudget(10).left).toBe(MIN_DECOMPRESSION_ALLOWANCE);
});

test("MAX_DECOMPRESSION_RATIO for longer ones", () => {
  expect(new DecompressionBudget(1_000_000).left).toBe(1_000_000 * MAX_DECOMPRESSION_RATIO);
});

test("MAX_DECOMPRESSED_LENGTH for all, also when more is asked for", () => {
  expect(new DecompressionBudget(100_000_000).left).toBe(MAX_DECOMPRESSED_LENGTH);
  expect(new DecompressionBudget(10, MAX_DECOMPRESSED_LENGTH + 1).left).toBe(MAX_DECOMPRESSED_LENGTH);
});

test("what is taken is gone", () => {
  const budget = new DecompressionBudget(10, 100);
  budget.take(60);
  expect(budget.left).toBe(40);
  expect(() => budget.take(41)).toThrow(
    expect.objectContaining({ code: "OCKAM_KAFKA_PROTOCOL_DECOMPRESSION_LIMIT" }),
  );
  budget.take(40);
  expect(budget.left).toBe(0);
});
