import { describe, expect, test } from "vitest";

import { looksLikeAddress, parsePortalAddress, portalNameOf } from "./portal-words.ts";

describe("the first word", () => {
  test.each(["5432", ":5432", "db.internal:5432", "[::1]:5432", "99999999", "tls://db:5432"])(
    "%s is meant to be a service",
    (word) => expect(looksLikeAddress(word)).toBe(true),
  );

  test.each(["ockam1-AAAA.AAAA", "web.ticket", "-", "https://host:80/ticket", "postgres", ""])(
    "%j is not",
    (word) => expect(looksLikeAddress(word)).toBe(false),
  );

  test.each(["0", "99999", "tls://db:5432", "udp://db:53"])("%s is refused", (word) => {
    expect(() => parsePortalAddress(word)).toThrow(expect.objectContaining({ code: "OCKAM_CLI_USAGE" }));
  });
});

describe("a portal", () => {
  test.each([
    ["5432", "5432"],
    ["localhost:5432", "5432"],
    ["db.internal:5432", "db-internal-5432"],
    ["[fd00::1]:5432", "fd00-1-5432"],
    [`${"a".repeat(60)}.example:5432`, `${"a".repeat(27)}-example-5432`],
  ])("to %s is called %s", (service, name) => {
    expect(portalNameOf(parsePortalAddress(service), undefined)).toBe(name);
  });

  test("is called what was said", () => {
    const service = parsePortalAddress("5432");
    expect(portalNameOf(service, "postgres")).toBe("postgres");
    expect(() => portalNameOf(service, "a/b")).toThrow(expect.objectContaining({ code: "OCKAM_CLI_USAGE" }));
  });
});
