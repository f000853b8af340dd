import { expect, test } from "vitest";

import { brokerPorts } from "./broker-ports.ts";
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

test.each([
  [4000, undefined, [4001, 4100]],
  [65_500, undefined, [65_501, 65_535]],
  [0, undefined, [0, 0]],
  [0, [1, 2], [1, 2]],
  [4000, [4001, 4002], [4001, 4002]],
  [4000, [3998, 3999], [3998, 3999]],
] as const)("an inlet at port %j that is asked for %j gives brokers %j", (port, asked, range) => {
  expect(brokerPorts(port, asked)).toEqual(range);
});

test.each([
  [4000, [4000, 4100]],
  [4000, [3900, 4000]],
  [65_535, [65_000, 65_535]],
  [65_535, undefined],
] as const)("an inlet at port %j has no ports %j for brokers, and says what it would take", (port, asked) => {
  let hint: unknown;
  try {
    brokerPorts(port, asked);
  } catch (error) {
    ({ hint } = (error as { details: { hint?: unknown } }).details);
  }
  const range = /(\d+-\d+)/.exec(String(hint))?.[1];
  if (asked === undefined) expect(hint).toContain("--brokers-port-range");
  else expect(brokerPorts(port, parsePortRange(range!))).toEqual(parsePortRange(range!));
});
