import { Identifier } from "@ockam/identity";
import { formatTicket, type ShortTicket } from "@ockam/project";
import { describe, expect, test } from "vitest";

import {
  formatPortalTicket,
  holderName,
  isPortalName,
  isPortalTicket,
  MAX_PORTAL_NAME_LENGTH,
  readPortalTicket,
  type PortalTicket,
} from "./portal-ticket.ts";

const SHORT: ShortTicket = {
  kind: "short",
  oneTimeCode: new Uint8Array(32).fill(7),
  authorityIdentifier: new Identifier(new Uint8Array(32).fill(1)),
  authorityRoute: "/ip4/192.0.2.1/tcp/4001/service/api",
};

const TICKET: PortalTicket = {
  ticket: SHORT,
  end: "inlet",
  relay: "portal-01010101",
  name: "db",
  address: "127.0.0.1:5432",
};

describe("the ticket of a portal", () => {
  test.each<PortalTicket>([TICKET, { ...TICKET, end: "outlet", address: "[::1]:80", name: "ö_1" }])(
    "is one word, and says what it is for: %o",
    (ticket) => {
      const text = formatPortalTicket(ticket);
      expect(text).toMatch(/^ockam1-[\w-]+\.[\w-]+$/);
      expect(isPortalTicket(text)).toBe(true);
      expect(readPortalTicket(` ${text}\n`)).toEqual(ticket);
    },
  );

  test("may say a port alone", () => {
    expect(readPortalTicket(formatPortalTicket({ ...TICKET, address: "5432" }))).toEqual(TICKET);
  });

  test("is not one that makes a member and no more", () => {
    const text = formatTicket(SHORT, "short");
    expect(isPortalTicket(text)).toBe(false);
    expect(() => readPortalTicket(text)).toThrow(
      expect.objectContaining({
        code: "OCKAM_CLI_NOT_FOR_A_PORTAL",
        details: { hint: expect.stringContaining("ockam project enroll") },
      }),
    );
  });

  test.each([
    ["cut off", formatPortalTicket(TICKET).slice(0, -20)],
    ["without its portal", `${formatTicket(SHORT, "short")}.`],
    ["for another end", purpose("door,relay,db,5432")],
    ["with a name that is none", purpose("inlet,relay,d/b,5432")],
    ["with a relay that is none", purpose("inlet,,db,5432")],
    ["with an address that is none", purpose("inlet,relay,db,54321x")],
    ["for an inlet that others reach", purpose("inlet,relay,db,0.0.0.0:5432")],
    ["with more than there is", purpose("inlet,relay,db,5432,more")],
    ["whose first part is damaged", formatPortalTicket(TICKET).replace(/\w\./, ".")],
  ])("is refused %s, and not repeated", (_, text) => {
    expect(() => readPortalTicket(text)).toThrow(
      expect.objectContaining({
        code: "OCKAM_PROJECT_INVALID_TICKET",
        message: expect.not.stringContaining(text.slice(10, 20)),
      }),
    );
  });

  test("makes one holder each, and the same one each time", () => {
    expect(holderName(TICKET)).toMatch(/^portal-db-[0-9a-f]{6}$/);
    expect(holderName(TICKET)).toBe(holderName({ ...TICKET }));
    const other = { ...SHORT, oneTimeCode: new Uint8Array(32) };
    expect(holderName({ ...TICKET, ticket: other })).not.toBe(holderName(TICKET));
  });

  test("names a portal in few words", () => {
    expect(isPortalName("x".repeat(MAX_PORTAL_NAME_LENGTH))).toBe(true);
    expect(isPortalName("x".repeat(MAX_PORTAL_NAME_LENGTH + 1))).toBe(false);
  });
});

function purpose(text: string): string {
  return `${formatTicket(SHORT, "short")}.${Buffer.from(text).toString("base64url")}`;
}
