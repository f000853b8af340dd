import fc from "fast-check";
import { expect, test } from "vitest";

import { defaultTimeout } from "./default-timeout.ts";
import { parseDuration } from "./duration.ts";

test.each([
  ["0", 0],
  ["5", 5000],
  ["500ms", 500],
  ["10s", 10_000],
  ["5m", 300_000],
  ["2h", 7_200_000],
  ["1d", 86_400_000],
])("%s is %d ms", (text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds);
});

// Rust's command takes the second one for 5 s.
test.each(["", "x5s", "5 s", "5S", "-1s", "1.5s", "5w", "s", "1234567890123"])(
  "%j is no duration",
  (text) => {
    expect(() => parseDuration(text)).toThrow("is not a duration");
  },
);

test("any text is a duration or a usage error", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), (text) => {
      try {
        expect(parseDuration(text)).toBeGreaterThanOrEqual(0);
      } catch (error) {
        expect(error).toMatchObject({ code: "OCKAM_CLI_USAGE" });
      }
    }),
  );
});

test("requests take 120 s unless the environment says otherwise", () => {
  expect(defaultTimeout({})).toBe(120_000);
  expect(defaultTimeout({ OCKAM_DEFAULT_TIMEOUT: "5m" })).toBe(300_000);
  expect(() => defaultTimeout({ OCKAM_DEFAULT_TIMEOUT: "soon" })).toThrow("'soon' is not a duration");
});
