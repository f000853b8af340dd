import { isIPv6 } from "node:net";

import { usageError } from "./usage-error.ts";

const MAX_HOST_LENGTH = 253;
const MAX_LABEL_LENGTH = 63;

/**
 * Reads the name or the IP address of a host, without a port. An IPv6 address may have brackets; it is returned without.
 * @throws OckamError OCKAM_CLI_USAGE
 */
export function parseHost(text: string): string {
  const host = text.replace(/^\[(.*)\]$/, "$1");
  if (isHostName(host) || isIPv6(host)) return host;
  throw usageError(
    `'${text}' is not a host`,
    "give a name or an IP address without a port, like kafka.local",
  );
}

/** Whether a host may be called so; also IPv4 addresses. */
export function isHostName(host: string): boolean {
  return (
    /^[A-Za-z0-9._-]+$/.test(host) &&
    host.length <= MAX_HOST_LENGTH &&
    host.split(".").every((label) => label.length <= MAX_LABEL_LENGTH)
  );
}
