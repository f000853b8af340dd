// Creates, keeps, verifies and rotates identities. docs/protocol/identities.md.
import type { Log } from "@ockam/codec";
import { isOckamError, silentLog } from "@ockam/codec";
import type { KeyHandle, Vault } from "@ockam/vault";
import { createSoftwareVault } from "@ockam/vault";
import type { KeyOptions, RotateOptions } from "./change-signing.ts";
import { expectRoom, keyLifetime, signFirstChange, signNextChange } from "./change-signing.ts";
import type { Identifier } from "./identifier.ts";
import { IDENTITY_ERROR_CODES } from "./identity-error.ts";
import type { IdentityStorage } from "./identity-storage.ts";
import { memoryIdentityStorage } from "./identity-storage.ts";
import type { Identity } from "./identity.ts";
import { holdsSecret, requireSecret } from "./key-lookup.ts";
import type { ImportOptions } from "./known-identities.ts";
import { KnownIdentities } from "./known-identities.ts";
import type { VerifiedAttestation } from "./purpose-key-attestation.ts";
import type { PurposeKeyStorage } from "./purpose-key-storage.ts";
import { memoryPurposeKeyStorage } from "./purpose-key-storage.ts";
import type { PurposeKey } from "./purpose-key.ts";
import type { PurposeKeyOptions } from "./purpose-keys.ts";
import { PurposeKeys } from "./purpose-keys.ts";
import type { Purpose } from "./purpose.ts";
import { VerificationCache } from "./verification-cache.ts";

/** What {@link Identities} works with. */
export interface IdentitiesOptions {
  /** Holds the secrets: a new software vault in memory by default. */
  readonly vault?: Vault;
  /** Keeps change histories: in memory by default. */
  readonly storage?: IdentityStorage;
  /** Keeps purpose key attestations: in memory by default. */
  readonly purposeKeyStorage?: PurposeKeyStorage;
  /** The present time in seconds since 1970: the system's clock by default. */
  readonly now?: () => number;
  /** Told of what succeeds with a flaw, such as an old secret that cannot be deleted. */
  readonly log?: Log;
}

/** What is expected of an attestation. */
export interface AttestationOptions<P extends Purpose = Purpose> {
  /** What the key must be for. */
  readonly purpose: P;
  /** Whose key it must be. */
  readonly expectedSubject?: Identifier;
  /** The subject, when its history was just received and is not stored: otherwise the stored one counts. */
  readonly identity?: Identity;
}

/** Identities that keep everything in memory, except for what `options` replaces. */
export function createIdentities(options: IdentitiesOptions = {}): Identities {
  return new Identities(options);
}

/** Creates, keeps, verifies and rotates identities, one's own and those of peers, and their purpose keys. */
export class Identities {
  /** Holds the secrets and verifies signatures. */
  readonly vault: Vault;
  /** The present time in whole seconds since 1970. @throws RangeError when the clock that was given says no such thing */
  readonly now: () => number;
  readonly #known: KnownIdentities;
  readonly #purposeKeys: PurposeKeys;
  readonly #log: Log;

