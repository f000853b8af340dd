import { expect, test } from "vitest";

import { glyphsOf } from "../glyphs.ts";
import { drawTree, glued, wrapped, type TreeItem } from "./tree.ts";

const UTF8 = glyphsOf({ LANG: "C.UTF-8" });
const ITEMS: readonly TreeItem[] = [
  {
    key: { text: "a" },
    value: [{ text: "one two three four five six seven" }],
    items: [{ key: { text: "b" } }],
  },
  { key: { text: "long" }, value: [{ text: "x" }] },
  { key: { text: "last" }, items: [{ key: { text: "c" }, value: [{ text: "" }] }] },
];

test("values are aligned, wrapped, and above what is below them", () => {
  expect(drawTree(ITEMS, UTF8, 32)).toEqual([
    "├─ a     one two three four five",
    "│  │     six seven",
    "│  └─ b",
    "├─ long  x",
    "└─ last",
    "   └─ c",
  ]);
});

test("in plain ASCII where the language has no UTF-8, or the terminal is dumb", () => {
  for (const env of [
    { LANG: "C" },
    { LANG: "en_US.UTF-8", LC_ALL: "POSIX" },
    { LANG: "en_US.UTF-8", TERM: "dumb" },
  ])
    expect(drawTree(ITEMS, glyphsOf(env), 80).slice(-3)).toEqual(["|- long  x", "`- last", "   `- c"]);
  for (const env of [{}, { LANG: "de_DE.utf8" }, { LANG: "C", LC_ALL: "C.UTF-8" }])
    expect(glyphsOf(env)).toBe(UTF8);
});

test("a word that is too long is broken at a slash, or anywhere; what is glued stays together", () => {
  expect(wrapped([{ text: "to /service/forward_to_b/secure/api" }], 20)).toEqual([
    "to /service",
    "/forward_to_b/secure",
    "/api",
  ]);
  expect(wrapped([{ text: "abcdefghij" }], 4)).toEqual(["abcd", "efgh", "ij"]);
  expect(wrapped([{ text: `sent ${glued("1.2 MB")}` }], 8)).toEqual(["sent", "1.2 MB"]);
});

test("each word is painted for itself, so that no colour runs over an edge", () => {
  expect(wrapped([{ text: "one two", paint: bracketed }, { text: "three" }], 8)).toEqual([
    "<one> <two>",
    "three",
  ]);
});

function bracketed(text: string): string {
  return `<${text}>`;
}
