import type { Glyphs } from "../glyphs.ts";

/** Text that is painted once it is known where it goes. */
export interface Piece {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

/** One item of a tree, with those below it. */
export interface TreeItem {
  readonly key: Piece;
  /** Beside the key, over as many lines as it takes; those of neighbours are aligned. */
  readonly value?: readonly Piece[];
  readonly items?: readonly TreeItem[];
}

const GLUE = "\u00a0";

/** The text, never broken between its words. */
export function glued(text: string): string {
  return text.replaceAll(" ", GLUE);
}

/** The text as it is shown. */
export function unglued(text: string): string {
  return text.replaceAll(GLUE, " ");
}

/** The least width of a value, however deep it is in the tree. */
const LEAST_WIDTH = 20;

/** Draws the items, each line at most `width` characters long as far as there is room at all. */
export function drawTree(items: readonly TreeItem[], glyphs: Glyphs, width: number): readonly string[] {
  const withValue = items.filter(({ value }) => value !== undefined);
  const keyWidth = Math.max(0, ...withValue.map(({ key }) => key.text.length));
  const gap = " ".repeat(2);
  return items.flatMap((item, index) => {
    const isLast = index === items.length - 1;
    const [branch, trunk] = isLast ? [glyphs.lastBranch, glyphs.noTrunk] : [glyphs.branch, glyphs.trunk];
    const inner = Math.max(LEAST_WIDTH, width - branch.length);
    const below = drawTree(item.items ?? [], glyphs, inner);
    const key = painted(item.key);
    if (item.value === undefined) return [branch + key, ...below.map((line) => trunk + line)];
    const room = Math.max(LEAST_WIDTH, inner - keyWidth - gap.length);
    const [first = "", ...others] = wrapped(item.value, room);
    const beside = " ".repeat(keyWidth - item.key.text.length) + gap;
    // A line from the value down to the items would cross them.
    const under = (below.length > 0 ? glyphs.trunk : "").padEnd(keyWidth + gap.length);
    return [
      (branch + key + beside + first).trimEnd(),
      ...others.map((line) => trunk + under + line),
      ...below.map((line) => trunk + line),
    ];
  });
}

/** Breaks text between words, and words that are too long behind a slash where they have one. */
export function wrapped(pieces: readonly Piece[], width: number): readonly string[] {
  const lines: { readonly words: string[]; length: number }[] = [];
  for (const { paint, text } of pieces) {
    for (const word of text.split(" ").flatMap((long) => cut(long, width))) {
      const line = lines.at(-1);
      const paintedWord = painted({ text: word, ...(paint === undefined ? {} : { paint }) });
      if (line !== undefined && line.length + 1 + word.length <= width) {
        line.words.push(paintedWord);
        line.length += 1 + word.length;
      } else lines.push({ words: [paintedWord], length: word.length });
    }
  }
  return lines.map(({ words }) => words.join(" "));
}

function cut(word: string, width: number): readonly string[] {
  const parts: string[] = [];
  let rest = word;
  while (rest.length > width) {
    const slash = rest.lastIndexOf("/", width);
    const end = slash > 0 ? slash : width;
    parts.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  return [...parts, rest];
}

function painted({ paint, text }: Piece): string {
  const shown = unglued(text);
  return paint === undefined || shown === "" ? shown : paint(shown);
}
