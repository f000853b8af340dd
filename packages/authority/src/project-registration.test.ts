import { CborWriter } from "@ockam/codec";
import { expect, test } from "vitest";

import { decodeRegistration, encodeRegistration, MAX_ACCESS_ROUTE_LENGTH } from "./project-registration.ts";

const changeHistory = Uint8Array.of(1, 2, 3);

test("a registration is read as it was written", () => {
  const registration = { accessRoute: "/dnsaddr/relay/tcp/4000/service/api", changeHistory };
  expect(decodeRegistration(encodeRegistration(registration))).toEqual(registration);
});

test("a route is bounded", () => {
  const accessRoute = "x".repeat(MAX_ACCESS_ROUTE_LENGTH);
  expect(decodeRegistration(encodeRegistration({ accessRoute, changeHistory }))).toMatchObject({
    accessRoute,
  });
  const long = encodeRegistration({ accessRoute: `${accessRoute}x`, changeHistory });
  expect(() => decodeRegistration(long)).toThrow(/too long/);
});

test("one without a field is refused", () => {
  expect(() => decodeRegistration(new CborWriter().map(1).uint(1).text("/a").finish())).toThrow(/field/);
});
