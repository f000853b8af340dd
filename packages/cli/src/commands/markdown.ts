import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { defineCommand, type Command } from "../command.ts";
import { object, string } from "../json-shape.ts";
import { text } from "../option.ts";

const DEFAULT_FOLDER = "ockam_markdown_pages";
const FILE = "ockam.md";

export const markdown: Command = defineCommand({
  summary: "Write the reference of all commands as a page in Markdown",
  description: `The page is ${FILE} in that folder, which is made when missing.`,
  examples: ["markdown", "markdown --dir docs"],
  json: object({ path: string("the file") }),
  pipe: "the path of the file",
  hidden: true,
  options: {
    dir: text("FOLDER", "Where it is written", { short: "d", fallback: `./${DEFAULT_FOLDER}` }),
  },
  async run({ dir = DEFAULT_FOLDER }) {
    const { referencePage } = await import("../manual/command-markdown.ts");
    const folder = resolve(dir);
    const path = join(folder, FILE);
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, await referencePage());
    return {
      json: () => ({ path }),
      machine: path,
      plain: (style) => style.success(`The reference of all commands is in ${style.name(path)}`),
    };
  },
});
