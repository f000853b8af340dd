import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/** What is compared: each has a measured section in docs/performance.md. */
export const PARTS = ["portals", "kafka"] as const;

/** One of {@link PARTS}. */
export type Part = (typeof PARTS)[number];

const DOCUMENT = fileURLToPath(new URL("../../../docs/performance.md", import.meta.url));
const END = "<!-- /measured -->";

/** Puts `text` in the place of a part's measured section of docs/performance.md. */
export async function writeMeasuredSection(part: Part, text: string): Promise<void> {
  const document = await readFile(DOCUMENT, "utf8");
  const head = `<!-- measured: written by \`pnpm bench ${part} --write\` -->`;
  const begin = document.indexOf(head);
  const end = document.indexOf(END, begin);
  if (begin < 0 || end < 0) throw new Error(`${DOCUMENT} has no measured section for ${part}`);
  await writeFile(DOCUMENT, `${document.slice(0, begin + head.length)}\n${text}\n${document.slice(end)}`);
}
