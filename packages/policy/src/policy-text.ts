// Places in the text of a policy, and what makes text unfit to be one whatever its form.
import { OckamError } from "@ockam/codec";

import { MAX_POLICY_LENGTH } from "./constants.ts";
import { POLICY_ERROR_CODES, tooLarge } from "./policy-error.ts";

// Characters that make a text look different from what it says, and halves of characters.
const UNREADABLE = /[\p{Bidi_Control}\u206c\p{Cs}]/u;

const MAX_EXCERPT = 200;

/** Why text could not be read, and where. */
export interface ParseFailure {
  /** Where, counted in characters from 0. */
  readonly offset: number;
  readonly reason: string;
  /** The part before and the part after the place up to which the text makes sense, if there is one. */
  readonly parts?: { readonly parsed: string; readonly rest: string };
}

/**
 * Checks what every policy's text must be: not too long, and without characters that reorder what a reader sees.
 * @throws OckamError OCKAM_POLICY_TOO_LARGE, OCKAM_POLICY_INVALID_EXPRESSION
 */
export function checkText(text: string): void {
  if (text.length > MAX_POLICY_LENGTH) {
    throw tooLarge(`has ${text.length} characters`, MAX_POLICY_LENGTH, "split it");
  }
  const offset = text.search(UNREADABLE);
  if (offset < 0) return;
  const failure: ParseFailure = { offset, reason: describe(text.codePointAt(offset)!) };
  throw invalidExpression(text, failure, describeFailure(text, failure));
}

/** What a failure says, with its place. */
export function describeFailure(text: string, { offset, reason, parts }: ParseFailure): string {
  const place = placeOf(text, offset);
  const where = `line ${place.line}, column ${place.column}: ${reason}`;
  if (parts === undefined) return where;
  const [parsed, rest] = [excerpt(parts.parsed, "end"), excerpt(parts.rest, "start")];
  return `successfully parsed: \`${parsed}\`, but \`${rest}\` cannot be parsed (${where})`;
}

/** Text for a message: of a long one only the start or the end. */
export function excerpt(text: string, side: "start" | "end"): string {
  if (text.length <= MAX_EXCERPT) return text;
  return side === "start" ? `${text.slice(0, MAX_EXCERPT)}…` : `…${text.slice(-MAX_EXCERPT)}`;
}

/** The error that points at the place of `failure`. */
export function invalidExpression(text: string, failure: ParseFailure, message: string): OckamError {
  const { offset, parts } = failure;
  return new OckamError(POLICY_ERROR_CODES.invalidExpression, message, {
    details: { offset, ...placeOf(text, offset), ...parts },
  });
}

function describe(code: number): string {
  if (code >= 0xd800 && code <= 0xdfff) return "half of a character (an unpaired surrogate)";
  const hex = code.toString(16);
  return `the invisible character U+${hex.toUpperCase().padStart(4, "0")}; within a string of a full policy expression write \\u{${hex}}`;
}

/** Line and column of an offset, both counted from 1, columns in characters of the text. */
function placeOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset);
  return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
}
