// What packages/cli/rust-commands.json says of Rust's command, against the program itself: its test there holds ours to it.
import { readFileSync } from "node:fs";

import { afterAll, beforeAll, expect, test } from "vitest";

import type { OckamHome } from "./ockam-home.ts";
import { rustOckam } from "./rust-ockam.ts";

const { commands, globals } = JSON.parse(
  readFileSync(new URL("../../../packages/cli/rust-commands.json", import.meta.url), "utf8"),
) as {
  readonly globals: readonly string[];
  readonly commands: Readonly<
    Record<string, { readonly arguments: readonly string[]; readonly options: readonly string[] }>
  >;
};

// It is this value that shows what is hidden.
const SHOW_HIDDEN = { OCKAM_HELP_SHOW_HIDDEN: "false" };
const OF_EVERY_COMMAND = new Set([...globals.flatMap(namesOf), "-V", "--version"]);

let rust: OckamHome;

beforeAll(async () => {
  rust = await rustOckam(SHOW_HIDDEN);
});

afterAll(async () => {
  await rust?.[Symbol.asyncDispose]();
});

test("the help of each command shows no command and no option that is not recorded", async () => {
  const unknown: string[] = [];
  const groups = new Set(["", ...Object.keys(commands).flatMap(prefixesOf)]);
  for (const words of groups) {
    for (const word of commandsIn(await help(words))) {
      const found = `${words} ${word}`.trim();
      if (word !== "help" && !groups.has(found) && commands[found] === undefined) unknown.push(found);
    }
  }
  for (const [words, { options }] of Object.entries(commands)) {
    const names = new Set(options.flatMap(namesOf));
    for (const option of optionsIn(await help(words)))
      if (!names.has(option) && !OF_EVERY_COMMAND.has(option)) unknown.push(`${words} ${option}`);
  }
  expect(unknown).toEqual([]);
});

test("each name that is recorded is one to its parser", async () => {
  const refused: string[] = [];
  for (const [words, { options }] of Object.entries(commands)) {
    for (const option of options) {
      for (const name of namesOf(option)) {
        const given = option.endsWith(" <>") ? [name, "value"] : [name];
        const { stderr, stdout } = await rust.run([...words.split(" "), ...given, "--test-argument-parser"]);
        if (/unexpected argument|unrecognized subcommand/.test(stdout + stderr))
          refused.push(`${words} ${name}`);
      }
    }
  }
  expect(refused).toEqual([]);
});

async function help(words: string): Promise<string> {
  return rust.output([...words.split(" ").filter(Boolean), "--help"]);
}

/** `a`, `a b` for `a b c`. */
function prefixesOf(words: string): readonly string[] {
  const parts = words.split(" ");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join(" "));
}

/** The names in a recorded option: `-f, --foreground`, `--configuration, --node-config <>`. */
function namesOf(option: string): readonly string[] {
  return option.replace(/ <>$/, "").split(", ");
}

/** The words under a heading `… Commands:` of a help. */
function commandsIn(text: string): readonly string[] {
  const found: string[] = [];
  let isList = false;
  for (const line of text.split("\n")) {
    if (/^\S.*:$/.test(line)) isList = /commands:$/i.test(line);
    const [, word] = /^ {2,4}([a-z][a-z-]*)(?: {2,}|$)/.exec(line) ?? [];
    if (isList && word !== undefined) found.push(word);
  }
  return found;
}

/** The names at the beginnings of the lines about options, and the aliases that are told. */
function optionsIn(text: string): readonly string[] {
  const names = [...text.matchAll(/^ +(?:(-\w), )?(--[a-z][a-z-]*)/gm)].flatMap(([, short, long]) =>
    short === undefined ? [long!] : [short, long!],
  );
  const aliases = [...text.matchAll(/\[aliases: ([^\]]+)\]/g)].flatMap(([, list]) =>
    list!.split(", ").map((alias) => (alias.startsWith("-") ? alias : `--${alias}`)),
  );
  return [...names, ...aliases];
}
