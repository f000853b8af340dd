import { OckamError } from "@ockam/codec";

/** The codes of the errors that this package throws. */
export const PROJECT_ERROR_CODES = {
  /** A record of a project that is incomplete or contradicts itself. Details: `key`, where one is to blame. */
  invalidProject: "OCKAM_PROJECT_INVALID_PROJECT",
  /** Text that is no ticket. Nothing of it is in the message: it may be a secret that was cut off. */
  invalidTicket: "OCKAM_PROJECT_INVALID_TICKET",
  /** A route that does not lead to the listener of a node: one host, one port, then local addresses. */
  invalidRoute: "OCKAM_PROJECT_INVALID_ROUTE",
} as const;

/** The record of a project breaks a rule at `key`. */
export function invalidProject(key: string | undefined, what: string, cause?: unknown): OckamError {
  const where = key === undefined ? "it" : `"${key}"`;
  return new OckamError(PROJECT_ERROR_CODES.invalidProject, `not the record of a project: ${where} ${what}`, {
    ...(cause === undefined ? {} : { cause }),
    ...(key === undefined ? {} : { details: { key } }),
  });
}

/** Something is no ticket. */
export function invalidTicket(what: string, cause?: unknown): OckamError {
  return new OckamError(
    PROJECT_ERROR_CODES.invalidTicket,
    `not a ticket: ${what}; ask for it again, and take care that it is copied whole`,
    cause === undefined ? {} : { cause },
  );
}
