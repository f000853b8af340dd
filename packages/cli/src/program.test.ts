import { Readable } from "node:stream";

import { describe, expect, test } from "vitest";

import { CollectedText } from "../testing/collected-text.ts";
import { Program } from "./program.ts";

async function ockam(argv: readonly string[], { env = {}, tty = false } = {}) {
  const [stdout, stderr] = [new CollectedText(tty), new CollectedText(tty)];
  const exitCode = await new Program({ stdin: Readable.from([]), stdout, stderr, env }).run(argv);
  return { exitCode, stdout: stdout.text, stderr: stderr.text };
}

const HELP = /^ockam environment \[options\]\n\nShow the variables[^]*--quiet[^]*$/;

describe("help", () => {
  test.each([[["environment", "--help"]], [["environment", "-h"]], [["help", "environment"]]])(
    "%j is on standard output",
    async (argv) => {
      expect(await ockam(argv)).toEqual({ exitCode: 0, stdout: expect.stringMatching(HELP), stderr: "" });
    },
  );

  test.each([[[]], [["node"]]])("%j alone is a usage error with the help", async (argv) => {
    const { exitCode, stdout, stderr } = await ockam(argv);
    expect([exitCode, stdout]).toEqual([64, ""]);
    expect(stderr).toContain("<command>");
  });
});

describe("errors", () => {
  test("for people, on standard error", async () => {
    expect(await ockam(["nod", "list"])).toEqual({
      exitCode: 64,
      stdout: "",
      stderr:
        "  ✗ there is no command 'ockam nod'\n  > did you mean 'ockam node'?\n    OCKAM_CLI_USAGE_UNKNOWN_COMMAND\n",
    });
  });

  test.each([[["nod", "list", "--output", "json"]], [["nod", "list", "--output=json"]]])(
    "%j: for programs, on standard error",
    async (argv) => {
      const { stdout, stderr } = await ockam(argv);
      expect(stdout).toBe("");
      expect(JSON.parse(stderr)).toEqual({
        error: {
          code: "OCKAM_CLI_USAGE_UNKNOWN_COMMAND",
          message: "there is no command 'ockam nod'",
          hint: "did you mean 'ockam node'?",
        },
      });
    },
  );

  test.each([
    [["environment", "--output", "xml"], "'xml' is none of its values"],
    [["environment", "--output", "jsn"], "did you mean 'json'?"],
    [["environment", "x"], "'x' is one argument too many"],
    [["environment", "--env", "x"], "'x' is not a variable"],
  ])("%j", async (argv, message) => {
    const { exitCode, stderr } = await ockam(argv);
    expect(exitCode).toBe(64);
    expect(stderr).toContain(message);
  });
});

describe("colours", () => {
  test("at a terminal alone", async () => {
    expect((await ockam(["environment"], { tty: true })).stdout).toContain("\u001b[");
    expect((await ockam(["environment"])).stdout).not.toContain("\u001b[");
  });

  test.each(["1", "true", "false"])("not with NO_COLOR=%s", async (value) => {
    const { stdout } = await ockam(["environment"], { tty: true, env: { NO_COLOR: value } });
    expect(stdout).not.toContain("\u001b[");
  });

  test("not with --no-color, in errors neither", async () => {
    expect((await ockam(["environment", "--no-color"], { tty: true })).stdout).not.toContain("\u001b[");
    expect((await ockam(["environment", "x", "--no-color"], { tty: true })).stderr).not.toContain("\u001b[");
  });
});

test("a result ends with one newline", async () => {
  expect((await ockam(["completion", "--shell", "bash"])).stdout).toMatch(/[^\n]\n$/);
});

test("--env sets a variable", async () => {
  const env: NodeJS.ProcessEnv = {};
  expect((await ockam(["environment", "--env", "OCKAM_X=a=b"], { env })).exitCode).toBe(0);
  expect(env).toEqual({ OCKAM_X: "a=b" });
});

test("--test-argument-parser checks the arguments and does nothing", async () => {
  const create = ["node", "create", "n", "--test-argument-parser"];
  expect(await ockam([...create, "-t", "4000"])).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  expect((await ockam([...create, "-t", "here"])).exitCode).toBe(64);
});

test("a deprecated option warns, unless it is quiet", async () => {
  const argv = ["environment", "--pretty", "--compact-output"];
  expect((await ockam(argv)).stderr).toBe("  ! --pretty is deprecated: JSON is indented by default\n");
  expect((await ockam([...argv, "--quiet"])).stderr).toBe("");
  expect((await ockam(argv, { env: { QUIET: "1" } })).stderr).toBe("");
});
