import { Identifier } from "@ockam/identity";
import { expect, test } from "vitest";

import {
  FAILED_CODES_PERIOD,
  MAX_FAILED_CALLERS,
  MAX_FAILED_CODES,
  MAX_FAILED_CODES_IN_ALL,
} from "./constants.ts";
import { FailedCodes } from "./failed-codes.ts";

function caller(number: number): Identifier {
  const bytes = new Uint8Array(32);
  new DataView(bytes.buffer).setUint32(0, number);
  return new Identifier(bytes);
}

test("an identity may fail so many times in a period, whatever others do", () => {
  const failed = new FailedCodes();
  for (let count = 0; count < MAX_FAILED_CODES; count++) {
    expect(failed.mayTry(caller(1), 100)).toBe(true);
    failed.failed(caller(1), 100 + count);
  }
  expect(failed.mayTry(caller(1), 100 + FAILED_CODES_PERIOD - 1)).toBe(false);
  expect(failed.mayTry(caller(2), 100)).toBe(true);
  expect(failed.mayTry(caller(1), 100 + FAILED_CODES_PERIOD)).toBe(true);
  failed.failed(caller(1), 100 + FAILED_CODES_PERIOD);
  expect(failed.mayTry(caller(1), 100 + FAILED_CODES_PERIOD)).toBe(true);
});

test("many failures of many identities are seen, for a period", () => {
  const failed = new FailedCodes();
  for (let number = 0; number < MAX_FAILED_CODES_IN_ALL; number++) failed.failed(caller(number), 100);
  expect(failed.areMany(100)).toBe(false);
  failed.failed(caller(0), 100);
  expect(failed.areMany(100)).toBe(true);
  expect(failed.areMany(100 + FAILED_CODES_PERIOD)).toBe(false);
  failed.failed(caller(0), 100 + FAILED_CODES_PERIOD);
  expect(failed.areMany(100 + FAILED_CODES_PERIOD)).toBe(false);
});

test("a bounded number of identities is remembered: those that failed last", () => {
  const failed = new FailedCodes();
  for (const number of [1, 2]) {
    for (let count = 0; count < MAX_FAILED_CODES; count++) failed.failed(caller(number), 100);
  }
  for (let number = 3; number <= MAX_FAILED_CALLERS; number++) failed.failed(caller(number), 100);
  expect(failed.mayTry(caller(1), 100)).toBe(false);
  failed.failed(caller(MAX_FAILED_CALLERS + 1), 100);
  expect([1, 2].map((number) => failed.mayTry(caller(number), 100))).toEqual([true, false]);
});
