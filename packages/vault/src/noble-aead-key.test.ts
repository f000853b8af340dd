import { expect, test, vi } from "vitest";

import { NobleAeadKey } from "./noble-aead-key.ts";

test("a destroyed key is overwritten, and the bytes that it was made of are not", () => {
  const given = new Uint8Array(32).fill(7);
  const key = new NobleAeadKey(given);
  const fill = vi.spyOn(Uint8Array.prototype, "fill");
  key.destroy();
  const overwritten = fill.mock.contexts;
  fill.mockRestore();
  expect(overwritten).toEqual([new Uint8Array(32)]);
  expect(given).toEqual(new Uint8Array(32).fill(7));
});
