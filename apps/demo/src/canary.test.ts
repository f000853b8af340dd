import { expect, test } from "vitest";

import { CanarySearch } from "./canary.ts";

const stream = Buffer.from("nothing here, then canary-one, and at the end canary-two");

test.each([1, 2, 7, 1000])("finds texts in pieces of %i bytes", (size) => {
  const search = new CanarySearch(["canary-one", "canary-two", "canary-three"]);
  for (let at = 0; at < stream.length; at += size) search.push(stream.subarray(at, at + size));
  expect([...search.found]).toEqual(["canary-one", "canary-two"]);
});

test("counts each text once", () => {
  const search = new CanarySearch(["one"]);
  search.push(Buffer.from("one one one"));
  expect(search.found.size).toBe(1);
});
