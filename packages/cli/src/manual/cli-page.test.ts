import { readFileSync } from "node:fs";

import { expect, test } from "vitest";

import { optionName } from "../command.ts";
import {
  commandMarkdown,
  commandsMarkdown,
  environmentMarkdown,
  exitStatusMarkdown,
  globalOptionsMarkdown,
  referencePage,
  shapesMarkdown,
} from "./command-markdown.ts";
import { documentedGroups } from "./documented-group.ts";

/** The page as people write it: each comment stands for a part that the commands' files say. */
const PAGE = new URL("../../manual/cli.md", import.meta.url);
const PARTS: Readonly<Record<string, () => Promise<string> | string>> = {
  "options of every command": globalOptionsMarkdown,
  "exit codes": exitStatusMarkdown,
  environment: environmentMarkdown,
  commands: commandsMarkdown,
  shapes: shapesMarkdown,
};

test("docs/cli.md is what the commands say; run vitest -u when they change", async () => {
  let page = readFileSync(PAGE, "utf8");
  for (const [name, part] of Object.entries(PARTS)) {
    expect(page).toContain(`<!-- ${name} -->`);
    const text = await part();
    page = page.replace(`<!-- ${name} -->`, () => text);
  }
  await expect(page).toMatchFileSnapshot("../../../../docs/cli.md");
});

test("every visible command is in the reference, with its options", async () => {
  const [groups, page] = [await documentedGroups(), await referencePage()];
  const commands = groups.flatMap((group) => group.commands);
  expect(commands.length).toBeGreaterThan(80);
  for (const { command, words } of commands) {
    expect(page).toContain(`#### \`${words.join(" ")}`);
    const section = commandMarkdown({ command, words });
    for (const [key, { hidden }] of Object.entries(command.options)) {
      const isTold = new RegExp(`\`--${optionName(key)}[ \`]`).test(section);
      expect(isTold, `${words.join(" ")} --${key}`).toBe(hidden !== true);
    }
  }
});

test("links lead to headings of the page", async () => {
  const page = await referencePage();
  const headings = Array.from(page.matchAll(/^#+ (.*)$/gm), ([, heading]) =>
    heading!.toLowerCase().replaceAll(" ", "-"),
  );
  const links = Array.from(page.matchAll(/\]\(#([^)]*)\)/g), ([, anchor]) => anchor);
  expect(links.length).toBeGreaterThan(40);
  expect(headings).toEqual(expect.arrayContaining(links));
});
