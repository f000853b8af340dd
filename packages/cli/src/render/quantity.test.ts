import { expect, test } from "vitest";

import { bytesText, countText, spanText } from "./quantity.ts";

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1 kB"],
  [1234, "1.23 kB"],
  [9994, "9.99 kB"],
  [9996, "10 kB"],
  [99_940, "99.9 kB"],
  [99_960, "100 kB"],
  [999_499, "999 kB"],
  [999_500, "1 MB"],
  [1_234_567_890, "1.23 GB"],
  [5e18, "5000 PB"],
])("%d bytes are %s", (bytes, text) => {
  expect(bytesText(bytes)).toBe(text);
});

test.each([
  [-5, "0 s"],
  [59_999, "59 s"],
  [60_000, "1 min"],
  [3_599_999, "59 min"],
  [3_600_000, "1 h"],
  [7_500_000, "2 h 5 min"],
  [86_400_000, "1 d"],
  [273_600_000, "3 d 4 h"],
])("%d ms are %s", (milliseconds, text) => {
  expect(spanText(milliseconds)).toBe(text);
});

test("one is not many", () => {
  expect([0, 1, 2].map((count) => countText(count, "node"))).toEqual(["0 nodes", "1 node", "2 nodes"]);
});
