import { stripVTControlCharacters } from "node:util";

import { expect, test } from "vitest";

import { coloured } from "./json-colours.ts";
import { createStyle } from "./style.ts";

const style = createStyle(true);
const value = (json: string): string => style.busy(json);
const name = (json: string): string => style.name(json);
const text = (json: string): string => style.up(json);

test.each([
  ['{"a":"b"}', `{${name('"a"')}:${text('"b"')}}`],
  ['{\n  "a": -1.5e+3,', `{\n  ${name('"a"')}: ${value("-1.5e+3")},`],
  ["[true,false,null,0]", `[${["true", "false", "null", "0"].map((json) => value(json)).join(",")}]`],
  [String.raw`"a\": true, \\"`, text(String.raw`"a\": true, \\"`)],
  ['["1: null"]', `[${text('"1: null"')}]`],
])("%j", (json, expected) => {
  expect(coloured(json, style)).toBe(expected);
  expect(stripVTControlCharacters(coloured(json, style))).toBe(json);
  expect(coloured(json, createStyle(false))).toBe(json);
});
