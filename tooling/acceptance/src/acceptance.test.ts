import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { BundledOckam } from "./bundled-ockam.ts";
import { ROWS, rowsFor, runRow } from "./index.ts";
import type { Ockam } from "./scene.ts";

// This project's command, or the one that OCKAM_CLI names.
const path = process.env["OCKAM_CLI"];
const implementation =
  path === undefined || execFileSync(path, ["--version"], { encoding: "utf8" }).includes("TypeScript")
    ? "typescript"
    : "rust";

describe(`ockam in ${implementation}`, () => {
  let ockam: Ockam;
  let bundle: BundledOckam | undefined;

  beforeAll(async () => {
    if (path === undefined) bundle = await BundledOckam.build();
    ockam = bundle ?? { implementation, command: [path!] };
  });
  afterAll(() => bundle?.[Symbol.dispose]());

  describe.concurrent("row", () => {
    test.each(rowsFor(implementation))("$id $title", (row) => runRow(row, ockam), 120_000);
  });
});

test("a row runs from source", async () => {
  const main = fileURLToPath(new URL("../../../apps/ockam/src/main.ts", import.meta.url));
  const row = ROWS.find(({ id }) => id === "D2")!;
  await runRow(row, { implementation: "typescript", command: [process.execPath, main] });
});

test("rows have ids of their own, and say why implementations differ", () => {
  expect(new Set(ROWS.map((row) => row.id)).size).toBe(ROWS.length);
  const silent = ROWS.filter(
    (row) =>
      row.differs === undefined &&
      (row.only !== undefined || row.steps.some((step) => step.only !== undefined)),
  );
  expect(silent.map((row) => row.id)).toEqual([]);
});
