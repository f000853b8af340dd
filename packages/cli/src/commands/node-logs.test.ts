import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createNode } from "@ockam/node";
import { openState } from "@ockam/node/state";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { CollectedText } from "../../testing/collected-text.ts";
import { Program } from "../program.ts";
import { typed } from "../../testing/test-terminal.ts";

const DAY = "stdout.2026-11-25";
/** How long a busy machine may take. */
const PATIENCE = { timeout: 15_000 };
let home: string;
let folder: string;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "ockam-cli-"));
  vi.stubEnv("OCKAM_HOME", home);
  using state = openState();
  const node = await createNode({ state, name: "n1", tcpListenerAddress: "off" });
  await node.close();
  folder = join(home, "nodes", "n1");
  mkdirSync(folder, { recursive: true });
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true, force: true });
});

/** Runs a command line; at a terminal, or in a pipe. */
function start(isTty: boolean, ...argv: readonly string[]) {
  const [stdout, stderr] = [new CollectedText(isTty), new CollectedText(isTty)];
  const interruption = new AbortController();
  const program = new Program({ stdin: typed(), stdout, stderr, env: { NO_COLOR: "1" } });
  const exitCode = program.run(["node", "logs", ...argv], interruption.signal);
  return { exitCode, stdout, stderr, interrupt: () => interruption.abort(new Error("Ctrl-C")) };
}

async function run(isTty: boolean, ...argv: readonly string[]): Promise<readonly [number, string, string]> {
  const { exitCode, stderr, stdout } = start(isTty, ...argv);
  return [await exitCode, stdout.text, stderr.text];
}

function log(name: string, text: string): string {
  const path = join(folder, `${name}.log`);
  writeFileSync(path, text);
  return path;
}

describe("node logs", () => {
  test("is the path of the newest file in a pipe and in JSON, and with --path", async () => {
    log(DAY, "old\n");
    log(`${DAY}.2`, "older\n");
    const path = log(`${DAY}.10`, "one\ntwo\n");
    expect(await run(false)).toEqual([0, `${path}\n`, ""]);
    expect(await run(true, "n1", "--path")).toEqual([0, `${path}\n`, ""]);
    const [, json] = await run(true, "n1", "--output", "json");
    expect(JSON.parse(json)).toEqual({ path });
  });

  test("at a terminal shows the last lines, over files, and lets none of them write there", async () => {
    log(DAY, "zero\n");
    log(`${DAY}.1`, "one\ntwo \u001b[2J\u009b1m\n");
    const shown = "two \\u{1b}[2J\\u{9b}1m\n";
    expect(await run(true)).toEqual([0, `zero\none\n${shown}`, ""]);
    expect(await run(true, "n1", "--lines", "1")).toEqual([0, shown, ""]);
    expect(await run(false, "n1", "-n", "2")).toEqual([0, "one\ntwo \u001b[2J\u009b1m\n", ""]);
  });

  test.each([true, false])(
    "--follow goes on with what comes, in the next file too (terminal: %s)",
    async (isTty) => {
      const path = log(DAY, "one\ntwo\n");
      const { exitCode, interrupt, stdout } = start(isTty, "n1", "--follow", "--lines", "1");
      await expect.poll(() => stdout.text, PATIENCE).toBe("two\n");
      appendFileSync(path, "three\n");
      await expect.poll(() => stdout.text, PATIENCE).toBe("two\nthree\n");
      log(`${DAY}.1`, "four\n");
      await expect.poll(() => stdout.text, PATIENCE).toBe("two\nthree\nfour\n");
      interrupt();
      expect(await exitCode).toBe(0);
    },
  );

  test("says so when a node never logged, and what makes no sense", async () => {
    expect(await run(false)).toEqual([70, "", expect.stringContaining("has no log files") as string]);
    log(DAY, "one\n");
    for (const words of [
      ["--lines", "many"],
      ["--lines", "-1"],
      ["--level", "loud"],
      ["--path", "--follow"],
      ["--path", "--lines", "1"],
      ["--follow", "--output", "json"],
    ])
      expect((await run(true, "n1", ...words))[0], words.join(" ")).toBe(64);
    expect((await run(true, "n1", "--level", "info"))[0]).toBe(70);
  });

  test("--level sets what a running node logs", async () => {
    const path = log(DAY, "one\n");
    using state = openState();
    const logDial = { level: "debug" as "debug" | "info" | "warn" | "error" | "off" };
    await using node = await createNode({ state, name: "n1", control: true, logDial });
    expect(await run(false, "n1", "--level", "warn")).toEqual([0, `${path}\n`, ""]);
    expect([logDial.level, node.show().log_level]).toEqual(["warn", "warn"]);
    expect((await run(true, "n1", "--level", "off"))[1]).toContain("The node n1 logs off from now on");
    const [, json] = await run(false, "n1", "--level", "info", "--output", "json");
    expect(JSON.parse(json)).toEqual({ path, level: "info" });
    const [code, lines, notes] = await run(true, "n1", "--level", "debug", "--lines", "1");
    expect([code, lines]).toEqual([0, "one\n"]);
    expect(notes).toContain("logs debug from now on");
  });
});
