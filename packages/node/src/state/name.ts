import { nodeError } from "../node-error.ts";

/** The longest name of a node, vault or identity, in characters. */
export const MAX_NAME_LENGTH = 128;
/** The longest one in bytes of UTF-8: file systems take 255 for `vault-<name>-wal` and the like. */
export const MAX_NAME_BYTES = 240;

/**
 * Checks the name of a node, a vault or an identity: letters, digits, `_` and `-`, so that it fits into routes and
 * file names.
 * @throws OckamError OCKAM_NODE_INVALID_NAME
 */
export function expectName(name: string): void {
  if (isName(name)) return;
  throw nodeError(
    "INVALID_NAME",
    `${JSON.stringify(name.slice(0, MAX_NAME_LENGTH))} is no name: use up to ${MAX_NAME_LENGTH} letters, digits, "_" and "-"`,
  );
}

/** Whether {@link expectName} accepts it. */
export function isName(name: string): boolean {
  const isShort = name.length <= MAX_NAME_LENGTH && new TextEncoder().encode(name).length <= MAX_NAME_BYTES;
  return isShort && /^[\p{L}\p{N}_-]+$/u.test(name);
}
