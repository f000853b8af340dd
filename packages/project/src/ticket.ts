// Tickets: what turns somebody into a member of a project, once. docs/protocol/projects.md, "Tickets".
import { decodeUtf8, encodeUtf8, fromHex, isOckamError, toHex } from "@ockam/codec";
import type { Identifier } from "@ockam/identity";

import { JsonObject } from "./json-object.ts";
import { MAX_TICKET_LENGTH } from "./limits.ts";
import {
  formatLegacyTicket,
  formatTicketRecord,
  isLegacyTicket,
  readLegacyTicket,
  readTicketRecord,
} from "./ticket-record.ts";
import { formatTicketText, readTicketText } from "./ticket-text.ts";
import { invalidTicket } from "./project-error.ts";
import type { Project } from "./project.ts";
import { formatShortTicket, isShortTicket, readShortTicket } from "./short-ticket.ts";

/** A one-time code with the whole project that it leads into. */
export interface FullTicket {
  readonly kind: "full";
  /** 32 bytes; a secret until it was used. */
  readonly oneTimeCode: Uint8Array;
  readonly project: Project;
}

/** A one-time code, and just enough to ask the authority, and nobody else, for the project. */
export interface ShortTicket {
  readonly kind: "short";
  /** 32 bytes; a secret until it was used. */
  readonly oneTimeCode: Uint8Array;
  readonly authorityIdentifier: Identifier;
  /** A multiaddress that ends in the secure channel listener of the authority. */
  readonly authorityRoute: string;
}

/** What makes a member: see {@link readTicket}. */
export type Ticket = FullTicket | ShortTicket;

/**
 * How a ticket is written:
 *
 * - `text`: seven fields with commas between them; the id of the project is in its access route only.
 * - `hex`: the bytes of `text` as hex.
 * - `json`: an object; it says the id.
 * - `json-hex`: the bytes of `json` as hex: one word that says the id.
 * - `legacy`: the code and the record of the project, as JSON, as hex.
 * - `short`: one word of about 140 characters, for authorities that hand out the record.
 */
export type TicketForm = "text" | "hex" | "json" | "json-hex" | "legacy" | "short";

/**
 * Reads a ticket of any form. White space around it is ignored. The change histories in it are verified: what it says of
 * a project is consistent, though not yet true.
 * @throws OckamError OCKAM_PROJECT_INVALID_TICKET, or OCKAM_PROJECT_INVALID_PROJECT for a ticket whose project is
 *   wrong. Neither message repeats the ticket.
 */
export function readTicket(text: string): Ticket {
  if (text.length > MAX_TICKET_LENGTH)
    throw invalidTicket(`it is longer than ${MAX_TICKET_LENGTH} characters`);
  // A byte order mark is white space, too.
  const trimmed = text.trim();
  if (trimmed === "") throw invalidTicket("it is empty");
  if (isShortTicket(trimmed)) return readShortTicket(trimmed);
  const plain = decodeHexText(trimmed).trim();
  if (!plain.startsWith("{")) return readTicketText(plain);
  const record = JsonObject.parse(plain, (key, what, cause) =>
    invalidTicket(key === undefined ? `it ${what}` : `"${key}" ${what}`, cause),
  );
  return isLegacyTicket(record) ? readLegacyTicket(record) : readTicketRecord(record);
}

/**
 * Writes a ticket.
 * @throws OckamError OCKAM_PROJECT_INVALID_PROJECT for a project that the form cannot express: a comma in a name or
 *   route, or no `/service/` in the access route, in the text form
 * @throws TypeError for a short ticket in another form: the project in it is not known
 */
export function formatTicket(ticket: Ticket, form: TicketForm): string {
  if (form === "short") return formatShortTicket(shortTicketOf(ticket));
  if (ticket.kind === "short") throw new TypeError('"form" expected short: the ticket holds no project');
  const text = WRITERS[form](ticket);
  return form === "text" || form === "json" ? text : toHex(encodeUtf8(text));
}

const WRITERS: Readonly<Record<Exclude<TicketForm, "short">, (ticket: FullTicket) => string>> = {
  text: formatTicketText,
  hex: formatTicketText,
  json: (ticket) => JSON.stringify(formatTicketRecord(ticket)),
  "json-hex": (ticket) => JSON.stringify(formatTicketRecord(ticket)),
  legacy: (ticket) => JSON.stringify(formatLegacyTicket(ticket)),
};

function shortTicketOf(ticket: Ticket): ShortTicket {
  if (ticket.kind === "short") return ticket;
  const { authorityIdentifier, authorityRoute } = ticket.project;
  return { kind: "short", oneTimeCode: ticket.oneTimeCode, authorityIdentifier, authorityRoute };
}

/** The text that hex stands for; text that is no hex stays as it is. */
function decodeHexText(text: string): string {
  let bytes: Uint8Array;
  try {
    bytes = fromHex(text);
  } catch (error) {
    if (isOckamError(error, "OCKAM_CODEC_INVALID_HEX")) return text;
    throw error;
  }
  try {
    return decodeUtf8(bytes);
  } catch {
    throw invalidTicket("it is hex, but not of text");
  }
}
