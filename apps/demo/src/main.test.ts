import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { expect, test } from "vitest";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));

test(
  "without a terminal it proves its point, ends with 0 and leaves nothing behind",
  { timeout: 60_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "demo-test-"));
    try {
      const env = { ...process.env, TMPDIR: folder };
      const { stdout } = await promisify(execFile)(process.execPath, [MAIN], { env });
      expect(stdout).toContain("secure channel");
      expect(stdout).toMatch(/client +\$ ockam tcp-inlet create --from \d+ --to postgres\n/);
      expect(stdout).toContain("has no ticket, is refused");
      expect(stdout).toMatch(/into and out of the relay .* 0 of 2/);
      expect(stdout).toMatch(/beside the database .* 2 of 2/);
      expect(stdout).toContain("✔");
      expect((await readdir(folder)).filter((name) => name.startsWith("ockam-demo-"))).toEqual([]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);

test("the Kafka demonstration says what it misses", async () => {
  const folder = await mkdtemp(join(tmpdir(), "demo-test-"));
  try {
    // Neither Java nor Maven on the path, nor a Kafka that was fetched before.
    const env = { ...process.env, PATH: folder, HOME: folder };
    const outcome = await promisify(execFile)(process.execPath, [MAIN, "kafka"], { env }).catch(
      (error: unknown) => error,
    );
    expect(outcome).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(/Java 17 or later \(none[^]*apt-get[^]*Maven[^]*apt-get install maven/),
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("there are two demonstrations", async () => {
  const outcome = await promisify(execFile)(process.execPath, [MAIN, "kafak"]).catch(
    (error: unknown) => error,
  );
  expect(outcome).toMatchObject({ code: 64, stderr: expect.stringContaining("postgres, kafka") });
});
