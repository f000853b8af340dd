import type { LocalEnd } from "../local-end.ts";
import type { HeadersToSet } from "./http-header-end.ts";
import { comparable, HttpHeaderEnd } from "./http-header-end.ts";
import { isPrintable } from "./http-scanner.ts";

/** Names that tell where a message ends or what comes after it: whoever sets them changes more than a header. */
const FRAMING: readonly string[] = [
  "connection",
  "content-length",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/** The most headers that one inlet sets. */
export const MAX_HEADERS_TO_SET = 64;

/**
 * An interceptor for inlets, `createInlet(router, { intercept: httpHeaders([["X-Tenant", "a"]]) })`: every HTTP/1.x
 * request has each of these headers exactly once, in place of those of that name that the client sent, also in
 * trailers. Bodies and answers pass as they are. What the client sends after an `Upgrade` or `CONNECT` that the server
 * accepted passes as it is, too. A connection on which something else than HTTP/1.x comes is reset, with
 * OCKAM_PORTAL_NOT_HTTP as the inlet's `lastFailure`. docs/protocol/portals.md, "HTTP headers".
 * @throws RangeError for no or too many headers, a malformed one, two of one name, and one that frames messages
 */
export function httpHeaders(
  headers: Iterable<readonly [name: string, value: string]>,
): (end: LocalEnd) => LocalEnd {
  const toSet = readHeaders([...headers]);
  return (end) => new HttpHeaderEnd(end, toSet);
}

function readHeaders(headers: readonly (readonly [string, string])[]): HeadersToSet {
  if (headers.length === 0 || headers.length > MAX_HEADERS_TO_SET) {
    throw new RangeError(`"headers" expected 1 to ${MAX_HEADERS_TO_SET}, got ${headers.length}`);
  }
  const names = new Set<string>();
  const lines = headers.map(([name, value]) => {
    const key = name.toLowerCase();
    if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(key)) {
      throw new RangeError(
        `"headers" expected a name of letters, digits and hyphens, got ${JSON.stringify(name)}`,
      );
    }
    if (FRAMING.includes(key)) throw new RangeError(`"headers" must not have ${name}, which frames messages`);
    if (names.has(comparable(key))) throw new RangeError(`"headers" has ${name} twice`);
    const bytes = Buffer.from(value.trim(), "utf8");
    if (!bytes.every(isPrintable))
      throw new RangeError(`"headers": the value of ${name} has control characters`);
    names.add(comparable(key));
    return `${name}: ${bytes.toString("latin1")}`;
  });
  return { names, lines };
}
