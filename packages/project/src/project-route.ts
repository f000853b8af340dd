import { isOckamError, OckamError } from "@ockam/codec";
import { MultiAddr, type MultiAddrComponent } from "@ockam/core-routing";

import { PROJECT_ERROR_CODES } from "./project-error.ts";

const LOCAL: ReadonlySet<string> = new Set(["service", "worker", "secure"]);

/**
 * The canonical text of the route to a node of a project: one host and port, then the addresses of workers there.
 * @throws OckamError OCKAM_PROJECT_INVALID_ROUTE
 */
export function expectProjectRoute(text: string): string {
  const address = parseRoute(text);
  const [host, port, ...rest] = address.components;
  if (host === undefined || !["ip4", "ip6", "dnsaddr"].includes(host.protocol) || port?.protocol !== "tcp") {
    throw invalidRoute("it must begin with a host and a TCP port, like /dnsaddr/relay.example.com/tcp/4000");
  }
  if (host.value === "") throw invalidRoute("the name of its host is empty");
  const other = rest.find(({ protocol, value }) => !LOCAL.has(protocol) || value === "");
  if (other !== undefined) {
    throw invalidRoute(
      `after the port there may be /service/, /worker/ and /secure/, not /${other.protocol}/`,
    );
  }
  return address.toString();
}

/**
 * The identifier of a project as its access route has it: the first `/service/` address. A ticket in text form says it
 * only like this.
 * @returns undefined when the route has none
 * @throws OckamError OCKAM_PROJECT_INVALID_ROUTE
 */
export function projectIdOfRoute(accessRoute: string): string | undefined {
  return parseRoute(accessRoute).components.find(isService)?.value;
}

function isService({ protocol }: MultiAddrComponent): boolean {
  return protocol === "service";
}

function parseRoute(text: string): MultiAddr {
  try {
    return MultiAddr.parse(text);
  } catch (cause) {
    if (!isOckamError(cause)) throw cause;
    throw invalidRoute(cause.message, cause);
  }
}

function invalidRoute(what: string, cause?: unknown): OckamError {
  return new OckamError(
    PROJECT_ERROR_CODES.invalidRoute,
    `not the route to a node of a project: ${what}`,
    cause === undefined ? {} : { cause },
  );
}
