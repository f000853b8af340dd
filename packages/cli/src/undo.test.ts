import { expect, test } from "vitest";

import { Undo } from "./undo.ts";

test("takes back the last thing first, all of them even when one fails", async () => {
  const done: string[] = [];
  const undo = new Undo();
  undo.defer(async () => void done.push("first"));
  undo.defer(() => Promise.reject(new Error("no")));
  undo.defer(async () => void done.push("last"));
  await expect(undo[Symbol.asyncDispose]()).rejects.toThrow("no");
  expect(done).toEqual(["last", "first"]);
});

test("takes back nothing of a job that is kept", async () => {
  const done: string[] = [];
  {
    await using undo = new Undo();
    undo.defer(async () => void done.push("first"));
    undo.keep();
  }
  expect(done).toEqual([]);
});
