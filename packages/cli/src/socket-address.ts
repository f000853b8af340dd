import { isHostName } from "./host.ts";
import { usageError } from "./usage-error.ts";

/** How the bytes of a portal travel beyond the node. */
export type Scheme = "tcp" | "udp" | "tls";

/** Where to listen or connect. An IPv6 host is without its brackets. */
export interface SocketAddress {
  readonly scheme: Scheme;
  readonly host: string;
  readonly port: number;
}

/**
 * Reads `[tcp|udp|tls]://host:port`, `host:port`, `[ipv6]:port`, `:port` or `port`. Without a host it is 127.0.0.1.
 * @throws OckamError OCKAM_CLI_USAGE
 */
export function parseSocketAddress(text: string): SocketAddress {
  const match = /^(?:(tcp|udp|tls):\/\/)?(?:(?:\[([0-9a-fA-F:.]+)\]|([^:/[\]]*)):)?(\d{1,5})$/.exec(text);
  const host = (match?.[2] ?? match?.[3]) || "127.0.0.1";
  const port = Number(match?.[4]);
  if (match === null || port > 65_535 || !(match[2] === undefined ? isHostName(host) : host.includes(":"))) {
    throw usageError(
      `'${text}' is not a socket address`,
      "give host:port or a port from 0 to 65535, like 127.0.0.1:5432, db.example.com:5432, [::1]:5432 or 5432",
    );
  }
  return { scheme: schemeOf(match[1]), host, port };
}

/** `host:port`, with brackets around an IPv6 host. */
export function formatSocketAddress({ host, port }: Pick<SocketAddress, "host" | "port">): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function schemeOf(text: string | undefined): Scheme {
  return text === "udp" || text === "tls" ? text : "tcp";
}
