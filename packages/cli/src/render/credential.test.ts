import { Attributes } from "@ockam/credentials";
import { expect, test } from "vitest";

import { attributesText } from "./credential.ts";

test("attributes are one line that no terminal obeys, whatever an authority put into them", () => {
  expect(attributesText(Attributes.of({ city: 'Paris "7e"', "": "é" }))).toBe(
    '{"": "é", "city": "Paris \\"7e\\""}',
  );
  const hostile = Attributes.of({ "a\n\u001b[31m": "\u007f\u009b31m\u202e\u2028" });
  expect(attributesText(hostile)).toBe('{"a\\n\\u001b[31m": "\\u{7f}\\u{9b}31m\\u{202e}\\u{2028}"}');
  expect(attributesText(new Attributes([["a", new Uint8Array([0xff])]]))).toBe('{"a": "**binary**"}');
});
