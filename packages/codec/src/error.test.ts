import { expect, test } from "vitest";

import { isOckamError, OckamError } from "./error.ts";

test("carries a code, facts and the cause", () => {
  const cause = new Error("below");
  const error = new OckamError("OCKAM_TEST", "it failed; try again", { cause, details: { port: 1 } });
  expect(error).toMatchObject({
    name: "OckamError",
    code: "OCKAM_TEST",
    message: "it failed; try again",
    cause,
  });
  expect(error.details).toEqual({ port: 1 });
});

test("is recognised, also when another copy of the package made it", () => {
  expect(isOckamError(new OckamError("OCKAM_TEST", ""))).toBe(true);
  expect(isOckamError(new OckamError("OCKAM_TEST", ""), "OCKAM_TEST")).toBe(true);
  expect(isOckamError(new OckamError("OCKAM_TEST", ""), "OCKAM_OTHER")).toBe(false);
  expect(isOckamError(new Error("plain"))).toBe(false);
  const foreign = Object.assign(new Error(""), { code: "OCKAM_TEST", [Symbol.for("ockam.error")]: true });
  expect(isOckamError(foreign, "OCKAM_TEST")).toBe(true);
});
