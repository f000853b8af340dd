import { isOfTable, rowsFor, runRow } from "@ockam/acceptance";
import { describe, test } from "vitest";

import { installOckam } from "./install-ockam.ts";
import { TYPESCRIPT_COMMAND } from "./typescript-ockam.ts";

// The rows were written from Rust's behaviour: what Rust itself does not fulfil is wrong in the table.
const rust = { implementation: "rust", command: [await installOckam()] } as const;
const typescript = { implementation: "typescript", command: TYPESCRIPT_COMMAND } as const;

describe("the acceptance table with the Rust command", () => {
  test.each(rowsFor("rust"))("$id $title", (row) => runRow(row, rust));
});

describe.concurrent("rows beyond the table, with the TypeScript command", () => {
  const own = rowsFor("typescript").filter((row) => !isOfTable(row));
  test.each(own)("$id $title", (row) => runRow(row, typescript));
});

describe.each([rust, typescript])("rows that take time, with the $implementation command", (ockam) => {
  test.each(rowsFor(ockam.implementation, "time"))("$id $title", (row) => runRow(row, ockam));
});
