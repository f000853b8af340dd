import { expect, test } from "vitest";

import { escapedMarkdown, plainText, textBlocks } from "./markup.ts";

test("paragraphs and blocks of code", () => {
  const text = "One\ntwo.\n\n```sh\nockam a\n\nockam b\n```\n\nThree.";
  expect(textBlocks(text)).toEqual([
    { kind: "paragraph", text: "One two." },
    { kind: "code", text: "ockam a\n\nockam b" },
    { kind: "paragraph", text: "Three." },
  ]);
});

test.each([
  ["give `--all`, or [none](x.md)", "give --all, or none"],
  ["see [protocol/trust.md](protocol/trust.md#who)", "see docs/protocol/trust.md"],
  ["`a` and `b`", "a and b"],
])("plain text of %s", (markdown, text) => {
  expect(plainText(markdown)).toBe(text);
});

test.each([
  ["authority-<id>, or * for any", "authority-\\<id>, or \\* for any"],
  ["`a*<b>` and <c>", "`a*<b>` and \\<c>"],
  ["[a](b.md)", "[a](b.md)"],
])("escaped: %s", (text, escaped) => {
  expect(escapedMarkdown(text)).toBe(escaped);
});
