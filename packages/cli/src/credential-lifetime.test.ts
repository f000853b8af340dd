import { expect, test } from "vitest";

import { credentialLifetime } from "./credential-lifetime.ts";

test("a lifetime is the given one, else that of the environment, in whole seconds", () => {
  expect(credentialLifetime(undefined, {})).toBeUndefined();
  expect(credentialLifetime(90_500, { CREDENTIAL_TTL_SECS: "10" })).toBe(91);
  expect(credentialLifetime(undefined, { CREDENTIAL_TTL_SECS: "10" })).toBe(10);
  expect(credentialLifetime(undefined, { CREDENTIAL_TTL_SECS: "2m" })).toBe(120);
});

test.each([
  [999, {}],
  [91 * 86_400_000, {}],
  [undefined, { CREDENTIAL_TTL_SECS: "0" }],
  [undefined, { CREDENTIAL_TTL_SECS: "soon" }],
])("%s with %o is refused", (given, env) => {
  expect(() => credentialLifetime(given, env)).toThrow(expect.objectContaining({ code: "OCKAM_CLI_USAGE" }));
});
