import { expect, test } from "vitest";

import { parseTrustedIdentities } from "./trusted-identities.ts";

const ID = `I${"0a".repeat(32)}`;

test("trusted identities and their attributes", () => {
  expect(parseTrustedIdentities("{}")).toEqual({});
  expect(parseTrustedIdentities(`{" ${ID.toUpperCase()} ":{"ockam-role":"enroller"}}`)).toEqual({
    [ID]: { "ockam-role": "enroller" },
  });
});

test.each([
  ["{", "is no JSON"],
  [`["${ID}"]`, "expected a JSON object"],
  ["null", "expected a JSON object"],
  ['{"Iabc":{}}', "'Iabc' in --trusted-identities is not an identifier"],
  [`{"${ID}":["a"]}`, `the attributes of ${ID} expected a JSON object`],
  [`{"${ID}":{"a":1}}`, `the attribute a of ${ID} is not a text`],
])("what is not that is refused: %s", (text, message) => {
  expect(() => parseTrustedIdentities(text)).toThrow(message);
});
