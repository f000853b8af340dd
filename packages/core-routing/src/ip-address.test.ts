import { isIPv4, isIPv6 } from "node:net";

import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { formatIp4, formatIp6, parseIp4, parseIp6 } from "./ip-address.ts";

describe("IPv4", () => {
  test("comes back", () => {
    fc.assert(
      fc.property(fc.ipV4(), (text) => {
        expect(formatIp4(parseIp4(text)!)).toBe(text);
      }),
    );
  });

  test.each(["", "1.2.3", "1.2.3.4.5", "256.0.0.1", "01.2.3.4", "1.2.3.", "1.2.3.4 ", "1.2.3.-4", "a.b.c.d"])(
    '"%s" is none',
    (text) => {
      expect(parseIp4(text)).toBeUndefined();
    },
  );
});

describe("IPv6", () => {
  // RFC 5952 § 4 and § 5.
  test.each([
    ["2001:0db8::0001", "2001:db8::1"],
    ["2001:DB8::1", "2001:db8::1"],
    ["2001:db8:0:0:0:0:2:1", "2001:db8::2:1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["0:0:0:0:0:0:0:0", "::"],
    ["::1", "::1"],
    ["1::", "1::"],
    ["::ffff:1.2.3.4", "::ffff:1.2.3.4"],
    ["::ffff:c000:0201", "::ffff:192.0.2.1"],
    ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
  ])('"%s" is "%s"', (text, canonical) => {
    expect(formatIp6(parseIp6(text)!)).toBe(canonical);
  });

  test.each([
    "",
    ":",
    ":::",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1::2::3",
    "1:2:3:4:5:6:7:8::",
    "12345::",
    "g::",
    "::1%lo",
    "[::1]",
    "1.2.3.4::",
    "::1.2.3",
    "::1.2.3.4:5",
    ":1",
    "1:",
  ])('"%s" is none', (text) => {
    expect(parseIp6(text)).toBeUndefined();
  });

  test("is read as Node.js reads it, and comes back", () => {
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        const bytes = parseIp6(text);
        expect(bytes?.length).toBe(16);
        expect(isIPv6(formatIp6(bytes!))).toBe(true);
        expect(parseIp6(formatIp6(bytes!))).toEqual(bytes);
      }),
    );
    const near = fc.string({ unit: fc.constantFrom(..."0123456789abcdefg:::::..".split("")), maxLength: 24 });
    fc.assert(
      fc.property(near, (text) => {
        expect(parseIp6(text) !== undefined).toBe(isIPv6(text));
        expect(parseIp4(text) !== undefined).toBe(isIPv4(text));
      }),
      { numRuns: 3000 },
    );
  });
});
