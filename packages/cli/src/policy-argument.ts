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
export function withPolicy<T>(allow: string | undefined, action: () => Promise<T>): Promise<T> {
  return withPolicies({ allow }, action);
}

/**
 * Does what takes policies, which are given by the names of their options.
 * @throws OckamError OCKAM_CLI_USAGE with the one that the node does not take, and what `action` throws
 */
export async function withPolicies<T>(
  policies: Readonly<Record<string, string | undefined>>,
  action: () => Promise<T>,
): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!isOckamError(error, "OCKAM_NODE_INVALID_POLICY")) throw error;
    const wrong = await malformed(Object.entries(policies));
    if (wrong === undefined) throw error;
    const [option, policy] = wrong;
    throw usageError(
      `invalid value '${policy}' for '--${option} <POLICY>': ${error.message}`,
      'policies are like role=db and not role=guest, or (= subject.role "db")',
    );
  }
}

/** Which of them the node meant. */
async function malformed(
  policies: readonly (readonly [string, string | undefined])[],
): Promise<readonly [option: string, policy: string] | undefined> {
  const given = policies.flatMap(([option, policy]) =>
    policy === undefined ? [] : [[option, policy] as const],
  );
  if (given.length < 2) return given[0];
  const { Policy } = await import("@ockam/policy");
  return given.find(([, policy]) => {
    try {
      Policy.parse(policy, { strict: true });
      return false;
    } catch {
      return true;
    }
  });
}
