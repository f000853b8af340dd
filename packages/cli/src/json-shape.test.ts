import { describe, expect, test } from "vitest";

import { jsonMismatches } from "../testing/json-mismatches.ts";
import {
  anything,
  array,
  boolean,
  emptyArray,
  extended,
  literal,
  map,
  named,
  namedShapesIn,
  nullable,
  number,
  object,
  oneOf,
  optional,
  shapeText,
  string,
  withNote,
  type JsonShape,
} from "./json-shape.ts";

const PEER = named("Peer", { identifier: string() });
const LINK = named("Link", { peer: nullable(PEER), bytes: number() });

describe("the text of a shape", () => {
  test.each<[JsonShape, string]>([
    [string(), "string"],
    [anything("whatever"), "unknown"],
    [literal("Up", "Down", null), '"Up" | "Down" | null'],
    [array(literal("a", "b")), '("a" | "b")[]'],
    [emptyArray(), "[]"],
    [array(nullable(number())), "(number | null)[]"],
    [map(array(boolean())), "{ [name: string]: boolean[] }"],
    [object({ name: string(), pid: optional(number()) }), "{ name: string; pid?: number }"],
    [array(LINK), "Link[]"],
    [oneOf(LINK, array(LINK)), "Link | Link[]"],
    [extended(PEER, { at: string() }), "Peer & { at: string }"],
    [object({ at: number("ms"), ok: boolean() }), "{\n  at: number; // ms\n  ok: boolean;\n}"],
    [
      array(object({ inner: object({ at: withNote(string(), "ISO 8601") }) })),
      "{\n  inner: {\n    at: string; // ISO 8601\n  };\n}[]",
    ],
  ])("%#", (shape, text) => {
    expect(shapeText(shape)).toBe(text);
  });

  test("a long note comes before what it is about", () => {
    const note = "x".repeat(80);
    expect(shapeText(object({ at: number(note) }))).toBe(`{\n  // ${note}\n  at: number;\n}`);
  });

  test("a long choice has a line for each part", () => {
    const long = object({ at: number("ms") });
    expect(shapeText(oneOf(PEER, long))).toBe("Peer\n| {\n  at: number; // ms\n}");
  });

  test("a long object has a line for each member", () => {
    const names = Array.from({ length: 9 }, (_, at) => `member_${at}`);
    const shape = object(Object.fromEntries(names.map((name) => [name, string()])));
    expect(shapeText(shape).split("\n")).toEqual(["{", ...names.map((name) => `  ${name}: string;`), "}"]);
  });
});

test("named shapes are found once, each after those that name it", () => {
  const shape = object({ links: array(LINK), peer: optional(PEER), more: oneOf(LINK, extended(PEER, {})) });
  expect(namedShapesIn(shape)).toEqual([LINK, PEER]);
});

describe("what does not match", () => {
  test.each<[JsonShape, unknown, readonly string[]]>([
    [string(), "", []],
    [string(), 1, ["$ is 1 and not a string"]],
    [anything(), null, []],
    [anything(), undefined, ["$ is absent and not a value"]],
    [literal("a", 1), 1, []],
    [literal("a"), "b", ['$ is "b" and not ["a"]']],
    [nullable(number()), null, []],
    [array(number()), [1, "b"], ['$[1] is "b" and not a number']],
    [emptyArray(), [], []],
    [emptyArray(), [1], ["$[0] is 1 and not []"]],
    [array(number()), {}, ["$ is {} and not an array"]],
    [map(boolean()), { a: true, b: 0 }, ["$.b is 0 and not a boolean"]],
    [map(boolean()), [], ["$ is [] and not an object"]],
    [oneOf(number(), string()), "a", []],
    [oneOf(number(), string()), true, ["$ is true and not a number", "$ is true and not a string"]],
    [object({ a: number() }), null, ["$ is null and not an object"]],
    [object({ a: number() }), {}, ["$.a is absent and not a number"]],
    [object({ a: optional(number()) }), {}, []],
    [object({ a: optional(number()) }), { a: null }, ["$.a is null and not a number"]],
    [object({}), { b: 1 }, ["$.b is not documented"]],
    [extended(PEER, { at: number() }), { identifier: "I", at: 1 }, []],
    [PEER, { identifier: "I", at: 1 }, ["$.at is not documented"]],
  ])("%#", (shape, value, mismatches) => {
    expect(jsonMismatches(shape, value)).toEqual(mismatches);
  });
});
