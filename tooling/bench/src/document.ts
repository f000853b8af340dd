import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const DOCUMENT = fileURLToPath(new URL("../../../docs/performance.md", import.meta.url));
const END = "<!-- /measured -->";

/** Puts `text` in the place of what a command measured before, in docs/performance.md. @throws Error when it has no section there */
export async function writeMeasuredSection(command: string, text: string): Promise<void> {
  const document = await readFile(DOCUMENT, "utf8");
  const head = `<!-- measured: written by \`${command} --write\` -->`;
  const begin = document.indexOf(head);
  const end = document.indexOf(END, begin);
  if (begin < 0 || end < 0) throw new Error(`${DOCUMENT} has no section that is measured by ${command}`);
  await writeFile(DOCUMENT, `${document.slice(0, begin + head.length)}\n${text}\n${document.slice(end)}`);
}
