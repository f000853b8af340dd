import { expect, test } from "vitest";

import { parsePortRange } from "./port-range.ts";

test.each([
  ["1-65535", [1, 65_535]],
  ["4001-4001", [4001, 4001]],
])("%j is a range", (text, range) => {
  expect(parsePortRange(text)).toEqual(range);
});

test.each(["", "4001", "4001-", "-4001", "0-1", "1-65536", "2-1", "1-2-3", "a-b", "1 - 2"])(
  "%j is none",
  (text) => {
    expect(() => parsePortRange(text)).toThrow(expect.objectContaining({ code: "OCKAM_CLI_USAGE" }));
  },
);
