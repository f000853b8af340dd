/**
 * Text of others as a terminal can show it and does not obey it: control characters, line separators and marks of the
 * direction of writing as `\u{1b}`.
 */
export function escaped(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
}
