import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";

import { rowsFor, runRow } from "@ockam/acceptance";
import type { Ockam } from "@ockam/acceptance";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { Consumer } from "./consumer.ts";
import { OCKAM_FORMS } from "./ockam-forms.ts";
import { packedPackage } from "./packed-package.ts";
import { RUNTIMES } from "./runtime.ts";

// What a form can break: finding itself for a node in the background, WebAssembly, SQLite, YAML, sockets.
const SMOKE = ["A1", "D2", "E1", "F4", "F13", "G9", "I1", "N1"];
const rows = rowsFor("typescript").filter(
  ({ id }) => process.env["OCKAM_PEERS_FULL"] === "1" || SMOKE.includes(id),
);

const { manifest } = packedPackage("apps/ockam");
const [tooOld] = RUNTIMES;

test("the package needs no other", () => {
  expect(manifest.dependencies).toBeUndefined();
  expect(manifest.bin).toEqual({ ockam: "./dist/main.js" });
});

test("each row of the smoke suite is in the acceptance table", () => {
  expect(rows.map(({ id }) => id)).toEqual(expect.arrayContaining(SMOKE));
});

describe.each(OCKAM_FORMS)("$title", ({ prepare, isScript }) => {
  let consumer: Consumer;
  let ockam: Ockam;

  beforeAll(async () => {
    consumer = new Consumer();
    ockam = await prepare(consumer);
  });
  afterAll(() => consumer[Symbol.dispose]());

  test("prints the version of the package", () => {
    const [program, ...args] = ockam.command;
    const printed = execFileSync(program, [...args, "--version"], { encoding: "utf8" });
    expect(printed.split("\n")[0]).toBe(`ockam ${manifest.version}`);
  });

  test("leaves out that SQLite is an experiment of an older Node.js", () => {
    const [program, ...args] = ockam.command;
    const env = { ...process.env, OCKAM_HOME: join(consumer.folder, "home") };
    const { stdout, stderr } = spawnSync(program, [...args, "identity", "create"], { env, encoding: "utf8" });
    expect(stdout).toMatch(/I[0-9a-f]{64}/);
    expect(stderr).not.toContain("Warning");
  });

  if (isScript)
    test(`says on ${tooOld!.name} what it needs`, () => {
      const { status, stderr } = spawnSync(tooOld!.command[0], [ockam.command.at(-1)!], { encoding: "utf8" });
      const oldest = manifest.engines!.node!.replace(">=", "");
      expect(stderr).toMatch(new RegExp(`^ockam needs Node.js ${oldest} or later, .*\n$`));
      expect(status).toBe(70);
    });

  describe.concurrent("row", () => {
    test.each(rows)("$id $title", (row) => runRow(row, ockam));
  });
});
