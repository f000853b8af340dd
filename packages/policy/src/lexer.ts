// Cuts the text of a full policy expression into tokens, those of the WebAssembly text format.
// docs/protocol/policies.md, "Tokens".
import type { Expression } from "./expression.ts";
import { isPlainName } from "./identifier-name.ts";
import { readNumber } from "./number-literal.ts";
import { excerpt } from "./policy-text.ts";
import type { ParseFailure } from "./policy-text.ts";
import { readString } from "./string-literal.ts";

/** A piece of text that means something: a parenthesis or a bracket, or a term. */
export interface Token {
  readonly offset: number;
  readonly content: "(" | ")" | "[" | "]" | Expression;
}

const BLANK = /[ \t\r\n]+/y;
const LINE_COMMENT = /;;[^\n]*/y;
// What may stand in a word. A string may be part of one, and then, but for $"name", makes it invalid.
const WORD = /[0-9A-Za-z!#$%&'*+\-./:<=>?@\\^_`|~]+/y;

/** The tokens of a text, or the first place where there is none. */
export function tokenize(text: string): readonly Token[] | ParseFailure {
  const tokens: Token[] = [];
  let offset = 0;
  while (offset < text.length) {
    const skipped = skip(text, offset);
    if (typeof skipped !== "number") return skipped;
    if (skipped > offset) {
      offset = skipped;
      continue;
    }
    const character = text[offset]!;
    if (character === "(" || character === ")" || character === "[" || character === "]") {
      tokens.push({ offset, content: character });
      offset += 1;
      continue;
    }
    const word = readWord(text, offset);
    if ("reason" in word) return word;
    tokens.push({ offset, content: word.term });
    offset = word.end;
  }
  return tokens;
}

/** The offset after white space or a comment at `offset`. */
function skip(text: string, offset: number): number | ParseFailure {
  for (const pattern of [BLANK, LINE_COMMENT]) {
    pattern.lastIndex = offset;
    const match = pattern.exec(text);
    if (match !== null) return offset + match[0].length;
  }
  return text.startsWith("(;", offset) ? skipBlockComment(text, offset) : offset;
}

function skipBlockComment(text: string, start: number): number | ParseFailure {
  let depth = 0;
  for (let offset = start; offset < text.length; offset++) {
    const pair = text.slice(offset, offset + 2);
    if (pair === "(;") depth += 1;
    else if (pair === ";)") depth -= 1;
    else continue;
    offset += 1;
    if (depth === 0) return offset + 1;
  }
  return { offset: start, reason: "this comment does not end" };
}

type Word = { readonly term: Expression; readonly end: number } | ParseFailure;

function readWord(text: string, start: number): Word {
  const word = wordAt(text, start);
  const after = start + word.length;
  if (text[after] !== '"') {
    if (word !== "") return readPlainWord(word, start);
    return { offset: start, reason: `a character that has no meaning here: ${describe(text, start)}` };
  }
  const literal = readString(text, after);
  if ("reason" in literal) return literal;
  const end = literal.end;
  if (text[end] === '"' || wordAt(text, end) !== "" || (word !== "" && word !== "$")) {
    return {
      offset: start,
      reason: "a string that touches what is before or after it; put a blank between them",
    };
  }
  if (word === "") return { term: { kind: "string", value: literal.value }, end };
  return named(literal.value, start, end);
}

function readPlainWord(word: string, start: number): Word {
  const end = start + word.length;
  const number = readNumber(word);
  if (number?.kind === "error") return { offset: start, reason: number.reason };
  if (number !== undefined) return { term: number, end };
  if (word === "true" || word === "false") return { term: { kind: "boolean", value: word === "true" }, end };
  if (word.startsWith("$") || word.startsWith("@")) return named(word.slice(1), start, end);
  if (word.startsWith("'")) {
    return {
      offset: start,
      reason: `\`${excerpt(word, "start")}\` is no identifier; strings have double quotation marks`,
    };
  }
  return named(word, start, end);
}

/** An identifier. One that would not be read as itself when it is written down is none. */
function named(name: string, start: number, end: number): Word {
  if (isPlainName(name)) return { term: { kind: "identifier", name }, end };
  return { offset: start, reason: `\`${excerpt(name, "start")}\` is no identifier` };
}

function wordAt(text: string, offset: number): string {
  WORD.lastIndex = offset;
  return WORD.exec(text)?.[0] ?? "";
}

function describe(text: string, offset: number): string {
  const character = String.fromCodePoint(text.codePointAt(offset)!);
  return /^[!-~]$/.test(character) ? `\`${character}\`` : `U+${hex(character)}`;
}

function hex(character: string): string {
  return character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
}
