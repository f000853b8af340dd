import {
  Composer,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  Parser,
  type CST,
  type ParsedNode,
} from "yaml";

import { configurationError, type Place } from "./place.ts";

/** The longest configuration that is read, in UTF-16 units. */
export const MAX_CONFIGURATION_LENGTH = 262_144;
/** How deep mappings and lists may be nested. A configuration needs five levels. */
export const MAX_CONFIGURATION_DEPTH = 32;
/** The most values, counting what an alias stands for each time that it is used. */
export const MAX_CONFIGURATION_VALUES = 20_000;

/** A value of a configuration, with its place. What type a scalar has is decided by whoever reads it. */
export type Value = Scalar | Mapping | Sequence;

/** A text as it is written. */
export interface Scalar {
  readonly kind: "scalar";
  readonly place: Place;
  readonly text: string;
  /** Without quotes: may be a truth value or nothing, too. */
  readonly plain: boolean;
}

/** Values by name. */
export interface Mapping {
  readonly kind: "mapping";
  readonly place: Place;
  readonly entries: readonly MappingEntry[];
}

/** One of them. */
export interface MappingEntry {
  readonly key: Scalar;
  readonly value: Value;
}

/** Values one after the other. */
export interface Sequence {
  readonly kind: "sequence";
  readonly place: Place;
  readonly items: readonly Value[];
}

/**
 * Reads YAML 1.2, and so JSON. Length, depth and the number of values are limited; tags, several documents in a text
 * and keys that are no scalars are refused.
 * @throws OckamError OCKAM_CLI_INVALID_CONFIGURATION with line and column
 */
export function parseYaml(text: string, source: string): Value {
  const lines = new LineCounter();
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { source, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  if (text.length > MAX_CONFIGURATION_LENGTH) {
    const most = MAX_CONFIGURATION_LENGTH / 1024;
    throw configurationError({ source, line: 1, column: 1 }, `the configuration is longer than ${most} KiB`);
  }
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  // Before anything recursive sees it.
  expectFlat(tokens, placeAt);
  // Every scalar stays a text: `0600`, `1e3` and `no` are what somebody typed for an option.
  const composer = new Composer({
    schema: "failsafe",
    version: "1.2",
    // Its own check compares every key with every other: seconds for a text of keys. See `expectOnce`.
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "silent",
  });
  const documents = [...composer.compose(tokens, true, text.length)];
  for (const { errors, warnings } of documents) {
    const [wrong] = [...errors, ...warnings];
    if (wrong !== undefined) throw configurationError(placeAt(wrong.pos[0]), sentence(wrong.message));
  }
  const [document, second] = documents;
  if (second !== undefined) {
    throw configurationError(
      placeAt(second.range[0]),
      "there is more than one document",
      "give one at a time",
    );
  }
  return new TreeReader(placeAt).read(document?.contents ?? null, 0);
}

class TreeReader {
  readonly #placeAt: (offset: number) => Place;
  readonly #anchors = new Map<string, { readonly value: Value; readonly size: number }>();
  #size = 0;

  constructor(placeAt: (offset: number) => Place) {
    this.#placeAt = placeAt;
  }

  read(node: ParsedNode | null, offset: number): Value {
    const place = this.#placeAt(node?.range[0] ?? offset);
    if (node === null) return { kind: "scalar", place, text: "", plain: true };
    if (isAlias(node)) {
      // An anchor is known when its value is complete: no value contains itself.
      const found = this.#anchors.get(node.source);
      if (found === undefined) throw configurationError(place, `there is no anchor &${node.source} above`);
      this.#count(found.size, place);
      return found.value;
    }
    if (node.tag !== undefined) {
      throw configurationError(place, `tags such as ${node.tag} have no meaning here`, "leave it out");
    }
    const before = this.#size;
    this.#count(1, place);
    const value = this.#readValue(node, place);
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, { value, size: this.#size - before });
    return value;
  }

  #readValue(node: Exclude<ParsedNode, { source: string; tag?: never }>, place: Place): Value {
    if (isScalar(node)) {
      return { kind: "scalar", place, text: node.source, plain: node.type === "PLAIN" };
    }
    if (isSeq(node)) {
      return { kind: "sequence", place, items: node.items.map((item) => this.read(item, node.range[0])) };
    }
    if (!isMap(node)) throw configurationError(place, "this is neither a value nor a mapping nor a list");
    const entries = node.items.map(({ key, value }) => {
      const read = this.read(key, node.range[0]);
      if (read.kind !== "scalar") throw configurationError(read.place, "a key must be a word");
      return { key: read, value: this.read(value, key.range[1]) };
    });
    expectOnce(entries.map(({ key }) => key));
    return { kind: "mapping", place, entries };
  }

  #count(size: number, place: Place): void {
    this.#size += size;
    if (this.#size <= MAX_CONFIGURATION_VALUES) return;
    throw configurationError(place, `the configuration has more than ${MAX_CONFIGURATION_VALUES} values`);
  }
}

function expectOnce(keys: readonly Scalar[]): void {
  const known = new Map<string, Place>();
  for (const { text, place } of keys) {
    const first = known.get(text);
    if (first !== undefined)
      throw configurationError(place, `${text} is here twice: line ${first.line}, too`);
    known.set(text, place);
  }
}

function expectFlat(tokens: readonly CST.Token[], placeAt: (offset: number) => Place): void {
  const open = tokens.map((token): { token: CST.Token; depth: number } => ({ token, depth: 0 }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { token, depth } = next;
    if (depth > MAX_CONFIGURATION_DEPTH) {
      throw configurationError(
        placeAt(token.offset),
        `nested more than ${MAX_CONFIGURATION_DEPTH} levels deep`,
      );
    }
    for (const inner of tokensIn(token)) open.push({ token: inner, depth: depth + 1 });
  }
}

function tokensIn(token: CST.Token): readonly CST.Token[] {
  if (token.type === "document") return token.value === undefined ? [] : [token.value];
  if (!("items" in token)) return [];
  return token.items.flatMap(({ key, value }) =>
    [key, value].filter((one) => one !== undefined && one !== null),
  );
}

/** The library's first line, which begins with a capital and may end with a full stop. */
function sentence(message: string): string {
  const [line = ""] = message.split("\n");
  return line.replace(/^[A-Z](?=[a-z ])/, (letter) => letter.toLowerCase()).replace(/\.$/, "");
}
