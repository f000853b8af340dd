import { isOckamError, OckamError } from "@ockam/codec";
import type { KeyHandle, SigningVault } from "@ockam/vault";
import type { Identifier } from "./identifier.ts";
import { IDENTITY_ERROR_CODES } from "./identity-error.ts";

/**
 * Whether `lookUp`, which asks a vault for the public half of a key, finds the secret. A vault that cannot be reached
 * is no answer: its error is passed on, lest a key that still exists be replaced.
 */
export async function holdsSecret(lookUp: () => Promise<unknown>): Promise<boolean> {
  try {
    await lookUp();
    return true;
  } catch (error) {
    if (isOckamError(error, "OCKAM_VAULT_KEY_NOT_FOUND")) return false;
    throw error;
  }
}

/**
 * Checks that the vault can sign with `handle`, which is the key of `identifier` or one that the caller named.
 * @throws OckamError OCKAM_IDENTITY_KEY_NOT_FOUND
 */
export async function requireSecret(
  vault: SigningVault,
  handle: KeyHandle,
  identifier?: Identifier,
): Promise<void> {
  if (await holdsSecret(() => vault.verifyingKey(handle))) return;
  throw new OckamError(
    IDENTITY_ERROR_CODES.keyNotFound,
    identifier === undefined
      ? `the vault holds no signing key ${handle}: generate or import it first`
      : `the vault does not hold the key of ${identifier.toString()}: it is somebody else's, or in another vault`,
  );
}
