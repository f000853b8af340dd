import { describe, expect, test } from "vitest";

import { jsonMismatches } from "../../testing/json-mismatches.ts";
import { createStyle } from "../style.ts";
import type { OpenedPortal } from "./opened-portal.ts";
import { PORTAL, portalResult } from "./portal-result.ts";

const STYLE = createStyle(false);
const OFFERED: OpenedPortal = {
  name: "db",
  end: "outlet",
  node: "portal",
  address: "127.0.0.1:5432",
  relay: "portal-01",
  project: { id: "0123456789ab", name: "default" },
  status: "Up",
  ticket: "ockam1-x.y",
};
const AWAITED: OpenedPortal = { ...OFFERED, end: "inlet", relay: "portal-db-01" };
const REACHED: OpenedPortal = { ...OFFERED, end: "inlet", node: "portal-db-02", ticket: undefined };
const SERVED: OpenedPortal = { ...OFFERED, node: "portal-db-02", ticket: undefined };

describe("what is said of a portal", () => {
  test.each([
    ["the ticket, for the next machine", OFFERED, "ockam1-x.y"],
    ["the ticket, for the machine of the service", AWAITED, "ockam1-x.y"],
    ["where clients connect", REACHED, "127.0.0.1:5432"],
  ])("in a pipe is %s, and has its JSON", (_, portal, text) => {
    const result = portalResult(portal);
    expect(result.machine).toBe(text);
    expect(jsonMismatches(PORTAL, result.json())).toEqual([]);
  });

  test("to people is the command for the other machine on a line of its own, where there is one", () => {
    expect(portalResult(OFFERED).plain(STYLE)).toMatch(/^ {4}ockam portal ockam1-x\.y$/m);
    expect(portalResult(REACHED).plain(STYLE)).not.toContain("ockam portal");
  });

  test.each([
    [OFFERED, "ockam tcp-outlet delete db --at portal ends it"],
    [AWAITED, "ockam tcp-inlet delete portal-db-01 --at portal ends it"],
    [REACHED, "ockam node delete portal-db-02 ends it"],
    [SERVED, "ockam node delete portal-db-02 ends it"],
  ])("names what ends it: %o", (portal, command) => {
    expect(portalResult(portal).next?.(STYLE).join("\n")).toContain(command);
  });
});
