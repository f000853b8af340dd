import { Readable } from "node:stream";

import { OckamError } from "@ockam/codec";
import { expect, test } from "vitest";

import { testTerminal, typed } from "../testing/test-terminal.ts";
import { exitCodeOf } from "./exit-code.ts";

test("notes and warnings are on standard error, unless it is quiet", () => {
  const { terminal, stderr } = testTerminal();
  terminal.note("Created the node n1");
  terminal.warn("It is down");
  expect(stderr.text).toBe("  > Created the node n1\n  ! It is down\n");

  const quiet = testTerminal({ quiet: true });
  quiet.terminal.note("Created the node n1");
  quiet.terminal.warn("It is down");
  expect(quiet.stderr.text).toBe("");
});

test.each([
  [0, []],
  [1, ["ERROR", "WARN", "INFO"]],
  [3, ["ERROR", "WARN", "INFO", "DEBUG"]],
])("with %d times -v, %j is logged", (verbosity, levels) => {
  const { terminal, stderr } = testTerminal({ verbosity });
  for (const level of ["error", "warn", "info", "debug"] as const) {
    terminal.log({ level, area: "router", message: "something", error: new Error("its cause") });
  }
  expect(stderr.text.split("\n").slice(0, -1)).toEqual(
    levels.map((level) => expect.stringMatching(new RegExp(`^\\S+Z ${level} router something: its cause$`))),
  );
});

test.each(["\u0003", "\u0004", "\u001b"])(
  "a question that is answered with %j is given up, and no fault",
  async (key) => {
    const atTerminal = () => testTerminal({ stdin: Object.assign(Readable.from([key]), { isTTY: true }) });
    const expected = { code: "OCKAM_CLI_CANCELLED" };
    await expect(atTerminal().terminal.ask("Paste the ticket:")).rejects.toMatchObject(expected);
    await expect(atTerminal().terminal.confirm("Delete it?", false)).rejects.toMatchObject(expected);
    expect(exitCodeOf(new OckamError(expected.code, "Cancelled"))).toBe(130);
  },
);

test("who would have to type standard input is told for what", () => {
  const { terminal, stderr } = testTerminal({ stdin: typed("a ticket") });
  const source = terminal.source("the ticket");
  expect(stderr.text).toBe("");
  source.input();
  expect(stderr.text).toBe("  > Type or paste the ticket, then Enter and Ctrl-D\n");

  const piped = testTerminal();
  piped.terminal.source("the ticket").input();
  expect(piped.stderr.text).toBe("");
});
