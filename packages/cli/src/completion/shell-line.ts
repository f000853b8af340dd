/** A command line as bash has it, up to the cursor. */
export interface ShellLine {
  /** Its words as a program gets them, without the first one; the last one is where the cursor is. */
  readonly words: readonly string[];
  /** What of the last word bash leaves alone: it replaces what is behind the last of its word breaks. */
  readonly kept: string;
  /** Whether the cursor is within quotes, where nothing needs a backslash. */
  readonly isQuoted: boolean;
}

/** Takes a command line apart. `breaks`: what begins a new word for bash's completion, `COMP_WORDBREAKS`. */
export function parseShellLine(line: string, breaks: string): ShellLine {
  const words: string[] = [];
  let word: string | undefined;
  let kept = "";
  let quote = "";
  for (let at = 0; at < line.length; at++) {
    const character = line[at]!;
    if (quote === "" && /[ \t\n]/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      kept = "";
      continue;
    }
    word ??= "";
    if (character === quote) {
      quote = "";
    } else if (quote === "" && (character === "'" || character === '"')) {
      quote = character;
      kept = word;
    } else if (character === "\\" && quote !== "'") {
      word += line[++at] ?? "";
    } else {
      word += character;
      if (quote === "" && breaks.includes(character)) kept = word;
    }
  }
  return { words: [...words, word ?? ""].slice(1), kept, isQuoted: quote !== "" };
}

/** A text as bash reads it outside of quotes. */
export function quoteForShell(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N}_@%+=:,./-]/gu, (character) => `\\${character}`);
}

/** Whether bash takes a text in quotes of either kind for nothing but itself. */
export function fitsIntoQuotes(text: string): boolean {
  return !/["'\\$`!]/.test(text);
}
