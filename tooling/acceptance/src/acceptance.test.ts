import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { BundledOckam } from "./bundled-ockam.ts";
import { isOfTable, ROWS, rowsFor, runRow } from "./index.ts";
import { entriesOf } from "./row.ts";
import { TABLE_IDS } from "./table.ts";
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

  // Those that go beyond the table run with the live peers: here they would take too long.
  describe.concurrent("row", () => {
    test.each(rowsFor(implementation).filter(isOfTable))("$id $title", (row) => runRow(row, ockam), 120_000);
  });
});

test("a row runs from source", async () => {
  const main = fileURLToPath(new URL("../../../apps/ockam/src/main.ts", import.meta.url));
  const row = ROWS.find(({ id }) => id === "D2")!;
  await runRow(row, { implementation: "typescript", command: [process.execPath, main] });
});

const entries = ROWS.flatMap((row) => entriesOf(row));

test("every row of the table is there, and rows of our own are told apart", () => {
  const ids = entries.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(TABLE_IDS.filter((id) => !ids.includes(id))).toEqual([]);
  const others = ids.filter((id) => !TABLE_IDS.includes(id));
  expect(others.filter((id) => !/^[A-Z]x\d+$/.test(id))).toEqual([]);
});

test("a row says why implementations differ", () => {
  const silent = ROWS.flatMap((row) =>
    entriesOf(row).filter(
      ({ differs, steps }) =>
        differs === undefined && (row.only !== undefined || steps.some((step) => step.only !== undefined)),
    ),
  );
  expect(silent.map(({ id }) => id)).toEqual([]);
});
