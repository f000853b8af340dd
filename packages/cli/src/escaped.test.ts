import { expect, test } from "vitest";

import { escaped, escapedLines } from "./escaped.ts";
import { createStyle } from "./style.ts";

const HOSTILE = [
  ["to go up and clear a line", "a\u001b[1A\u001b[2Kb", "a\\u{1b}[1A\\u{1b}[2Kb"],
  ["to fill the clipboard", "\u001b]52;c;eA==\u0007", "\\u{1b}]52;c;eA==\\u{7}"],
  ["in one character", "\u009b2J", "\\u{9b}2J"],
  ["to hide what follows", "\u001b[8mx", "\\u{1b}[8mx"],
  ["to write over the line", "good\rbad\b\u007f", "good\\u{d}bad\\u{8}\\u{7f}"],
  ["to turn the text around", "a\u202eb\u2066", "a\\u{202e}b\\u{2066}"],
] as const;

test.each(HOSTILE)("what tells a terminal %s is shown", (_what, text, shown) => {
  expect(escaped(text)).toBe(shown);
  expect(escapedLines(text)).toBe(shown);
});

test("lines keep their ends, tabs and colours", () => {
  const style = createStyle(true);
  const lines = [
    style.success(`a\t${style.name("b")}`),
    style.dim("c"),
    style.busy("d"),
    style.error("e"),
  ].join("\n");
  expect(escapedLines(lines)).toBe(lines);
  expect(escapedLines(style.warning(`${style.up("UP")} ${style.down("DOWN")}`))).not.toContain("\\u{");
});
