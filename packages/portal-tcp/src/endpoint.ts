import { isIP, isIPv6 } from "node:net";

/** A TCP endpoint: `host` is a name or an IP address (IPv6 without brackets), `port` is 0 to 65535. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/**
 * Reads an endpoint as options have it: `5432` and `:5432` are on 127.0.0.1; `host:port`; `[::1]:5432`.
 * @throws RangeError for anything else.
 */
export function parseEndpoint(value: Endpoint | string | number): Endpoint {
  if (typeof value === "number") return checked("127.0.0.1", value, String(value));
  if (typeof value !== "string") return checked(value.host, value.port, formatEndpoint(value));
  const match = /^(?:\[([^\]]+)\]|([^:[\]]*)):(\d+)$/.exec(/^\d+$/.test(value) ? `:${value}` : value);
  if (match === null) throw malformed(value);
  const [, ipv6, host, port] = match;
  if (ipv6 !== undefined && !isIPv6(ipv6)) throw malformed(value);
  return checked(ipv6 ?? (host === "" ? "127.0.0.1" : host!), Number(port), value);
}

/** `host:port`, with brackets around an IPv6 address. */
export function formatEndpoint({ host, port }: Endpoint): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

function checked(host: string, port: number, text: string): Endpoint {
  if (!Number.isInteger(port) || port < 0 || port > 0xffff) throw malformed(text);
  if (isIP(host) === 0 && !/^[A-Za-z0-9._-]{1,253}$/.test(host)) throw malformed(text);
  return { host, port };
}

function malformed(text: string): RangeError {
  return new RangeError(`"${text}" is not an endpoint: expected a port, host:port or [IPv6]:port`);
}
