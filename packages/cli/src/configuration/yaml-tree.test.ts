import fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  MAX_CONFIGURATION_DEPTH,
  MAX_CONFIGURATION_LENGTH,
  MAX_CONFIGURATION_VALUES,
  parseYaml,
  type Value,
} from "./yaml-tree.ts";

const SCALE = Math.max(1, Number(process.env["OCKAM_TEST_SCALE"] ?? 1));

function parse(text: string): unknown {
  return plain(parseYaml(text, "node.yaml"));
}

/** Without places, as JSON would have it. */
function plain(value: Value): unknown {
  if (value.kind === "scalar") return value.text;
  if (value.kind === "sequence") return value.items.map(plain);
  return Object.fromEntries(value.entries.map((entry) => [entry.key.text, plain(entry.value)]));
}

describe("values", () => {
  test.each([
    ["name: n1\ntcp-outlet:\n  db: {to: 5432}\n", { name: "n1", "tcp-outlet": { db: { to: "5432" } } }],
    ['{"name": "n1", "list": [1, "2"]}', { name: "n1", list: ["1", "2"] }],
    ["a: 0600\nb: no\nc: 1e3\nd: ~", { a: "0600", b: "no", c: "1e3", d: "~" }],
    ["a: |\n  x\n  y\nb: >\n  x\n  y\n", { a: "x\ny\n", b: "x y\n" }],
    ["a: &x {p: 1}\nb: *x\n", { a: { p: "1" }, b: { p: "1" } }],
    ["name: ${NAME:-n1}", { name: "${NAME:-n1}" }],
    ["", ""],
  ])("%j", (text, expected) => {
    expect(parse(text)).toEqual(expected);
  });

  test("have a place", () => {
    const root = parseYaml("name: n1\ntcp-outlet:\n  db: {to: 5432}\n", "node.yaml");
    const places: string[] = [];
    const visit = (value: Value): void => {
      if (value.kind === "scalar") places.push(`${value.text} ${value.place.line}:${value.place.column}`);
      if (value.kind === "sequence") value.items.forEach(visit);
      if (value.kind === "mapping") value.entries.forEach((entry) => [entry.key, entry.value].forEach(visit));
    };
    visit(root);
    expect(places).toEqual(["name 1:1", "n1 1:7", "tcp-outlet 2:1", "db 3:3", "to 3:8", "5432 3:12"]);
  });
});

describe("is refused at its place:", () => {
  test.each([
    ["name: n1\n  x: 1\n", "node.yaml:1:7: nested mappings are not allowed in compact mappings"],
    ["a:\n\tb: 1\n", "node.yaml:2:1: tabs are not allowed as indentation"],
    ["a: 1\nb: 2\na: 3\n", "node.yaml:3:1: a is here twice: line 1, too"],
    ["a: 1\n---\nb: 2\n", "node.yaml:2:1: there is more than one document"],
    ["a: !!int 3\n", "node.yaml:1:4: unresolved tag: tag:yaml.org,2002:int"],
    ["a: !!seq [1]\n", "node.yaml:1:10: tags such as tag:yaml.org,2002:seq have no meaning here"],
    ["? [1]\n: 2", "node.yaml:1:3: a key must be a word"],
    ["a: *x", "node.yaml:1:4: there is no anchor &x above"],
    ["a: &x [*x]", "node.yaml:1:8: there is no anchor &x above"],
    ["{name: ${NAME}}", "node.yaml:1:9: unexpected flow-map-start at node end"],
  ])("%j", (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });
});

function longList(length: number): string {
  return `[${Array.from({ length }, () => "a").join(",")}]`;
}

describe("bombs", () => {
  test("a text that is too long", () => {
    expect(() => parse(`# ${"x".repeat(MAX_CONFIGURATION_LENGTH)}`)).toThrow("longer than 256 KiB");
  });

  test.each(["[", "{", "- ", "? ", "a: ", "[{a: "])("nested without end: %j", (piece) => {
    const text = piece.repeat(65_536 / piece.length);
    expect(() => parse(text)).toThrow(`nested more than ${MAX_CONFIGURATION_DEPTH} levels deep`);
  });

  test("nested as deep as it may be", () => {
    const levels = MAX_CONFIGURATION_DEPTH;
    expect(() => parse(`${"[".repeat(levels)}${"]".repeat(levels)}`)).not.toThrow();
    expect(() => parse(`${"[".repeat(levels + 1)}${"]".repeat(levels + 1)}`)).toThrow("nested more than");
  });

  test("more values than anybody needs", () => {
    expect(() => parse(longList(MAX_CONFIGURATION_VALUES - 1))).not.toThrow();
    expect(() => parse(longList(MAX_CONFIGURATION_VALUES))).toThrow(
      `more than ${MAX_CONFIGURATION_VALUES} values`,
    );
  });

  test("aliases of aliases", () => {
    const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
    for (let level = 1; level < 20; level++) {
      const aliases = Array.from({ length: 10 }, () => `*a${level - 1}`).join(", ");
      lines.push(`a${level}: &a${level} [${aliases}]`);
    }
    expect(() => parse(lines.join("\n"))).toThrow(`more than ${MAX_CONFIGURATION_VALUES} values`);
  });
});

test("any text is read, or refused with a place", () => {
  const pieces = fc.constantFrom(
    "a",
    ": ",
    "- ",
    "{",
    "}",
    "[",
    "]",
    ",",
    "\n",
    "  ",
    "&x ",
    "*x",
    "'",
    '"',
    "!t ",
    "? ",
    "|",
    ">",
    "#",
    "%",
    "---",
    "\t",
    "\0",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(pieces).map((list) => list.join("")),
      ),
      (text) => {
        try {
          parseYaml(text, "node.yaml");
        } catch (error) {
          expect(error).toMatchObject({
            code: "OCKAM_CLI_INVALID_CONFIGURATION",
            message: expect.stringMatching(/^node\.yaml:\d+:\d+: ./),
          });
        }
      },
    ),
    { numRuns: 500 * SCALE },
  );
});
