import { concatBytes } from "@ockam/codec";
import fc from "fast-check";
import { expect, test } from "vitest";

import { headOf, join, lengthOf, sliceOf } from "./gather-list.ts";

const pieces = fc.array(fc.uint8Array({ maxLength: 12 }), { maxLength: 8 });

test("where the cuts lie means nothing", () => {
  fc.assert(
    fc.property(pieces, fc.nat(60), fc.nat(60), (list, a, b) => {
      const whole = concatBytes(...list);
      const [start, end] = a < b ? [a, b] : [b, a];
      expect(lengthOf(list)).toBe(whole.length);
      expect(join(list)).toEqual(whole);
      expect(concatBytes(...sliceOf(list, start, end))).toEqual(whole.slice(start, end));
      expect(headOf(list, a)).toEqual(a <= whole.length ? whole.slice(0, a) : undefined);
    }),
  );
});

test("slices are views, and whole pieces stay themselves", () => {
  const list = [Uint8Array.of(1, 2), Uint8Array.of(3, 4), Uint8Array.of(5, 6)];
  const [left, middle, right] = sliceOf(list, 1, 5);
  expect(middle).toBe(list[1]);
  expect(left!.buffer).toBe(list[0]!.buffer);
  expect(right!.buffer).toBe(list[2]!.buffer);
  expect(join([list[0]!])).toBe(list[0]);
});
