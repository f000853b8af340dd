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

/** A control character, maybe with what makes it a colour of a `Style`; line separators; marks of the direction. */
const CONTROL =
  /\p{Cc}(\[(?:0|2|33|38;2;\d{1,3};\d{1,3};\d{1,3})m)?|[\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Whole lines as they go to a terminal: with the colours of a `Style`, whatever else was put into them is only shown. */
export function escapedLines(text: string): string {
  return text.replaceAll(CONTROL, (found, colour?: string) => {
    const isOurs = /^[\n\t]/.test(found) || (colour !== undefined && found.startsWith("\u001b"));
    return isOurs ? found : escaped(found);
  });
}
