import { isOckamError } from "@ockam/codec";

import { nodeError } from "../node-error.ts";

const IN_USE: ReadonlySet<string> = new Set([
  "OCKAM_TCP_ADDRESS_IN_USE",
  "OCKAM_TCP_ADDRESS_NOT_AVAILABLE",
  "OCKAM_PORTAL_ADDRESS_IN_USE",
]);

/** The error for a port where somebody else listens, if that is what `error` says. */
export function portInUse(address: string, error: unknown): Error | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const isInUse =
    code === "EADDRINUSE" || code === "EADDRNOTAVAIL" || (isOckamError(error) && IN_USE.has(error.code));
  if (!isInUse) return undefined;
  const port = address.slice(address.lastIndexOf(":") + 1);
  return nodeError(
    "PORT_IN_USE",
    `Another process is already listening on port ${port}, or ${address} is no address of this machine`,
    { cause: error, details: { address } },
  );
}
