// Why a stream ended otherwise than cleanly, and the numbers that travel for it. docs/protocol/portals.md, "Reasons".
import type { ErrorDetails } from "@ockam/codec";
import { OckamError } from "@ockam/codec";

/** A cause of failure, by name. */
export type FailureReason =
  | "refused"
  | "unreachable"
  | "targetTimeout"
  | "unknownHost"
  | "tls"
  | "overloaded"
  | "closed"
  | "reset"
  | "lost"
  | "misbehaved"
  | "routeLost"
  | "silent"
  | "stalled"
  | "notAllowed"
  | "denied"
  | "failed"
  | "pongTimeout"
  | "unanswered"
  | "paused"
  | "aborted";

const REASONS: Readonly<Record<FailureReason, readonly [wire: number, code: string, message: string]>> = {
  refused: [1, "OCKAM_PORTAL_TARGET_REFUSED", "the target refuses connections; is it running?"],
  unreachable: [2, "OCKAM_PORTAL_TARGET_UNREACHABLE", "the outlet's node has no way to the target"],
  targetTimeout: [3, "OCKAM_PORTAL_TARGET_TIMEOUT", "the target did not answer in time"],
  unknownHost: [4, "OCKAM_PORTAL_TARGET_UNKNOWN_HOST", "the outlet's node cannot resolve the target's name"],
  tls: [5, "OCKAM_PORTAL_TARGET_TLS_FAILED", "the target's TLS handshake or certificate failed"],
  overloaded: [6, "OCKAM_PORTAL_OVERLOADED", "the portal has as many connections as it allows; try later"],
  closed: [7, "OCKAM_PORTAL_CLOSED", "the portal was closed"],
  reset: [8, "OCKAM_PORTAL_RESET", "the application at the other end reset the connection"],
  lost: [9, "OCKAM_PORTAL_MESSAGES_LOST", "messages were lost, repeated or reordered on the way"],
  misbehaved: [10, "OCKAM_PORTAL_PEER_MISBEHAVED", "a message broke the rules of the portal protocol"],
  routeLost: [11, "OCKAM_PORTAL_ROUTE_LOST", "the way to the other end is gone; connect again"],
  silent: [12, "OCKAM_PORTAL_PEER_SILENT", "the other end stopped answering"],
  stalled: [13, "OCKAM_PORTAL_READER_STALLED", "the application left its data unread and held up others"],
  // One is said here, the other is what the peer makes of it: the last one with a number is what the number means.
  notAllowed: [
    14,
    "OCKAM_PORTAL_PEER_NOT_ALLOWED",
    "a policy here does not allow the node at the other end: its credential is missing, has expired, or is not what the policy asks for",
  ],
  denied: [
    14,
    "OCKAM_PORTAL_DENIED",
    "the other end does not allow this node: its credential is missing, has expired, or is not what the policy there asks for",
  ],
  failed: [255, "OCKAM_PORTAL_FAILED", "the connection failed"],
  // These stay on this side: nobody is there to be told.
  pongTimeout: [
    255,
    "OCKAM_PORTAL_TIMEOUT",
    "the outlet did not answer; check the route, its address and its policy",
  ],
  unanswered: [255, "OCKAM_PORTAL_REFUSED", "the outlet closed the connection instead of opening it"],
  paused: [255, "OCKAM_PORTAL_PAUSED", "the inlet has no route at present"],
  aborted: [255, "OCKAM_PORTAL_ABORTED", "the application closed the connection"],
};

const BY_WIRE: ReadonlyMap<number, FailureReason> = new Map(
  Object.entries(REASONS)
    .filter(([, [wire]]) => wire !== 255)
    .map(([name, [wire]]) => [wire, name as FailureReason]),
);

/** The number of a reason in Pong and Reset messages; never 0. */
export function wireReason(reason: FailureReason): number {
  return REASONS[reason][0];
}

/** The reason of a number from a peer; one that this version does not know is `failed`. */
export function reasonOfWire(wire: number): FailureReason {
  return BY_WIRE.get(wire) ?? "failed";
}

/** The error of a failed stream. */
export function portalFailure(
  reason: FailureReason,
  options: { cause?: unknown; details?: ErrorDetails } = {},
): OckamError {
  const [, code, message] = REASONS[reason];
  return new OckamError(code, `portal: ${message}`, options);
}

/** The reason for an error of the socket to a target. */
export function reasonOfConnectError(cause: unknown): FailureReason {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  switch (code) {
    case "ECONNREFUSED":
    case "ENOENT":
      return "refused";
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "EADDRNOTAVAIL":
      return "unreachable";
    case "ETIMEDOUT":
      return "targetTimeout";
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "unknownHost";
    default:
      return /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_|SELF_SIGNED|UNABLE_TO|EPROTO)/.test(code) ? "tls" : "failed";
  }
}
