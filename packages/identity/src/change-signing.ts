import { OckamError } from "@ockam/codec";
import type { KeyHandle, SigningKeyType, Vault } from "@ockam/vault";
import { encodeChange, encodeChangeData } from "./change.ts";
import { IDENTITY_KEY_LIFETIME, MAX_CHANGE_HISTORY_LENGTH, MAX_CHANGES } from "./constants.ts";
import type { Identifier } from "./identifier.ts";
import { IDENTITY_ERROR_CODES } from "./identity-error.ts";
import type { Identity } from "./identity.ts";
import { encodeChangeHistory } from "./identity.ts";

/** How a new identity key is made. */
export interface KeyOptions {
  /** The kind of key to generate: what the vault prefers by default, which is Ed25519 for the software vault. */
  readonly keyType?: SigningKeyType;
  /** A key that the vault holds already, instead of a new one. */
  readonly key?: KeyHandle;
  /** How long, in seconds from now, the key may sign: {@link IDENTITY_KEY_LIFETIME} by default. */
  readonly validFor?: number;
}

/** How a key is changed. */
export interface RotateOptions extends KeyOptions {
  /** Mark the change as a revocation of all purpose keys. Each change ends them in any case; this tells why. */
  readonly revokeAllPurposeKeys?: boolean;
  /** Keep the old secret in the vault, for instance because another identity uses the same key. */
  readonly keepOldKey?: boolean;
}

/** The history of a new identity whose key is `handle`. `now` in seconds since 1970. */
export async function signFirstChange(
  vault: Vault,
  handle: KeyHandle,
  now: number,
  options: KeyOptions,
): Promise<Uint8Array> {
  const data = encodeChangeData({
    previousHash: undefined,
    publicKey: await vault.verifyingKey(handle),
    revokeAllPurposeKeys: false,
    validFrom: now,
    validUntil: now + keyLifetime(options),
  });
  return encodeChangeHistory([encodeChange(data, await vault.sign(handle, vault.sha256(data)), undefined)]);
}

/**
 * The history of `identity` continued by a change to the key `newHandle`; the former changes stay byte for byte.
 * @throws OckamError OCKAM_IDENTITY_TOO_MANY_CHANGES when it would exceed what others accept.
 */
export async function signNextChange(
  vault: Vault,
  identity: Identity,
  newHandle: KeyHandle,
  now: number,
  options: RotateOptions,
): Promise<Uint8Array> {
  // A clock that was set back must not make a history whose validity goes backwards: nobody would accept it.
  const validFrom = Math.max(now, identity.latest.validFrom);
  const data = encodeChangeData({
    previousHash: identity.latest.hash,
    publicKey: await vault.verifyingKey(newHandle),
    revokeAllPurposeKeys: options.revokeAllPurposeKeys ?? false,
    validFrom,
    validUntil: validFrom + keyLifetime(options),
  });
  const hash = vault.sha256(data);
  const signature = await vault.sign(newHandle, hash);
  const previousSignature = await vault.sign(vault.handleOf(identity.latest.publicKey), hash);
  const change = encodeChange(data, signature, previousSignature);
  const history = encodeChangeHistory([...identity.changes.map(({ encoded }) => encoded), change]);
  if (history.length > MAX_CHANGE_HISTORY_LENGTH) throw tooManyChanges(identity.identifier);
  return history;
}

/**
 * Checks that a history has room for one more change.
 * @throws OckamError OCKAM_IDENTITY_TOO_MANY_CHANGES
 */
export function expectRoom(identity: Identity): void {
  if (identity.changes.length >= MAX_CHANGES) throw tooManyChanges(identity.identifier);
}

/**
 * The lifetime of a new key in seconds.
 * @throws RangeError when it is no positive whole number.
 */
export function keyLifetime(options: KeyOptions): number {
  const { validFor = IDENTITY_KEY_LIFETIME } = options;
  if (Number.isSafeInteger(validFor) && validFor > 0) return validFor;
  throw new RangeError(`"validFor" expected a positive whole number of seconds, got ${validFor}`);
}

function tooManyChanges(identifier: Identifier): OckamError {
  return new OckamError(
    IDENTITY_ERROR_CODES.tooManyChanges,
    `${identifier.toString()} has been rotated as often as a history allows: create a new identity`,
  );
}
