import { parseSocketAddress, type SocketAddress } from "../socket-address.ts";
import { usageError } from "../usage-error.ts";
import { isPortalName, MAX_PORTAL_NAME_LENGTH } from "./portal-ticket.ts";

/** Whether a word is meant to be a port or HOST:PORT, right or wrong. */
export function looksLikeAddress(typed: string): boolean {
  return /^(?:[a-z]+:\/\/)?(?:\S*:)?\d+$/i.test(typed);
}

/**
 * Reads PORT or HOST:PORT.
 * @throws OckamError OCKAM_CLI_USAGE
 */
export function parsePortalAddress(typed: string): SocketAddress {
  const address = parseSocketAddress(typed);
  if (address.scheme !== "tcp")
    throw usageError(
      `a portal does not speak ${address.scheme.toUpperCase()}`,
      "give HOST:PORT; 'ockam tcp-outlet create' knows tls://",
    );
  if (address.port === 0) throw usageError("0 is no port to connect to", "give a number from 1 to 65535");
  return address;
}

/**
 * What a portal is called: as was said, else after its service.
 * @throws OckamError OCKAM_CLI_USAGE
 */
export function portalNameOf({ host, port }: SocketAddress, given: string | undefined): string {
  if (given === undefined) {
    const place =
      host === "127.0.0.1" || host === "localhost" ? "" : `${host.replaceAll(/[^\p{L}\p{N}]+/gu, "-")}-`;
    return `${place}${port}`.slice(-MAX_PORTAL_NAME_LENGTH);
  }
  if (isPortalName(given)) return given;
  throw usageError(
    `'${given}' is no name for a portal`,
    `use up to ${MAX_PORTAL_NAME_LENGTH} letters, digits, '_' and '-'`,
  );
}
