import { mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";

import { defineCommand, type Command } from "../command.ts";
import { array, object, string } from "../json-shape.ts";
import { flag, text } from "../option.ts";
import type { Terminal } from "../terminal.ts";

/** Where man looks for the pages of a user. */
const USER_FOLDER = join(".local", "share", "man", "man1");
const FALLBACK_FOLDER = "ockam_man_pages";

export const manpages: Command = defineCommand({
  summary: "Write manual pages of all commands, for man",
  description:
    "Then 'man ockam' and 'man ockam-node-create' show them. Pages that are there already are replaced.",
  examples: ["manpages --dir man1", "manpages --dir man1 --no-compression"],
  json: object({ folder: string(), files: array(string()) }),
  pipe: "the path of the folder",
  hidden: true,
  options: {
    dir: text("FOLDER", "Where they are written; made when missing", {
      short: "d",
      fallback: `~/${USER_FOLDER}, or ./${FALLBACK_FOLDER} where that cannot be written`,
    }),
    noCompression: flag("Do not compress them", { short: "n" }),
  },
  async run({ dir, noCompression }, terminal) {
    const { manPages } = await import("../manual/man-page.ts");
    const pages = (await manPages()).map(({ file, text: source }) =>
      noCompression ? { file, content: source } : { file: `${file}.gz`, content: gzipSync(source) },
    );
    const folder = makeFolder(dir, terminal);
    for (const { content, file } of pages) writeFileSync(join(folder, file), content);
    return {
      json: () => ({ folder, files: pages.map(({ file }) => file) }),
      machine: folder,
      plain: (style) => style.success(`${pages.length} manual pages are in ${style.name(folder)}`),
    };
  },
});

function makeFolder(dir: string | undefined, terminal: Terminal): string {
  const folder = dir === undefined ? join(homedir(), USER_FOLDER) : resolve(dir);
  try {
    mkdirSync(folder, { recursive: true });
    return folder;
  } catch (error) {
    if (dir !== undefined) throw error;
    const instead = resolve(FALLBACK_FOLDER);
    mkdirSync(instead, { recursive: true });
    terminal.warn(`${folder} cannot be made: ${error instanceof Error ? error.message : String(error)}`);
    return instead;
  }
}
