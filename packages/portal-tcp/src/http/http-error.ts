import { OckamError } from "@ockam/codec";

/** What ends a connection on which something else than HTTP/1.x came: code OCKAM_PORTAL_NOT_HTTP. */
export function notHttp(reason: string): OckamError {
  return new OckamError(
    "OCKAM_PORTAL_NOT_HTTP",
    `portal: what the client sent is not HTTP/1.1: ${reason}; an inlet that sets HTTP headers takes nothing else`,
  );
}
