import { expect, test } from "vitest";

import { FairQuota } from "./fair-quota.ts";

test("counts per key and in all", () => {
  const quota = new FairQuota<number>({ total: 4, perKey: 2 });
  quota.add("a", 1);
  quota.add("a", 2);
  quota.add("b", 3);
  expect([quota.isKeyFull("a"), quota.isKeyFull("b"), quota.isKeyFull("c"), quota.isFull]).toEqual([
    true,
    false,
    false,
    false,
  ]);
  quota.add("c", 4);
  quota.add("c", 4);
  expect([quota.size, quota.isFull, [...quota]]).toEqual([4, true, [1, 2, 3, 4]]);
  quota.delete("c", 4);
  quota.delete("c", 4);
  quota.delete("a", 3);
  expect([quota.size, quota.isFull]).toEqual([3, false]);
});

test("what has to go is the oldest item of the key that holds most", () => {
  const quota = new FairQuota<string>({ total: 10, perKey: 10 });
  expect(quota.oldestOfLargest()).toBeUndefined();
  quota.add("honest", "h1");
  for (const item of ["x1", "x2", "x3"]) quota.add("greedy", item);
  expect(quota.oldestOfLargest()).toBe("x1");
  quota.delete("greedy", "x1");
  expect(quota.oldestOfLargest()).toBe("x2");
  expect([quota.oldestOf("honest"), quota.oldestOf("nobody")]).toEqual(["h1", undefined]);
});
