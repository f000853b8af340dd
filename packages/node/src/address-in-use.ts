import { isOckamError } from "@ockam/codec";

import { nodeError } from "./node-error.ts";

/** The error for a worker address that is taken. */
export function addressInUse(name: string, cause?: unknown): Error {
  return nodeError("ADDRESS_IN_USE", `there is a worker at ${name} already; choose another address`, {
    cause,
  });
}

/** Whether starting a worker failed because its address is taken. */
export function isAddressInUse(error: unknown): boolean {
  return isOckamError(error, "OCKAM_ROUTING_ADDRESS_IN_USE");
}
