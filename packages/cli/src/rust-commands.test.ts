import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { parseArguments } from "./argument-parser.ts";
import { GLOBAL_OPTIONS } from "./global-options.ts";
import { resolveCommand } from "./resolve-command.ts";

// What Rust's command takes, by its commands: names are facts. The suites of live peers compare it with the binary.
const { commands, globals } = JSON.parse(
  readFileSync(new URL("../rust-commands.json", import.meta.url), "utf8"),
) as RustCommands;

interface RustCommands {
  readonly globals: readonly string[];
  readonly commands: Readonly<
    Record<string, { readonly arguments: readonly string[]; readonly options: readonly string[] }>
  >;
}

const OWN_PROCESSES = "what processes of Rust's command tell each other";
const NO_SPACES = "projects of one's own are in no space: the name of the project is the only argument";

/** What ours does not take, deliberately: it is a usage error. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  "node create --child-process": OWN_PROCESSES,
  "node create --opentelemetry-context": OWN_PROCESSES,
  "node create --started-from-configuration": OWN_PROCESSES,
  "node create --tcp-callback-port": OWN_PROCESSES,
  "authority create --child-process": OWN_PROCESSES,
  "authority create --tcp-callback-port": OWN_PROCESSES,
  "project create 2": NO_SPACES,
  "project delete 2": NO_SPACES,
};

/** The names of an option, and whether it takes a value. */
function readOption(text: string): { names: readonly string[]; takesValue: boolean } {
  return { names: text.replace(/ <>$/, "").split(", "), takesValue: text.endsWith(" <>") };
}

/** What our parser cannot do with Rust's command of these words: `WORDS --option`, or `WORDS N` for N arguments. */
async function refusals(words: string): Promise<readonly string[]> {
  const resolved = await resolveCommand(words.split(" ")).catch(() => undefined);
  if (resolved?.command === undefined) return [words];
  const { command, rest } = resolved;
  if (command.anyArguments === true) return [];
  const refused: string[] = [];
  const { arguments: positionals, options } = commands[words]!;
  const parse = (argv: readonly string[]) => parseArguments([...rest, ...argv], command, GLOBAL_OPTIONS);
  for (const option of options) {
    const { names, takesValue } = readOption(option);
    const keys = new Set<string>();
    for (const name of names) {
      try {
        const { options: given } = parse(takesValue ? [name, "value"] : [name]);
        for (const key of given.keys()) keys.add(key);
      } catch {
        refused.push(`${words} ${name}`);
      }
    }
    if (keys.size > 1) refused.push(`${words} ${names.join(" and ")} are different options`);
  }
  try {
    parse(positionals);
  } catch {
    refused.push(`${words} ${positionals.length}`);
  }
  return refused;
}

test("every command of Rust's, with every name of every option, is known or deliberately not", async () => {
  const refused: string[] = [];
  for (const words of Object.keys(commands)) refused.push(...(await refusals(words)));
  expect(refused.toSorted()).toEqual(Object.keys(EXCEPTIONS).toSorted());
});

test("so is every option of all commands", () => {
  for (const option of globals) {
    const { names, takesValue } = readOption(option);
    for (const name of names) {
      const { options } = parseArguments(
        takesValue ? [name, "value"] : [name],
        { positionals: {}, options: {} },
        GLOBAL_OPTIONS,
      );
      expect(options.size).toBe(1);
    }
  }
});

describe("what is not supported", () => {
  test.each([
    ["node create n --udp", "no UDP transport"],
    ["node create n -u 127.0.0.1:4000", "no UDP transport"],
    ["tcp-inlet create --enable-udp-puncture --to /service/outlet", "no UDP transport"],
    ["tcp-inlet create --tls --to /service/outlet", "does not speak TLS"],
    ["tcp-outlet create --privileged --to 5000", "privileged portals"],
    ["vault create --aws-kms", "AWS KMS"],
    ["identity create -k key", "AWS KMS"],
    ["project enroll --okta", "Okta"],
  ])("%s: one sentence, and what to do instead", async (line, words) => {
    const { command, rest } = await resolveCommand(line.split(" "));
    const given = parseArguments(rest, command!, GLOBAL_OPTIONS);
    expect(() => command!.read(given)).toThrow(
      expect.objectContaining({
        code: "OCKAM_CLI_NOT_SUPPORTED",
        message: expect.stringContaining(words) as string,
        details: { hint: expect.any(String) as string },
      }),
    );
  });
});
