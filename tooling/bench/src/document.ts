import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const DOCUMENT = fileURLToPath(new URL("../../../docs/performance.md", import.meta.url));
const BEGIN = "<!-- measured: written by `pnpm bench --write` -->";
const END = "<!-- /measured -->";

/** Puts `text` in the place of the measured section of docs/performance.md. */
export async function writeMeasuredSection(text: string): Promise<void> {
  const document = await readFile(DOCUMENT, "utf8");
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${DOCUMENT} has no measured section`);
  await writeFile(DOCUMENT, `${document.slice(0, begin + BEGIN.length)}\n${text}\n${document.slice(end)}`);
}
