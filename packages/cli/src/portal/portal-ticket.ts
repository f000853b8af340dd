// What `ockam portal` prints for the other machine. docs/protocol/projects.md, "Tickets of portals".
import { createHash } from "node:crypto";

import { isOckamError, OckamError } from "@ockam/codec";
import { formatTicket, readTicket, type ShortTicket } from "@ockam/project";

import { isNodeName } from "../node-reference.ts";
import { formatSocketAddress, parseSocketAddress } from "../socket-address.ts";

/** The longest name of a portal, in characters. */
export const MAX_PORTAL_NAME_LENGTH = 40;

/** Where the two ends of a portal meet. */
export interface PortalPlace {
  /** The relay of the node that has the outlet. */
  readonly relay: string;
  /** The name of the portal, and the address of the outlet. */
  readonly name: string;
}

/** Which end of a portal its holder may make. */
export type PortalEnd = "inlet" | "outlet";

/** A ticket that admits one member to one portal. */
export interface PortalTicket extends PortalPlace {
  readonly ticket: ShortTicket;
  readonly end: PortalEnd;
  /** For an inlet: the port to listen on if it is free. For an outlet: where the service is. */
  readonly address: string;
}

const SEPARATOR = ".";
const LOOPBACK = "127.0.0.1";

/** Whether a portal may be called so: a short name of a node. */
export function isPortalName(name: string): boolean {
  return isNodeName(name) && name.length <= MAX_PORTAL_NAME_LENGTH;
}

/** Writes one: a short ticket, and behind a point what it is for. */
export function formatPortalTicket({ address, end, name, relay, ticket }: PortalTicket): string {
  const purpose = Buffer.from([end, relay, name, address].join(","), "utf8");
  return `${formatTicket(ticket, "short")}${SEPARATOR}${purpose.toString("base64url")}`;
}

/** Whether a text is meant to be one. */
export function isPortalTicket(text: string): boolean {
  return /^\s*ockam1-[\w-]*\./.test(text);
}

/**
 * Reads one.
 * @throws OckamError OCKAM_PROJECT_INVALID_TICKET, OCKAM_CLI_NOT_FOR_A_PORTAL for a ticket that makes a member and no more
 */
export function readPortalTicket(text: string): PortalTicket {
  const trimmed = text.trim();
  const at = isPortalTicket(trimmed) ? trimmed.indexOf(SEPARATOR) : trimmed.length;
  const ticket = readTicket(trimmed.slice(0, at));
  if (ticket.kind !== "short" || at === trimmed.length) throw notForPortal();
  return { ticket, ...readPurpose(trimmed.slice(at + 1)) };
}

/**
 * The name of the identity and of the node that a ticket makes: the same each time it is given, and another one for
 * each ticket, as a member's attributes are those of its first one.
 */
export function holderName({ name, ticket }: PortalTicket): string {
  const digest = createHash("sha256").update(ticket.oneTimeCode).digest("hex");
  return `portal-${name}-${digest.slice(0, 6)}`;
}

function readPurpose(encoded: string): Omit<PortalTicket, "ticket"> {
  const fields = Buffer.from(encoded, "base64url").toString("utf8").split(",");
  const [end = "", relay = "", name = "", address = ""] = fields;
  const isEnd = end === "inlet" || end === "outlet";
  if (fields.length !== 4 || !isEnd || !isNodeName(relay) || !isPortalName(name)) throw damaged();
  try {
    const { host, port } = parseSocketAddress(address);
    // Others are not let in at a port of this machine because a ticket says so.
    if (end === "inlet" && host !== LOOPBACK) throw damaged();
    return { end, relay, name, address: formatSocketAddress({ host, port }) };
  } catch (cause) {
    throw isOckamError(cause, "OCKAM_CLI_USAGE") ? damaged(cause) : cause;
  }
}

function damaged(cause?: unknown): OckamError {
  return new OckamError(
    "OCKAM_PROJECT_INVALID_TICKET",
    "not a ticket: what it says of its portal is damaged",
    { cause, details: { hint: "copy the whole of it, once more" } },
  );
}

function notForPortal(): OckamError {
  return new OckamError(
    "OCKAM_CLI_NOT_FOR_A_PORTAL",
    "The ticket makes a member of a project, and is for no portal",
    {
      details: {
        hint:
          "it was not used: 'ockam project enroll' takes it, and then 'ockam tcp-inlet create --from PORT --to SERVICE' " +
          "leads to a service",
      },
    },
  );
}
