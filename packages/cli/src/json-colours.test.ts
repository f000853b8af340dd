import { stripVTControlCharacters } from "node:util";

import { expect, test } from "vitest";

import { coloured } from "./json-colours.ts";
import { createStyle } from "./style.ts";

const { busy: value, name, up: text } = createStyle(true);

test.each([
  ['{"a":"b"}', `{${name('"a"')}:${text('"b"')}}`],
  ['{\n  "a": -1.5e+3,', `{\n  ${name('"a"')}: ${value("-1.5e+3")},`],
  ["[true,false,null,0]", `[${["true", "false", "null", "0"].map(value).join(",")}]`],
  [String.raw`"a\": true, \\"`, text(String.raw`"a\": true, \\"`)],
  ['["1: null"]', `[${text('"1: null"')}]`],
])("%j", (json, expected) => {
  expect(coloured(json, createStyle(true))).toBe(expected);
  expect(stripVTControlCharacters(coloured(json, createStyle(true)))).toBe(json);
  expect(coloured(json, createStyle(false))).toBe(json);
});
