// The addresses of this transport, "host:port". docs/protocol/transport-tcp.md, "Addresses".
import { isIP, isIPv6 } from "node:net";

import { OckamError } from "@ockam/codec";

/** A TCP endpoint: `host` is a name or an IP address (IPv6 without brackets), `port` is 0 to 65535. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

const LABEL = /^[A-Za-z0-9_-]{1,63}$/;
const MAX_HOST_LENGTH = 253;

/**
 * Reads `4000` and `:4000` (on 127.0.0.1), `1.2.3.4:80`, `[::1]:80` or `name:port`.
 * @throws OckamError OCKAM_TCP_INVALID_ADDRESS
 */
export function parseHostPort(text: string): HostPort {
  const bare = /^:?(\d{1,5})$/.exec(text);
  if (bare !== null) return { host: "127.0.0.1", port: readPort(bare[1]!, text) };
  const bracketed = /^\[([^\]]+)\]:(\d{1,5})$/.exec(text);
  if (bracketed !== null) {
    if (!isIPv6(bracketed[1]!)) throw invalid(text, "the part in brackets is not an IPv6 address");
    return { host: bracketed[1]!, port: readPort(bracketed[2]!, text) };
  }
  const named = /^([^:]+):(\d{1,5})$/.exec(text);
  if (named === null) {
    throw invalid(
      text,
      isIPv6(text.replace(/:\d+$/, "")) ? "write IPv6 as [address]:port" : "write host:port",
    );
  }
  if (isIP(named[1]!) === 0 && !isHostName(named[1]!)) throw invalid(text, "the host name is malformed");
  return { host: named[1]!, port: readPort(named[2]!, text) };
}

/** `host:port`, with brackets around an IPv6 address. */
export function formatHostPort({ host, port }: HostPort): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether an IP address, in a socket's notation, is one of this machine's own (127.0.0.0/8, ::1, or mapped). */
export function isLoopbackAddress(address: string | undefined): boolean {
  if (address === undefined || isIP(address) === 0) return false;
  const plain = address.toLowerCase().replace(/^::ffff:/, "");
  return plain === "::1" || plain.startsWith("127.");
}

function isHostName(name: string): boolean {
  if (name.length > MAX_HOST_LENGTH || name.startsWith("-") || name.endsWith("-")) return false;
  return name.split(".").every((label) => LABEL.test(label));
}

function readPort(digits: string, text: string): number {
  const port = Number(digits);
  if (port > 0xffff) throw invalid(text, "the port exceeds 65535");
  return port;
}

function invalid(text: string, hint: string): OckamError {
  return new OckamError("OCKAM_TCP_INVALID_ADDRESS", `"${text}" is not a TCP address: ${hint}`);
}
