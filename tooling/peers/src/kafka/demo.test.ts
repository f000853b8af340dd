import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { expect, test } from "vitest";

const MAIN = fileURLToPath(new URL("../../../../apps/demo/src/main.ts", import.meta.url));

test("pnpm demo kafka proves its point with a real broker, and leaves nothing behind", async () => {
  const folder = await mkdtemp(join(tmpdir(), "demo-test-"));
  try {
    const env = { ...process.env, TMPDIR: folder };
    const { stdout } = await promisify(execFile)(process.execPath, [MAIN, "kafka"], { env });
    expect(stdout).toMatch(/producer\$ ockam kafka-inlet create --via default --from \d+\n/);
    expect(stdout).toMatch(/log files of 'payments' .* 0 of 3/);
    expect(stdout).toMatch(/sent without Ockam .* 3 of 3/);
    expect(stdout).toContain("✔");
    expect((await readdir(folder)).filter((name) => name.startsWith("ockam-"))).toEqual([]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
