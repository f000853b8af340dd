import { isOckamError } from "@ockam/codec";

import type { ControlError } from "./control-api.ts";
import { nodeError } from "../node-error.ts";

/** What another process is told of an error. */
export function failureOf(error: unknown): ControlError {
  const known = isOckamError(error)
    ? error
    : nodeError("CONTROL_FAILED", error instanceof Error ? error.message : String(error));
  return { error: { code: known.code, message: known.message, details: known.details } };
}
