import fc from "fast-check";
import { expect, test } from "vitest";

import { editDistance, nearest } from "./nearest.ts";

test.each([
  ["creat", "create"],
  ["lsit", "list"],
  ["--too", "--to"],
  ["SHOW", "show"],
])("%s was meant to be %s", (word, meant) => {
  expect(nearest(word, ["create", "delete", "list", "show", "--to", "--from"])).toBe(meant);
});

test("nothing is near", () => {
  expect(nearest("frobnicate", ["create", "delete"])).toBeUndefined();
  expect(nearest("x", [])).toBeUndefined();
});

test("the distance is a metric", () => {
  const word = fc.string({ maxLength: 8 });
  fc.assert(
    fc.property(word, word, (a, b) => {
      expect(editDistance(a, a)).toBe(0);
      expect(editDistance(a, b)).toBe(editDistance(b, a));
      expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
      expect(editDistance(a, b) === 0).toBe(a === b);
    }),
  );
});
