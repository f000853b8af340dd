import { expect, test } from "vitest";

import { fitsIntoQuotes, parseShellLine, quoteForShell } from "./shell-line.ts";

const BREAKS = " \t\n\"'><=;|&(:";

test.each([
  ["ockam ", [""], "", false],
  ["ockam no", ["no"], "", false],
  ["ockam  node\tshow n", ["node", "show", "n"], "", false],
  ["ockam x --at=n", ["x", "--at=n"], "--at=", false],
  ["ockam x --to=tls://h", ["x", "--to=tls://h"], "--to=tls:", false],
  ["ockam x a:b c", ["x", "a:b", "c"], "", false],
  [`ockam x "a b`, ["x", "a b"], "", true],
  [`ockam x --at="n`, ["x", "--at=n"], "--at=", true],
  [`ockam x 'a\\b' c`, ["x", "a\\b", "c"], "", false],
  [`ockam x "a\\"b" c`, ["x", 'a"b', "c"], "", false],
  ["ockam x a\\ b", ["x", "a b"], "", false],
  ["ockam x a\\:b", ["x", "a:b"], "", false],
  [`ockam x "" c`, ["x", "", "c"], "", false],
  ["ockam x \\", ["x", ""], "", false],
  ["", [], "", false],
] as const)("%j", (line, words, kept, isQuoted) => {
  expect(parseShellLine(line, BREAKS)).toEqual({ words, kept, isQuoted });
});

test.each([
  ["/node/n1", "/node/n1"],
  ["é_1-2", "é_1-2"],
  ["a b", "a\\ b"],
  ["$(x)", "\\$\\(x\\)"],
  ["it's;`x`", "it\\'s\\;\\`x\\`"],
])("%s for bash", (text, quoted) => {
  expect(quoteForShell(text)).toBe(quoted);
});

test.each([
  ["/node/n1", true],
  ["a b; (c) <d>", true],
  ["$(x)", false],
  ["`x`", false],
  ['a"b', false],
  ["it's", false],
  ["a\\", false],
  ["a!b", false],
])("%s within quotes of bash", (text, fits) => {
  expect(fitsIntoQuotes(text)).toBe(fits);
});
