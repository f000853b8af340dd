import { expect, test } from "vitest";

import { isOckamError, OckamError } from "./error.ts";

test("an error has a code, facts and a cause", () => {
  const cause = new RangeError("below");
  const error = new OckamError("OCKAM_TEST_FAILED", "what, and what next", { cause, details: { length: 3 } });
  expect(error).toBeInstanceOf(Error);
  expect(String(error)).toBe("OckamError: what, and what next");
  expect(error.code).toBe("OCKAM_TEST_FAILED");
  expect(error.details).toEqual({ length: 3 });
  expect(error.cause).toBe(cause);
  expect("cause" in new OckamError("OCKAM_TEST_FAILED", "no cause")).toBe(false);
});

test("it is recognized, by code if wanted", () => {
  const error = new OckamError("OCKAM_TEST_FAILED", "text");
  expect(isOckamError(error)).toBe(true);
  expect(isOckamError(error, "OCKAM_TEST_FAILED")).toBe(true);
  expect(isOckamError(error, "OCKAM_TEST_OTHER")).toBe(false);
});

test("so is one of another copy of the package, and nothing else", () => {
  const foreign = Object.assign(new Error("text"), { code: "OCKAM_TEST_FAILED" });
  expect(isOckamError(foreign)).toBe(false);
  Object.defineProperty(foreign, Symbol.for("ockam.error"), { value: true });
  expect(isOckamError(foreign, "OCKAM_TEST_FAILED")).toBe(true);
  for (const other of [undefined, null, "OckamError", {}, { code: "OCKAM_TEST_FAILED" }]) {
    expect(isOckamError(other)).toBe(false);
  }
});