  constructor(options: IdentitiesOptions = {}) {
    const { vault = createSoftwareVault(), now = systemClock } = options;
    this.vault = vault;
    this.now = () => wholeSeconds(now());
    this.#log = options.log ?? silentLog;
    const cache = new VerificationCache(vault);
    this.#known = new KnownIdentities(options.storage ?? memoryIdentityStorage(), cache);
    this.#purposeKeys = new PurposeKeys({
      vault,
      now: this.now,
      cache,
      storage: options.purposeKeyStorage ?? memoryPurposeKeyStorage(),
    });
  }

  /**
   * Makes a new identity: a key, and a first change that the key signs. It is stored.
   * @throws OckamError OCKAM_IDENTITY_KEY_NOT_FOUND when `options.key` is not in the vault.
   */
  async create(options: KeyOptions = {}): Promise<Identity> {
    keyLifetime(options);
    const handle = await this.#signingKey(options);
    return this.import(await signFirstChange(this.vault, handle, this.now(), options));
  }

  /**
   * The stored identity, verified, or undefined.
   * @throws OckamError OCKAM_IDENTITY_CORRUPT_STORAGE when what is stored does not verify.
   */
  async get(identifier: Identifier): Promise<Identity | undefined> {
    return this.#known.get(identifier);
  }

  /** The identifiers of all stored identities, in no particular order. */
  list(): Promise<readonly Identifier[]> {
    return this.#known.list();
  }

  /**
   * The history to give to others, as it is stored. It holds no secret.
   * @throws OckamError OCKAM_IDENTITY_NOT_FOUND, OCKAM_IDENTITY_CORRUPT_STORAGE
   */
  async export(identifier: Identifier): Promise<Uint8Array> {
    return (await this.#known.require(identifier)).changeHistory.slice();
  }

  /**
   * Verifies a history and compares it with what is known of the identity, but stores nothing.
   * @returns the newer of both.
   * @throws OckamError OCKAM_IDENTITY_INVALID_HISTORY, OCKAM_IDENTITY_UNEXPECTED, OCKAM_IDENTITY_ROLLBACK when more
   * is known already, OCKAM_IDENTITY_FORK when something else is known, OCKAM_IDENTITY_CORRUPT_STORAGE.
   */
  async verify(changeHistory: Uint8Array, options: ImportOptions = {}): Promise<Identity> {
    return this.#known.verify(changeHistory, options);
  }

  /**
   * As {@link verify}, and stores the history when it is new or continues the known one. Comparison and storing are
   * one transaction. When both have the same changes, the stored bytes stay.
   */
  async import(changeHistory: Uint8Array, options: ImportOptions = {}): Promise<Identity> {
    return this.#known.import(changeHistory, options);
  }

  /**
   * Gives an identity a new key: appends a change that both keys sign. All its purpose keys end and are made anew
   * when they are next needed. The new history is stored before the old secret is deleted, so that a crash at any
   * point leaves an identity whose newest key the vault holds.
   * @throws OckamError OCKAM_IDENTITY_NOT_FOUND, OCKAM_IDENTITY_KEY_NOT_FOUND when the vault does not hold the
   * present key, OCKAM_IDENTITY_TOO_MANY_CHANGES, OCKAM_IDENTITY_FORK when another rotation came first.
   */
  async rotate(identifier: Identifier, options: RotateOptions = {}): Promise<Identity> {
    keyLifetime(options);
    const identity = await this.#known.require(identifier);
    expectRoom(identity);
    const oldHandle = this.vault.handleOf(identity.latest.publicKey);
    await requireSecret(this.vault, oldHandle, identifier);
    const newHandle = await this.#signingKey(options);
    let history: Uint8Array | undefined;
    try {
      history = await signNextChange(this.vault, identity, newHandle, this.now(), options);
      const rotated = await this.import(history);
      if (options.keepOldKey !== true && oldHandle !== newHandle) await this.#delete(oldHandle);
      return rotated;
    } catch (error) {
      // Without a history, or after a refusal of it, nothing was stored for certain: after any other error the new key
      // may be the identity's.
      const unused = history === undefined || isOckamError(error, IDENTITY_ERROR_CODES.fork);
      if (unused && options.key === undefined) await this.#delete(newHandle);
      throw error;
    }
  }

  /**
   * Forgets an identity: its history and attestations. Its secrets stay in the vault unless `deleteKeys` is set; a
   * deleted secret of an identity of one's own cannot be recovered.
   * @returns whether it was known.
   */
  async delete(identifier: Identifier, options: { deleteKeys?: boolean } = {}): Promise<boolean> {
    const identity = options.deleteKeys === true ? await this.get(identifier) : undefined;
    await this.#purposeKeys.delete(identifier, options);
    const found = await this.#known.delete(identifier);
    if (identity !== undefined) await this.#delete(this.vault.handleOf(identity.latest.publicKey));
    return found;
  }

  /**
   * Whether the identity is one's own: the vault holds the secret of its newest key.
   * @throws OckamError OCKAM_IDENTITY_CORRUPT_STORAGE, or of a vault that cannot be reached.
   */
  async hasSigningKey(identifier: Identifier): Promise<boolean> {
    const identity = await this.get(identifier);
    if (identity === undefined) return false;
    return holdsSecret(() => this.vault.verifyingKey(this.vault.handleOf(identity.latest.publicKey)));
  }

  /**
   * The identity's key for a purpose. The stored one serves as long as it verifies and the vault holds its secret;
   * otherwise a new one is made, attested and stored.
   * @throws OckamError OCKAM_IDENTITY_NOT_FOUND, OCKAM_IDENTITY_KEY_NOT_FOUND when the vault does not hold the
   * identity's key, OCKAM_IDENTITY_KEY_NOT_VALID when that key may not sign at present.
   */
  async purposeKey<P extends Purpose>(
    identifier: Identifier,
    purpose: P,
    options: PurposeKeyOptions = {},
  ): Promise<PurposeKey<P>> {
    return this.#purposeKeys.getOrCreate(identifier, purpose, options, () => this.#known.require(identifier));
  }

  /**
   * Verifies what a peer presents as its purpose key, against the history that is stored of its subject.
   * @throws OckamError OCKAM_IDENTITY_INVALID_ATTESTATION, OCKAM_IDENTITY_NOT_FOUND when the subject is unknown.
   */
  async verifyPurposeKeyAttestation<P extends Purpose>(
    attestation: Uint8Array,
    options: AttestationOptions<P>,
  ): Promise<VerifiedAttestation<P>> {
    return this.#purposeKeys.verify(attestation, options, (subject) => this.#known.require(subject));
  }

  async #signingKey(options: KeyOptions): Promise<KeyHandle> {
    if (options.key === undefined) return this.vault.generateSigningKey(options.keyType);
    await requireSecret(this.vault, options.key);
    return options.key;
  }

  async #delete(handle: KeyHandle): Promise<void> {
    try {
      await this.vault.deleteSigningKey(handle);
    } catch (error) {
      this.#log({
        level: "warn",
        area: "identity",
        message: `the retired signing key ${handle} could not be deleted: delete it by hand`,
        error,
      });
    }
  }
}

/** A clock that says nothing must not pass for one that says "still valid": comparisons with NaN are all false. */
function wholeSeconds(time: number): number {
  const seconds = Math.floor(time);
  if (Number.isSafeInteger(seconds) && seconds >= 0) return seconds;
  throw new RangeError(`"now" expected seconds since 1970, got ${time}`);
}

function systemClock(): number {
  return Date.now() / 1000;
}
