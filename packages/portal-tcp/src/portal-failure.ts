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
  | "tlsCertificate"
  | "tlsName"
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
  | "clientTls"
  | "aborted";

const REASONS: Readonly<Record<FailureReason, readonly [wire: number, code: string, message: string]>> = {
  refused: [1, "OCKAM_PORTAL_TARGET_REFUSED", "the target refuses connections; is it running?"],
  unreachable: [2, "OCKAM_PORTAL_TARGET_UNREACHABLE", "the outlet's node has no way to the target"],
  targetTimeout: [3, "OCKAM_PORTAL_TARGET_TIMEOUT", "the target did not answer in time"],
  unknownHost: [4, "OCKAM_PORTAL_TARGET_UNKNOWN_HOST", "the outlet's node cannot resolve the target's name"],
  tls: [5, "OCKAM_PORTAL_TARGET_TLS_FAILED", "the TLS handshake with the target failed; does it speak TLS?"],
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
  tlsCertificate: [
    15,
    "OCKAM_PORTAL_TARGET_CERTIFICATE_UNTRUSTED",
    "the target's certificate has expired, or the outlet does not trust the authority that issued it",
  ],
  tlsName: [
    16,
    "OCKAM_PORTAL_TARGET_NAME_MISMATCH",
    "the target's certificate is for another name than the outlet expects",
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
  clientTls: [
    255,
    "OCKAM_PORTAL_CLIENT_TLS_FAILED",
    "the TLS handshake with a client failed; does it speak TLS, and trust the authority of the inlet's certificate?",
  ],
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

/** Where the message of the cause is what helps: which certificate, which name. */
const EXPLAINED: ReadonlySet<FailureReason> = new Set(["tls", "tlsCertificate", "tlsName", "clientTls"]);

/** The error of a failed stream. */
export function portalFailure(
  reason: FailureReason,
  options: { cause?: unknown; details?: ErrorDetails } = {},
): OckamError {
  const [, code, message] = REASONS[reason];
  const { cause } = options;
  const explanation = EXPLAINED.has(reason) && cause instanceof Error ? ` (${cause.message.trim()})` : "";
  return new OckamError(code, `portal: ${message}${explanation}`, options);
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
    // Connected, and then cut off before data could flow: within a handshake.
    case "ECONNRESET":
      return "tls";
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return "tlsName";
    default:
      if (/^(CERT_|DEPTH_|SELF_SIGNED|UNABLE_TO|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH)/.test(code)) {
        return "tlsCertificate";
      }
      return /^(ERR_TLS|ERR_SSL|EPROTO)/.test(code) ? "tls" : "failed";
  }
}
