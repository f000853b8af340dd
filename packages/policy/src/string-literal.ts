// Strings in the full form. docs/protocol/policies.md, "Tokens".
import { concatBytes, decodeUtf8, encodeUtf8, isOckamError } from "@ockam/codec";

/** A string that was read, or why it is none and where. */
export type StringLiteral =
  | { readonly value: string; readonly end: number }
  | { readonly reason: string; readonly offset: number };

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["t", "\t"],
  ["n", "\n"],
  ["r", "\r"],
  ['"', '"'],
  ["'", "'"],
  ["\\", "\\"],
]);
const WRITTEN: ReadonlyMap<string, string> = new Map([
  ["\t", "\\t"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ['"', '\\"'],
  ["\\", "\\\\"],
]);
// No control characters, quotation marks or backslashes.
const PLAIN = /[ !#-[\]-~\u0080-\u{10ffff}]+/uy;
const BYTE = /\\([0-9a-fA-F]{2})/y;
const CODE_POINT = /\\u\{([0-9a-fA-F]+(?:_[0-9a-fA-F]+)*)\}/y;
const MAX_CODE_POINT = 0x10ffff;

// What Rust's debug form of a string does not show as it is: everything without a shape of its own.
const ESCAPED = /["\\\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Grapheme_Extend}]|(?! )\p{Zs}/gu;

/** Reads the string whose opening quotation mark is at `start`. */
export function readString(text: string, start: number): StringLiteral {
  const parts: Uint8Array[] = [];
  let offset = start + 1;
  for (;;) {
    const character = text[offset];
    if (character === undefined) return { reason: "this string does not end", offset: start };
    if (character === '"') break;
    const part = character === "\\" ? readEscape(text, offset) : readPlain(text, offset);
    if (part === undefined) return { reason: describe(character), offset };
    parts.push(part.bytes);
    offset = part.end;
  }
  try {
    return { value: decodeUtf8(concatBytes(...parts)), end: offset + 1 };
  } catch (error) {
    if (!isOckamError(error)) throw error;
    return { reason: "the bytes of this string are not UTF-8", offset: start };
  }
}

/** A string with its quotation marks and escapes, as Rust's debug form writes it, except for U+0000: `\u{0}`. */
export function formatString(value: string): string {
  const written = value.replace(
    ESCAPED,
    (character) => WRITTEN.get(character) ?? `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
  return `"${written}"`;
}

interface Part {
  readonly bytes: Uint8Array;
  readonly end: number;
}

function readPlain(text: string, offset: number): Part | undefined {
  const match = matchAt(PLAIN, text, offset);
  return match === null ? undefined : { bytes: encodeUtf8(match[0]), end: offset + match[0].length };
}

function readEscape(text: string, offset: number): Part | undefined {
  const simple = ESCAPES.get(text[offset + 1] ?? "");
  if (simple !== undefined) return { bytes: encodeUtf8(simple), end: offset + 2 };
  const byte = matchAt(BYTE, text, offset);
  if (byte !== null) return { bytes: Uint8Array.of(Number.parseInt(byte[1]!, 16)), end: offset + 3 };
  const match = matchAt(CODE_POINT, text, offset);
  if (match === null) return undefined;
  const code = Number.parseInt(match[1]!.replaceAll("_", ""), 16);
  if (code > MAX_CODE_POINT || (code >= 0xd800 && code <= 0xdfff)) return undefined;
  return { bytes: encodeUtf8(String.fromCodePoint(code)), end: offset + match[0].length };
}

function describe(character: string): string {
  return character === "\\"
    ? "an escape that is none of \\t \\n \\r \\\" \\' \\\\ \\hh \\u{hex}"
    : "a control character within a string; write it as an escape";
}

function matchAt(sticky: RegExp, text: string, offset: number): RegExpExecArray | null {
  sticky.lastIndex = offset;
  return sticky.exec(text);
}
