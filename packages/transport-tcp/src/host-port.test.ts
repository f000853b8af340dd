import { describe, expect, test } from "vitest";

import { formatHostPort, isLoopbackAddress, parseHostPort } from "./host-port.ts";

describe("addresses", () => {
  test.each([
    ["4000", "127.0.0.1", 4000],
    [":4000", "127.0.0.1", 4000],
    ["0", "127.0.0.1", 0],
    ["1.2.3.4:80", "1.2.3.4", 80],
    ["[::1]:80", "::1", 80],
    ["[fe80::1]:65535", "fe80::1", 65535],
    ["localhost:1", "localhost", 1],
    ["a_b.example-1.org:443", "a_b.example-1.org", 443],
  ])("%s is %s port %i", (text, host, port) => {
    expect(parseHostPort(text)).toEqual({ host, port });
  });

  test.each([
    "",
    ":",
    "host",
    "host:",
    "host:70000",
    "host:-1",
    "::1:80",
    "[::1]",
    "[1.2.3.4]:80",
    "-a.org:80",
    "a..b:80",
    "a b:80",
    `${"a".repeat(64)}.org:80`,
    `${"a.".repeat(127)}org:80`,
    "http://a:80",
  ])("%j is refused", (text) => {
    expect(() => parseHostPort(text)).toThrow(expect.objectContaining({ code: "OCKAM_TCP_INVALID_ADDRESS" }));
  });

  test("IPv6 without brackets is told how to be written", () => {
    expect(() => parseHostPort("::1:4000")).toThrow("[address]:port");
  });

  test("what is formatted is read back", () => {
    for (const text of ["1.2.3.4:80", "[::1]:80", "localhost:1"]) {
      expect(formatHostPort(parseHostPort(text))).toBe(text);
    }
  });

  test.each([
    ["127.0.0.1", true],
    ["127.9.9.9", true],
    ["::1", true],
    ["::ffff:127.0.0.1", true],
    ["::FFFF:127.0.0.1", true],
    ["10.0.0.1", false],
    ["::ffff:10.0.0.1", false],
    ["fe80::1", false],
    ["::", false],
    ["127.evil.example", false],
    [undefined, false],
  ])("%s is this machine: %s", (address, expected) => {
    expect(isLoopbackAddress(address)).toBe(expected);
  });
});
