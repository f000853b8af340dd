import fc from "fast-check";
import { expect, test } from "vitest";

import { formatSocketAddress, parseSocketAddress } from "./socket-address.ts";

test.each([
  ["127.0.0.1:5432", "tcp", "127.0.0.1", 5432],
  ["5432", "tcp", "127.0.0.1", 5432],
  [":5432", "tcp", "127.0.0.1", 5432],
  ["0", "tcp", "127.0.0.1", 0],
  ["db.example.com:5432", "tcp", "db.example.com", 5432],
  ["my_db-1:65535", "tcp", "my_db-1", 65_535],
  ["[::1]:80", "tcp", "::1", 80],
  ["tcp://localhost:80", "tcp", "localhost", 80],
  ["tls://db.example.com:443", "tls", "db.example.com", 443],
  ["udp://1.2.3.4:53", "udp", "1.2.3.4", 53],
  ["tls://443", "tls", "127.0.0.1", 443],
])("%s", (text, scheme, host, port) => {
  expect(parseSocketAddress(text)).toEqual({ scheme, host, port });
});

test.each([
  "",
  ":",
  "localhost",
  "localhost:",
  "localhost:65536",
  "localhost:-1",
  "localhost:8080x",
  "::1:80",
  "[localhost]:80",
  "http://localhost:80",
  "local host:80",
  "bücher.example:80",
  `${"a".repeat(64)}:80`,
  `${"a.".repeat(127)}a:80`,
])("%j is no socket address", (text) => {
  expect(() => parseSocketAddress(text)).toThrow("is not a socket address");
});

test("what is formatted is read back", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.ipV4(), fc.ipV6(), fc.constantFrom("localhost", "db.example.com")),
      fc.integer({ min: 0, max: 65_535 }),
      (host, port) => {
        expect(parseSocketAddress(formatSocketAddress({ host, port }))).toMatchObject({ host, port });
      },
    ),
  );
});
