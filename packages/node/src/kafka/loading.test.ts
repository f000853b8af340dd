import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { expect, test } from "vitest";

const PROGRAM = fileURLToPath(new URL("../../testing/loaded-modules.ts", import.meta.url));

test("a node loads nothing of Kafka until it has a Kafka portal", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM]);
  expect(JSON.parse(stdout)).toEqual({ before: false, after: true });
}, 60_000);
