import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { openState } from "@ockam/node/state";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

import { completions, completionScript } from "./completions.ts";

const home = mkdtempSync(join(tmpdir(), "ock-"));

beforeAll(async () => {
  vi.stubEnv("OCKAM_HOME", home);
  using state = openState({ home });
  await state.identities.create({ name: "bank" });
  state.vaults.create({ name: "safe", path: join(home, "safe") });
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true, force: true });
});

test.each([
  [["no"], ["node"]],
  [
    ["node", "st"],
    ["start", "stop"],
  ],
  [["node", "r"], []],
  [["-q", "node", "li"], ["list"]],
  [
    ["tcp-outlet", "create", "--t"],
    ["--to", "--tls"],
  ],
  [
    ["identity", "create", "--vault", ""],
    ["default", "safe"],
  ],
  [["identity", "show", "b"], ["bank"]],
  [["node", "create", "--identity", "b"], ["bank"]],
  [
    ["vault", "delete", ""],
    ["default", "safe"],
  ],
  [["kafka-"], ["kafka-outlet", "kafka-inlet"]],
  [
    ["kafka-inlet", "create", "--plain-records", ""],
    ["drop", "pass", "error"],
  ],
  [["nonsense", "more", "x"], []],
])("%j", async (words, found) => {
  expect(await completions(words)).toEqual(found);
});

test.each(["bash", "zsh", "fish"] as const)("%s asks the program", (shell) => {
  expect(completionScript(shell)).toContain("ockam --get-completions");
});
