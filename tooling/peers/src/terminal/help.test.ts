import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { typescriptOckam } from "../typescript-ockam.ts";
import { TerminalSession } from "./terminal-session.ts";

const home = typescriptOckam();
let session: TerminalSession;

beforeAll(async () => {
  session = await TerminalSession.start(home);
});
afterAll(async () => {
  await session[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
});

describe("at 80 columns", () => {
  test.each([
    "--help",
    "node --help",
    "node create --help",
    "tcp-inlet create -h",
    "project enroll --help",
    "node",
  ])("ockam %s: nothing but examples and JSON is wider", async (words) => {
    const help = await session.run(`ockam ${words}`);
    expect(help).toMatch(/^ockam /);
    const screen = help.replace(/(?<=in the notation of TypeScript:\n)(?:(?: {4}.*)?\n)*/, "");
    const wide = screen.split("\n").filter((line) => line.length > 80 && !/^\s+(ockam|tail) /.test(line));
    expect(wide).toEqual([]);
  });

  test("a mistyped command: what was meant", async () => {
    expect(await session.run("ockam nod list")).toBe(
      [
        "  ✗ there is no command 'ockam nod'",
        "  > did you mean 'ockam node'?",
        "    OCKAM_CLI_USAGE_UNKNOWN_COMMAND",
        "exit 64",
      ].join("\n"),
    );
  });
});

describe("colours", () => {
  test.each([
    ["ockam nod", true],
    ["ockam nod --no-color", false],
    ["NO_COLOR=1 ockam nod", false],
    ["NO_COLOR=0 ockam nod", false],
    ["NO_COLOR= ockam nod", true],
    ["TERM=dumb ockam nod", false],
    ["FORCE_COLOR=1 ockam nod 2>&1 | cat", true],
    ["ockam nod 2>&1 | cat", false],
    ["ockam --version", false],
    ["ockam identity list --no-color", false],
  ])("%s: %s", async (command, expected) => {
    await session.run(command);
    expect((await session.colouredScreen()).includes("\u001b[")).toBe(expected);
  });
});

describe("a pipe that nobody reads", () => {
  test.each(["ockam --help", "ockam completion --shell bash", "ockam node list"])(
    "%s | head -0 ends without a word",
    async (command) => {
      expect(await session.run(`${command} | head -0; echo "\${PIPESTATUS[0]}"`)).toBe("0\nexit 0");
    },
  );

  test("standard error, too", async () => {
    expect(await session.run("ockam nod 2>&-")).toBe("exit 64");
    expect(await session.run("ockam nod 2>&1 >&- | head -0; echo ${PIPESTATUS[0]}")).toBe("64\nexit 0");
  });
});
