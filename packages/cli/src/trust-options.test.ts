import { isOckamError } from "@ockam/codec";
import { expect, test } from "vitest";

import { readTrustOptions } from "./trust-options.ts";
import type { TrustValues } from "./trust-options.ts";

function read(given: Partial<TrustValues>): unknown {
  const values = {
    project: undefined,
    authorityIdentity: undefined,
    authorityRoute: undefined,
    credentialScope: undefined,
    ...given,
  };
  try {
    return readTrustOptions(values);
  } catch (error) {
    return isOckamError(error, "OCKAM_CLI_USAGE") ? error.message : error;
  }
}

test("what goes together", () => {
  expect(read({})).toBeUndefined();
  expect(read({ project: "p" })).toEqual({ kind: "project", project: "p" });
  expect(read({ authorityIdentity: "8201\n" })).toEqual({ kind: "authority", authority: "8201" });
  expect(read({ authorityIdentity: "82", credentialScope: "s" })).toEqual({
    kind: "authority",
    authority: "82",
    scope: "s",
  });
  expect(
    read({ authorityIdentity: "82", credentialScope: "s", authorityRoute: "/ip4/1.2.3.4/tcp/1" }),
  ).toEqual({ kind: "authority", authority: "82", scope: "s", route: "/ip4/1.2.3.4/tcp/1" });
});

test("what does not is refused in the known words", () => {
  expect(read({ authorityRoute: "/r" })).toBe(
    "Authority address was provided but authority identity is unknown",
  );
  expect(read({ authorityRoute: "/r", authorityIdentity: "82" })).toBe(
    "Authority address was provided but credential scope was not provided",
  );
  expect(read({ credentialScope: "s" })).toBe("--credential-scope needs --authority-identity");
  for (const other of [{ authorityIdentity: "82" }, { authorityRoute: "/r" }, { credentialScope: "s" }])
    expect(read({ project: "p", ...other })).toBe("Both project_name and authority info are provided");
});
