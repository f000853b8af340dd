import { Identifier } from "@ockam/identity";
import { expect, test } from "vitest";

import { Attributes } from "./attributes.ts";
import { memoryAttributeStorage } from "./attribute-storage.ts";
import { testAttributeStorage } from "./testing.ts";

testAttributeStorage(test, memoryAttributeStorage);

test("expired entries are forgotten as others are added", async () => {
  const storage = memoryAttributeStorage();
  const attributes = new Attributes();
  const attestedBy = subject(0);
  for (let time = 1; time <= 5000; time++) {
    await storage.put({
      subject: subject(time),
      attributes,
      attestedBy,
      addedAt: time,
      expiresAt: time + 10,
    });
  }
  let kept = 0;
  // At time 0 nothing has expired: what is not found was removed.
  for (let time = 1; time <= 5000; time++) {
    if ((await storage.get(subject(time), attestedBy, 0)) !== undefined) kept++;
  }
  expect(kept).toBeLessThan(2100);
  expect(await storage.get(subject(5000), attestedBy, 5000)).toBeDefined();
});

function subject(number: number): Identifier {
  const bytes = new Uint8Array(32);
  new DataView(bytes.buffer).setUint32(0, number);
  return new Identifier(bytes);
}
