import { rowsFor, runRow } from "@ockam/acceptance";
import { describe, test } from "vitest";

import { installOckam } from "./install-ockam.ts";

// The rows were written from Rust's behaviour: what Rust itself does not fulfil is wrong in the table.
const rust = { implementation: "rust", command: [await installOckam()] } as const;

describe("the acceptance table with the Rust command", () => {
  test.each(rowsFor("rust"))("$id $title", (row) => runRow(row, rust));
});
