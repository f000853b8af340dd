import fc from "fast-check";

/** Short text with characters of one to four bytes; `fc.string` knows more, and takes seconds to load its tables. */
export const arbitraryText: fc.Arbitrary<string> = fc
  .array(fc.constantFrom("a", "Z", "\0", "\u007f", "é", "綠", "\ufeff", "🦊"), { maxLength: 6 })
  .map((characters) => characters.join(""));
