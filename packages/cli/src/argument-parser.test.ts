import { describe, expect, test } from "vitest";

import { testTerminal } from "../testing/test-terminal.ts";
import { parseArguments } from "./argument-parser.ts";
import { defineCommand, type Command } from "./command.ts";
import { GLOBAL_OPTIONS } from "./global-options.ts";
import { argument, count, duration, flag, required, requiredArgument, text, texts } from "./option.ts";

const seen: unknown[] = [];
const command: Command = defineCommand({
  summary: "Test",
  examples: [],
  json: undefined,
  positionals: { first: requiredArgument("one"), second: argument("two") },
  options: {
    at: text("NODE", "where", { short: "a", aliases: ["on"] }),
    allow: texts("WHO", "whom"),
    connectionWait: duration("how long"),
    noStatusEndpoint: flag("off"),
    level: count("more", { short: "l" }),
  },
  run(values) {
    seen.push(values);
    return Promise.resolve(undefined);
  },
});

async function read(...argv: readonly string[]): Promise<unknown> {
  await command.read(parseArguments(argv, command, GLOBAL_OPTIONS))(testTerminal().terminal);
  return seen.pop();
}

test("arguments and options in any order", async () => {
  const absent = {
    second: undefined,
    allow: [],
    connectionWait: undefined,
    noStatusEndpoint: false,
    level: 0,
  };
  expect(await read("x")).toEqual({ ...absent, first: "x", at: undefined });
  expect(await read("x", "--at", "n1")).toEqual({ ...absent, first: "x", at: "n1" });
  expect(await read("--at=n1", "x", "y")).toEqual({ ...absent, first: "x", second: "y", at: "n1" });
  expect(await read("-a", "n1", "x")).toEqual({ ...absent, first: "x", at: "n1" });
  expect(await read("-an1", "x")).toEqual({ ...absent, first: "x", at: "n1" });
  expect(await read("--on", "n1", "x")).toEqual({ ...absent, first: "x", at: "n1" });
  expect(await read("--allow", "a", "x", "--allow", "b")).toMatchObject({ allow: ["a", "b"], first: "x" });
  expect(await read("--connection-wait", "5s", "x")).toMatchObject({ connectionWait: 5000 });
  expect(await read("--no-status-endpoint", "x")).toMatchObject({ noStatusEndpoint: true });
  expect(await read("-ll", "-l", "x")).toMatchObject({ level: 3 });
  expect(await read("--", "-x", "--at")).toEqual({ ...absent, first: "-x", second: "--at", at: undefined });
  expect(await read("-q", "x", "--output", "json")).toMatchObject({ first: "x" });
});

test("a value may begin with a dash when it cannot be an option", async () => {
  expect(await read("x", "--at", "-/service/echo")).toMatchObject({ at: "-/service/echo" });
  expect(await read("x", "--at", "-1")).toMatchObject({ at: "-1" });
  expect(await read("x", "--at=--yes")).toMatchObject({ at: "--yes" });
});

describe("usage errors", () => {
  test.each([
    [[], "the argument <first> is missing"],
    [["x", "y", "z"], "'z' is one argument too many"],
    [["x", "--no-such"], "there is no option --no-such"],
    [["x", "-z"], "there is no option -z"],
    [["x", "--at"], "--at needs a value: NODE"],
    [["x", "--at", "--allow", "a"], "--at needs a value: NODE"],
    [["x", "--at", "a", "--on", "b"], "--on was given twice"],
    [["x", "--no-status-endpoint=yes"], "--no-status-endpoint takes no value"],
    [["x", "--connection-wait", "soon"], "'soon' is not a duration"],
  ])("%j: %s", async (argv, message) => {
    await expect(read(...argv)).rejects.toMatchObject({ code: "OCKAM_CLI_USAGE", message });
  });

  test("an option that must be given", () => {
    expect(() => required(text("ROUTE", "where to")).read([], "to")).toThrow("--to <ROUTE> is missing");
    expect(required(text("ROUTE", "where to")).read(["/service/echo"], "to")).toBe("/service/echo");
  });

  test("the nearest option is the hint, also for letters behind one dash", async () => {
    await expect(read("x", "--alow", "a")).rejects.toMatchObject({
      details: { hint: "did you mean --allow?" },
    });
    await expect(read("x", "-connection-wait", "5s")).rejects.toMatchObject({
      message: "there is no option -c",
      details: { hint: "did you mean --connection-wait?" },
    });
  });
});
