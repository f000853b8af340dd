import { isOckamError } from "@ockam/codec";

import { text, type Option } from "./option.ts";
import { usageError } from "./usage-error.ts";

/** `--allow POLICY`, also called `--expression`. */
export function allowOption(summary: string, fallback?: string): Option<string | undefined> {
  return text("POLICY", summary, {
    aliases: ["expression"],
    ...(fallback === undefined ? {} : { fallback }),
  });
}

/**
 * Does what takes a policy. One that the node does not take is an error in the arguments.
 * @throws OckamError OCKAM_CLI_USAGE, and what `action` throws
 */
export async function withPolicy<T>(allow: string | undefined, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (allow === undefined || !isOckamError(error, "OCKAM_NODE_INVALID_POLICY")) throw error;
    throw usageError(
      `invalid value '${allow}' for '--allow <POLICY>': ${error.message}`,
      'policies are like role=db and not role=guest, or (= subject.role "db")',
    );
  }
}
