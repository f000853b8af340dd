import { isOckamError } from "@ockam/codec";

import { nodeError } from "../node-error.ts";

/** The error for certificates or keys that cannot be used, if that is what `error` says. */
export function unusableCertificate(error: unknown): Error | undefined {
  if (!isOckamError(error, "OCKAM_PORTAL_CERTIFICATE_UNUSABLE")) return undefined;
  return nodeError("INVALID_TLS", error.message, { cause: error });
}
