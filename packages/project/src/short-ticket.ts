// ockam1-<base64url of code ‖ identifier of the authority ‖ its route>. docs/protocol/projects.md, "Tickets".
import { concatBytes, decodeUtf8, encodeUtf8, isOckamError } from "@ockam/codec";
import { Identifier, IDENTIFIER_LENGTH } from "@ockam/identity";

import { fromBase64Url, toBase64Url } from "./base64url.ts";
import { ONE_TIME_CODE_LENGTH } from "./limits.ts";
import { expectOneTimeCode } from "./one-time-code.ts";
import { invalidTicket } from "./project-error.ts";
import { expectProjectRoute } from "./project-route.ts";
import type { ShortTicket } from "./ticket.ts";

const PREFIX = "ockam1-";
const HEAD = ONE_TIME_CODE_LENGTH + IDENTIFIER_LENGTH;

/** Whether it looks like a short ticket. */
export function isShortTicket(text: string): boolean {
  return text.startsWith(PREFIX);
}

/** Writes one. */
export function formatShortTicket(ticket: ShortTicket): string {
  const { oneTimeCode, authorityIdentifier, authorityRoute } = ticket;
  const route = expectProjectRoute(authorityRoute);
  return (
    PREFIX +
    toBase64Url(concatBytes(expectOneTimeCode(oneTimeCode), authorityIdentifier.bytes, encodeUtf8(route)))
  );
}

/** Reads one. @throws OckamError OCKAM_PROJECT_INVALID_TICKET */
export function readShortTicket(text: string): ShortTicket {
  const bytes = fromBase64Url(text.slice(PREFIX.length));
  if (bytes === undefined) throw invalidTicket(`what follows ${PREFIX} is damaged`);
  if (bytes.length <= HEAD) throw invalidTicket("it was cut off");
  return {
    kind: "short",
    oneTimeCode: bytes.slice(0, ONE_TIME_CODE_LENGTH),
    authorityIdentifier: new Identifier(bytes.slice(ONE_TIME_CODE_LENGTH, HEAD)),
    authorityRoute: readRoute(bytes.subarray(HEAD)),
  };
}

function readRoute(bytes: Uint8Array): string {
  try {
    return expectProjectRoute(decodeUtf8(bytes));
  } catch (cause) {
    throw isOckamError(cause) ? invalidTicket("the route to its authority is damaged", cause) : cause;
  }
}
