import { expect, test } from "vitest";

import { resolveCommand } from "./resolve-command.ts";
import { nodeList } from "./commands/node-list.ts";
import { reset } from "./commands/reset.ts";

test("the words of a command, with options of every command anywhere", async () => {
  expect(await resolveCommand(["node", "list"])).toEqual({
    words: ["node", "list"],
    command: nodeList,
    help: false,
    rest: [],
  });
  expect(await resolveCommand(["--output", "json", "node", "-q", "list", "x"])).toEqual({
    words: ["node", "list"],
    command: nodeList,
    help: false,
    rest: ["--output", "json", "-q", "x"],
  });
  expect(await resolveCommand(["reset", "-y"])).toMatchObject({ command: reset, rest: ["-y"] });
});

test("no command", async () => {
  expect(await resolveCommand([])).toMatchObject({ words: [], command: undefined });
  expect(await resolveCommand(["node", "--help"])).toMatchObject({
    words: ["node"],
    command: undefined,
    rest: ["--help"],
  });
  expect(await resolveCommand(["help", "node", "list"])).toMatchObject({ help: true, command: nodeList });
});

test.each([
  [["creat"], "there is no command 'ockam creat'", "'ockam --help' lists the commands"],
  [
    ["kafka"],
    "there is no command 'ockam kafka'",
    "did you mean 'ockam kafka-outlet' or 'ockam kafka-inlet'?",
  ],
  [["nod"], "there is no command 'ockam nod'", "did you mean 'ockam node'?"],
  [["node", "creat"], "there is no command 'ockam node creat'", "did you mean 'ockam node create'?"],
  [["constructor"], "there is no command 'ockam constructor'", "'ockam --help' lists the commands"],
])("%j", async (argv, message, hint) => {
  await expect(resolveCommand(argv)).rejects.toMatchObject({
    code: "OCKAM_CLI_USAGE_UNKNOWN_COMMAND",
    message,
    details: { hint },
  });
});
