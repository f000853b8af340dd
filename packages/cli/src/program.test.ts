import { Readable, Writable } from "node:stream";

import { OckamError } from "@ockam/codec";
import { describe, expect, onTestFinished, test, vi } from "vitest";

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

  test.each([
    [["nod", "list", "--output", "json"]],
    [["nod", "list", "--output=json"]],
    [["nod", "list", "--jq", "."]],
    [["--compact-output", "nod", "list"]],
  ])("%j: for programs, on standard error", async (argv) => {
    const { stdout, stderr } = await ockam(argv);
    expect(stdout).toBe("");
    expect(JSON.parse(stderr)).toEqual({
      error: {
        code: "OCKAM_CLI_USAGE_UNKNOWN_COMMAND",
        message: "there is no command 'ockam nod'",
        hint: "did you mean 'ockam node'?",
      },
    });
  });

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
  test.each([
    [true, {}, []],
    [true, { NO_COLOR: "" }, []],
    [true, { FORCE_COLOR: "" }, []],
    [false, { FORCE_COLOR: "1" }, []],
    [true, { FORCE_COLOR: "true", TERM: "dumb" }, []],
  ])("terminal: %s, %j %j", async (tty, env, options) => {
    const argv = ["environment", ...options];
    expect((await ockam([...argv, "x"], { tty, env })).stderr).toContain("\u001b[");
    if (tty) expect((await ockam(argv, { tty, env })).stdout).toContain("\u001b[");
  });

  test.each([
    [false, {}, []],
    [true, { TERM: "dumb" }, []],
    [true, { FORCE_COLOR: "0" }, []],
    [true, { NO_COLOR: "1" }, []],
    [true, { NO_COLOR: "0" }, []],
    [true, { NO_COLOR: "true", FORCE_COLOR: "1" }, []],
    [true, { NO_COLOR: "false" }, []],
    [true, {}, ["--no-color"]],
    [true, { FORCE_COLOR: "1" }, ["--no-color"]],
    [true, {}, ["--env", "NO_COLOR=1"]],
  ])("none: terminal: %s, %j %j", async (tty, env, options) => {
    const argv = ["environment", ...options];
    expect((await ockam(argv, { tty, env: { ...env } })).stdout).not.toContain("\u001b[");
    // In errors neither, whatever is wrong, and in the help.
    expect((await ockam([...argv, "x"], { tty, env: { ...env } })).stderr).not.toContain("\u001b[");
    expect((await ockam(["nod", ...options], { tty, env: { ...env } })).stderr).not.toContain("\u001b[");
    expect((await ockam([...argv, "--help"], { tty, env: { ...env } })).stdout).not.toContain("\u001b[");
  });
});

test("what others put into a result speaks to no terminal, and is in a pipe as it is", async () => {
  const hostile = "a\u001b[1A\u009b2Kb";
  vi.stubEnv("OCKAM_HOME", hostile);
  onTestFinished(() => void vi.unstubAllEnvs());
  const argv = ["environment"];
  const env = { NO_COLOR: "1" };
  const shown = (await ockam(argv, { tty: true, env: { ...env } })).stdout;
  expect(shown).toContain("a\\u{1b}[1A\\u{9b}2Kb");
  expect(shown).not.toMatch(/[^\P{Cc}\n]/u);
  expect((await ockam([...argv, "--jq", ".[].value"], { tty: true, env: { ...env } })).stdout).not.toMatch(
    /[^\P{Cc}\n]/u,
  );
  expect((await ockam([...argv, "--jq", ".[].value"], { env: { ...env } })).stdout).toContain(
    JSON.stringify(hostile),
  );
});

test("a result ends with one newline", async () => {
  expect((await ockam(["completion", "--shell", "bash"])).stdout).toMatch(/[^\n]\n$/);
});

describe("--env", () => {
  test.each([
    [["environment", "--env", "OCKAM_X=a=b"]],
    [["--env", "OCKAM_X=a=b", "environment"]],
    [["environment", "--env=OCKAM_X=a=b"]],
    [["environment", "--env", "OCKAM_X=c", "--env", "OCKAM_X=a=b"]],
  ])("%j sets a variable", async (argv) => {
    const env: NodeJS.ProcessEnv = {};
    expect((await ockam(argv, { env })).exitCode).toBe(0);
    expect(env).toEqual({ OCKAM_X: "a=b" });
  });

  test("counts for the options of the same command line", async () => {
    const argv = ["environment", "--pretty", "--compact-output"];
    expect((await ockam([...argv, "--env", "QUIET=true"])).stderr).toBe("");
  });

  test.each(["x", "=x", "X=", ""])("%j is none", async (given) => {
    expect(await ockam(["environment", "--env", given])).toMatchObject({ exitCode: 64, stdout: "" });
  });

  test("after -- is no option", async () => {
    const env: NodeJS.ProcessEnv = {};
    await ockam(["environment", "--", "--env", "OCKAM_X=1"], { env });
    expect(env).toEqual({});
  });
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

describe("--jq", () => {
  const argv = ["environment", "--jq"];

  test("prints each result on a line of its own, strings in quotes", async () => {
    expect((await ockam([...argv, '[1,2], "a"', "--compact-output"])).stdout).toBe('[1,2]\n"a"\n');
    expect((await ockam([...argv, "[1]"])).stdout).toBe("[\n  1\n]\n");
    expect((await ockam([...argv, "empty"])).stdout).toBe("");
  });

  test.each(["[", ".a.b.c(", 'error("no")'])("%j fails, and says what is wrong", async (filter) => {
    const { exitCode, stdout, stderr } = await ockam([...argv, filter]);
    expect([exitCode, stdout]).toEqual([70, ""]);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: "OCKAM_CLI_JQ_FAILED" } });
  });
});

function interrupted() {
  const signal = AbortSignal.abort(
    new OckamError("OCKAM_CLI_CANCELLED", "Interrupted by SIGTERM", { details: { signal: "SIGTERM" } }),
  );
  const [stdout, stderr] = [new CollectedText(), new CollectedText()];
  // A pipe that nobody writes to.
  const stdin = new Readable({ read: () => {} });
  return { program: new Program({ stdin, stdout, stderr, env: {} }), signal, stdout, stderr };
}

describe("a signal", () => {
  test("ends a command that waits, and is its error", async () => {
    const { program, signal, stdout, stderr } = interrupted();
    const argv = ["message", "send", "hello", "--to", "-/service/echo"];
    expect(await program.run(argv, signal)).toBe(143);
    expect([stdout.text, stderr.text]).toEqual(["", "  ✗ Interrupted by SIGTERM\n    OCKAM_CLI_CANCELLED\n"]);
  });

  test("does not change what a command has done nevertheless", async () => {
    const { program, signal, stderr } = interrupted();
    expect(await program.run(["completion", "--shell", "bash"], signal)).toBe(0);
    expect(stderr.text).toBe("");
  });
});

test.each(["stdout", "stderr"] as const)("%s without a reader is no failure", async (broken) => {
  const gone = new Writable({ write: (_chunk, _encoding, done) => done(new Error("write EPIPE")) });
  const streams = { stdout: new CollectedText(), stderr: new CollectedText(), [broken]: gone };
  const program = new Program({ stdin: Readable.from([]), env: {}, ...streams });
  expect(await program.run(["environment", "--pretty"])).toBe(0);
});
