import { expect, test } from "vitest";

import { optionName, type Command } from "./command.ts";
import { COMMANDS } from "./command-table.ts";
import { helpText } from "./help.ts";

const commands: { readonly words: readonly string[]; readonly command: Command }[] = [];
for (const [word, entry] of Object.entries(COMMANDS)) {
  if (typeof entry === "function") commands.push({ words: [word], command: await entry() });
  else {
    for (const [second, load] of Object.entries(entry.commands)) {
      commands.push({ words: [word, second], command: await load() });
    }
  }
}
const hiddenWords = Object.entries(COMMANDS).flatMap(([word, entry]) =>
  typeof entry === "object" && entry.hidden === true ? [word] : [],
);
const visible = commands.filter(({ command }) => !command.hidden);

test("the help of the program names every group", async () => {
  const help = await helpText([], 100);
  const hidden = commands.filter(({ words, command }) => words.length === 1 && command.hidden);
  const hiddenNames = [...hiddenWords, ...hidden.map(({ words }) => words[0])];
  for (const word of Object.keys(COMMANDS)) {
    const line = expect.stringMatching(new RegExp(`ockam ${word} `));
    expect(help).toEqual(hiddenNames.includes(word) ? expect.not.stringMatching(`ockam ${word} `) : line);
  }
});

test.each(visible)("$words", async ({ words, command }) => {
  const [compact, extensive] = [await helpText(words, 100, "compact"), await helpText(words, 80)];
  for (const help of [compact, extensive]) {
    expect(help).toContain(`ockam ${words.join(" ")}`);
    expect(help).toContain("--quiet");
    for (const name of visibleOptions(command)) expect(help).toContain(name);
    for (const name of Object.keys(command.positionals)) expect(help).toContain(optionName(name));
    // Of Markdown there is only what reads well.
    expect(help).not.toMatch(/\]\(|`/);
  }
  expect(compact).toContain(`'ockam ${words.join(" ")} --help' says more`);
  expect(extensive).toContain("In a pipe: ");
  // Each on a line of its own, so that it can be copied, at any width.
  for (const example of command.examples) expect(`${extensive}\n`).toContain(`\n  ockam ${example}\n`);
  for (const [help, width] of [
    [compact, 100],
    [extensive, 80],
  ] as const) {
    const lines = help.split("\n").filter((line) => !/^ {4}|^ {2}ockam /.test(line));
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(width);
  }
});

test("a hidden command is not in the help", async () => {
  expect(await helpText(["node"], 100)).not.toContain("ockam node run");
});

function visibleOptions(command: Command): readonly string[] {
  return Object.entries(command.options)
    .filter(([, option]) => option.hidden !== true)
    .map(([key]) => `--${optionName(key)}`);
}
