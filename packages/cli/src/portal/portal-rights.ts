import { Policy } from "@ockam/policy";

import { ENROLLER } from "../attribute-arguments.ts";
import type { PortalEnd, PortalPlace } from "./portal-ticket.ts";

/** The attribute of a member that one end of one portal is for. */
const ATTRIBUTE = "ockam-portal";

/** What the authority is to attest of whoever redeems the ticket for an end of a portal. */
export function holderAttributes(place: PortalPlace, end: PortalEnd): ReadonlyMap<string, string> {
  const own: readonly [string, string] = [ATTRIBUTE, valueOf(place, end)];
  return new Map(end === "inlet" ? [own] : [own, ["ockam-relay", place.relay]]);
}

/** The policy that lets in nobody but those holders, in full form. */
export function holdersOnly(place: PortalPlace, end: PortalEnd): string {
  return policyOf(ATTRIBUTE, valueOf(place, end));
}

/** The policy that lets in nobody but those who can make tickets. */
export const ENROLLERS_ONLY: string = policyOf(...ENROLLER);

/** No other portal of the project has this value: relays have different names. */
function valueOf({ name, relay }: PortalPlace, end: PortalEnd): string {
  return `${relay}/${name}/${end}`;
}

function policyOf(attribute: string, value: string): string {
  return String(Policy.parse(`(= subject.${attribute} "${value}")`));
}
