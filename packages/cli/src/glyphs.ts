/** What is drawn besides text. */
export interface Glyphs {
  readonly success: string;
  readonly error: string;
  readonly row: string;
  readonly rule: string;
  /** In front of the items of a tree, of the last one, and of what is below them. All are as wide. */
  readonly branch: string;
  readonly lastBranch: string;
  readonly trunk: string;
  readonly noTrunk: string;
  readonly arrow: string;
  /** In place of what is left out. */
  readonly ellipsis: string;
  /** What turns while something is under way. */
  readonly spinner: readonly string[];
  /** In a list: where the keyboard is, one that is chosen of several or not, one that Enter would choose or not. */
  readonly pointer: string;
  readonly chosen: string;
  readonly notChosen: string;
  readonly marked: string;
  readonly notMarked: string;
  readonly upAndDown: string;
}

const UNICODE: Glyphs = {
  success: "✔",
  error: "✗",
  row: "│",
  rule: "─",
  branch: "├─ ",
  lastBranch: "└─ ",
  trunk: "│  ",
  noTrunk: "   ",
  arrow: "→",
  ellipsis: "…",
  spinner: ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"],
  pointer: "›",
  chosen: "◉",
  notChosen: "◯",
  marked: "●",
  notMarked: "○",
  upAndDown: "↑↓",
};

const ASCII: Glyphs = {
  success: "+",
  error: "x",
  row: "|",
  rule: "-",
  branch: "|- ",
  lastBranch: "`- ",
  trunk: "|  ",
  noTrunk: "   ",
  arrow: "->",
  ellipsis: "...",
  spinner: ["|", "/", "-", "\\"],
  pointer: ">",
  chosen: "[x]",
  notChosen: "[ ]",
  marked: "(*)",
  notMarked: "( )",
  upAndDown: "up and down",
};

/**
 * Plain ASCII where the terminal is dumb or the language of the environment has another encoding than UTF-8, as LANG=C;
 * box-drawing characters elsewhere, also where nothing is said of the language.
 */
export function glyphsOf(env: NodeJS.ProcessEnv): Glyphs {
  const language = [env["LC_ALL"], env["LC_CTYPE"], env["LANG"]].find((value) => (value ?? "") !== "");
  const isPlain = language !== undefined && !/utf-?8/i.test(language);
  return isPlain || env["TERM"] === "dumb" ? ASCII : UNICODE;
}

/** Those of a terminal that has all of them. */
export const ALL_GLYPHS: Glyphs = UNICODE;
