// What the operating system says, in the words and codes of this package.
import { OckamError } from "@ockam/codec";

const CONNECT_FAILURES: Readonly<Record<string, readonly [code: string, message: string]>> = {
  ECONNREFUSED: ["OCKAM_TCP_CONNECTION_REFUSED", "nothing listens there; start the peer or correct the port"],
  ENOTFOUND: ["OCKAM_TCP_UNKNOWN_HOST", "the host name is unknown; check its spelling and the name server"],
  EAI_AGAIN: ["OCKAM_TCP_UNKNOWN_HOST", "the name server did not answer; try again"],
  ETIMEDOUT: ["OCKAM_TCP_TIMEOUT", "it did not answer in time; check the address and firewalls"],
  EHOSTUNREACH: ["OCKAM_TCP_UNREACHABLE", "there is no way to the host; check the network"],
  ENETUNREACH: ["OCKAM_TCP_UNREACHABLE", "there is no way to its network; check the network"],
};

const LISTEN_FAILURES: Readonly<Record<string, readonly [code: string, message: string]>> = {
  EADDRINUSE: ["OCKAM_TCP_ADDRESS_IN_USE", "another program listens there; choose another port"],
  EADDRNOTAVAIL: ["OCKAM_TCP_ADDRESS_NOT_AVAILABLE", "it is no address of this machine"],
  EACCES: ["OCKAM_TCP_PERMISSION_DENIED", "this user may not listen there; choose another port, above 1023"],
};

/** The error of a failed connect to `address`: its code tells refused, unknown host, timeout and unreachable apart. */
export function connectError(address: string, cause: unknown): OckamError {
  const found = CONNECT_FAILURES[causeCode(cause)];
  const [code, hint] = found ?? ["OCKAM_TCP_CONNECT_FAILED", causeText(cause)];
  return new OckamError(code, `could not connect to ${address}: ${hint}`, { cause, details: { address } });
}

/** The error of a failed listen on `address`. */
export function listenError(address: string, cause: unknown): OckamError {
  const found = LISTEN_FAILURES[causeCode(cause)];
  const [code, hint] = found ?? ["OCKAM_TCP_LISTEN_FAILED", causeText(cause)];
  return new OckamError(code, `could not listen on ${address}: ${hint}`, { cause, details: { address } });
}

function causeCode(cause: unknown): string {
  if (!(cause instanceof Error)) return "";
  if ("code" in cause && typeof cause.code === "string") return cause.code;
  // Several addresses were tried: what the last one said.
  return cause instanceof AggregateError ? causeCode(cause.errors.at(-1)) : "";
}

function causeText(cause: unknown): string {
  return cause instanceof Error && cause.message !== "" ? cause.message : "for an unknown reason";
}
