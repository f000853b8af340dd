import { httpHeaders } from "@ockam/portal-tcp";
import type { InletOptions } from "@ockam/portal-tcp";

import { nodeError } from "../node-error.ts";

/**
 * What makes an inlet set HTTP headers, each given as `Name: value`; undefined for none.
 * @throws OckamError OCKAM_NODE_INVALID_HTTP_HEADER
 */
export function httpHeaderInterceptor(headers: readonly string[] | undefined): InletOptions["intercept"] {
  if (headers === undefined || headers.length === 0) return undefined;
  try {
    return httpHeaders(headers.map(split));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw nodeError("INVALID_HTTP_HEADER", `HTTP headers: ${error.message}`, { cause: error });
  }
}

function split(header: string): readonly [name: string, value: string] {
  const colon = header.indexOf(":");
  if (colon < 1) throw new RangeError(`${JSON.stringify(header)} is not of the form NAME:VALUE`);
  return [header.slice(0, colon).trim(), header.slice(colon + 1)];
}
