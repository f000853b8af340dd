import { expect, test } from "vitest";

import { parseHost } from "./host.ts";

test.each([
  ["kafka.local", "kafka.local"],
  ["10.0.0.1", "10.0.0.1"],
  ["::1", "::1"],
  ["[2001:db8::1]", "2001:db8::1"],
  [`${"a".repeat(63)}.b`, `${"a".repeat(63)}.b`],
])("%j is a host", (text, host) => {
  expect(parseHost(text)).toBe(host);
});

test.each(["", "kafka.local:4000", "a b", "[::1]:4000", "tls://a", "a/b", "a".repeat(64), "a.".repeat(127)])(
  "%j is none",
  (text) => {
    expect(() => parseHost(text)).toThrow("is not a host");
  },
);
