// Keeps the purpose keys of identities of one's own, and verifies the attestations of others.
import { isOckamError, OckamError, toHex } from "@ockam/codec";
import type { KeyHandle, Vault } from "@ockam/vault";
import { MAX_CLOCK_SKEW, PURPOSE_KEY_LIFETIME } from "./constants.ts";
import type { Identifier } from "./identifier.ts";
import { IDENTITY_ERROR_CODES, invalidAttestation } from "./identity-error.ts";
import type { Identity } from "./identity.ts";
import { holdsSecret, requireSecret } from "./key-lookup.ts";
import type { AttestedKey, UnverifiedAttestation, VerifiedAttestation } from "./purpose-key-attestation.ts";
import {
  checkAttestation,
  decodeAttestation,
  encodeAttestation,
  encodeAttestationData,
} from "./purpose-key-attestation.ts";
import type { PurposeKeyStorage } from "./purpose-key-storage.ts";
import type { PurposeKey } from "./purpose-key.ts";
import type { Purpose, PurposePublicKey } from "./purpose.ts";
import type { VerificationCache } from "./verification-cache.ts";

/** What is asked of a purpose key. */
export interface PurposeKeyOptions {
  /**
   * A stored key with fewer seconds left is replaced, unless it lives as long as the identity's key: what a purpose
   * key signs has to expire before it. At most half of {@link PURPOSE_KEY_LIFETIME} counts, lest each call make a new
   * key. 0 by default.
   */
  readonly minimumLifetime?: number;
}

/** What {@link PurposeKeys} works with. */
export interface PurposeKeysOptions {
  readonly vault: Vault;
  readonly storage: PurposeKeyStorage;
  readonly cache: VerificationCache;
  readonly now: () => number;
}

const PURPOSES: readonly Purpose[] = ["secure-channel", "credentials"];

/** The purpose key half of `Identities`. */
export class PurposeKeys {
  readonly #vault: Vault;
  readonly #storage: PurposeKeyStorage;
  readonly #cache: VerificationCache;
  readonly #now: () => number;
  /** Calls at the same time wait for one key instead of each making another. */
  readonly #pending = new Map<string, Promise<unknown>>();

  constructor(options: PurposeKeysOptions) {
    this.#vault = options.vault;
    this.#storage = options.storage;
    this.#cache = options.cache;
    this.#now = options.now;
  }

  /** As `Identities.purposeKey`; `load` loads the identity or throws. */
  async getOrCreate<P extends Purpose>(
    identifier: Identifier,
    purpose: P,
    options: PurposeKeyOptions,
    load: () => Promise<Identity>,
  ): Promise<PurposeKey<P>> {
    const turn = `${identifier.toString()} ${purpose}`;
    const previous = this.#pending.get(turn);
    const key = (async () => {
      await previous?.catch(() => {});
      const identity = await load();
      const known = await this.#storage.get(identifier, purpose);
      return (
        (await this.#usable(known, identity, purpose, options)) ?? this.#create(identity, purpose, known)
      );
    })();
    this.#pending.set(turn, key);
    try {
      return await key;
    } finally {
      if (this.#pending.get(turn) === key) this.#pending.delete(turn);
    }
  }

  /** As `Identities.verifyPurposeKeyAttestation`; `stored` loads a subject or throws. */
  async verify<P extends Purpose>(
    encoded: Uint8Array,
    options: { purpose: P; expectedSubject?: Identifier; identity?: Identity },
    stored: (subject: Identifier) => Promise<Identity>,
  ): Promise<VerifiedAttestation<P>> {
    const attestation = decodeAttestation(encoded);
    const { subject, createdAt, expiresAt } = attestation;
    const { purpose, expectedSubject } = options;
    if (expectedSubject !== undefined && !expectedSubject.equals(subject)) {
      throw invalidAttestation(`its subject is ${subject.toString()}, not ${expectedSubject.toString()}`);
    }
    this.#check(attestation, options.identity ?? (await stored(subject)));
    return { subject, purpose, publicKey: keyFor(attestation.key, purpose), createdAt, expiresAt };
  }

  /** Removes the attestations of an identity, and with `deleteKeys` the secrets. */
  async delete(identifier: Identifier, options: { deleteKeys?: boolean }): Promise<void> {
    for (const purpose of PURPOSES) {
      const encoded = await this.#storage.get(identifier, purpose);
      if (encoded === undefined) continue;
      if (options.deleteKeys === true) await this.#deleteSecret(encoded);
      await this.#storage.delete(identifier, purpose);
    }
  }

  #check(attestation: UnverifiedAttestation, identity: Identity): void {
    checkAttestation(attestation, identity, this.#now());
    this.#cache.verifyAttestationSignature(attestation, identity);
  }

  async #usable<P extends Purpose>(
    encoded: Uint8Array | undefined,
    identity: Identity,
    purpose: P,
    options: PurposeKeyOptions,
  ): Promise<PurposeKey<P> | undefined> {
    if (encoded === undefined) return undefined;
    const asked = Math.min(options.minimumLifetime ?? 0, PURPOSE_KEY_LIFETIME / 2);
    const needed = Math.min(this.#now() + asked, identity.latest.validUntil);
    try {
      const attestation = decodeAttestation(encoded);
      this.#check(attestation, identity);
      const publicKey = keyFor(attestation.key, purpose);
      const { createdAt, expiresAt } = attestation;
      if (expiresAt < needed || !(await this.#holds(attestation.key))) return undefined;
      const handle = this.#handleOf(attestation.key);
      return { purpose, handle, publicKey, attestation: encoded, createdAt, expiresAt };
    } catch (error) {
      if (isOckamError(error, IDENTITY_ERROR_CODES.invalidAttestation)) return undefined;
      throw error;
    }
  }

  /** In the place of `known`, whose secret is deleted: who knows only an old history would believe whoever finds it. */
  async #create<P extends Purpose>(
    identity: Identity,
    purpose: P,
    known: Uint8Array | undefined,
  ): Promise<PurposeKey<P>> {
    const { createdAt, expiresAt } = this.#lifetime(identity);
    const signer = this.#vault.handleOf(identity.latest.publicKey);
    await requireSecret(this.#vault, signer, identity.identifier);
    const key = await this.#generate(purpose);
    const data = encodeAttestationData({
      subject: identity.identifier,
      subjectLatestChangeHash: identity.latest.hash,
      key,
      createdAt,
      expiresAt,
    });
    const attestation = encodeAttestation(data, await this.#vault.sign(signer, this.#vault.sha256(data)));
    await this.#storage.put(identity.identifier, purpose, attestation);
    // Not the secret of what is replaced by now: another process may have made that one just before, and use it.
    if (known !== undefined) await this.#deleteSecret(known);
    const publicKey = keyFor(key, purpose);
    return { purpose, handle: this.#handleOf(key), publicKey, attestation, createdAt, expiresAt };
  }

  /** Never outside the identity key's own lifetime: peers would refuse it. */
  #lifetime(identity: Identity): { createdAt: number; expiresAt: number } {
    const now = this.#now();
    const { validFrom, validUntil } = identity.latest;
    // A clock that was set back a little since the key was made is what peers tolerate, too.
    const createdAt = Math.max(now, validFrom);
    if (createdAt - now <= MAX_CLOCK_SKEW && createdAt <= validUntil) {
      return { createdAt, expiresAt: Math.min(createdAt + PURPOSE_KEY_LIFETIME, validUntil) };
    }
    const period =
      now < validFrom ? "not valid yet: correct the clock" : "no longer valid: rotate the identity";
    throw new OckamError(
      IDENTITY_ERROR_CODES.keyNotValid,
      `the key of ${identity.identifier.toString()} is ${period}`,
    );
  }

  async #generate(purpose: Purpose): Promise<AttestedKey> {
    if (purpose === "secure-channel") {
      const publicKey = await this.#vault.staticPublicKey(await this.#vault.generateStaticKey());
      return { purpose, publicKey };
    }
    const publicKey = await this.#vault.verifyingKey(await this.#vault.generateSigningKey());
    return { purpose, publicKey };
  }

  #holds(key: AttestedKey): Promise<boolean> {
    const handle = this.#handleOf(key);
    return holdsSecret(() =>
      key.purpose === "secure-channel"
        ? this.#vault.staticPublicKey(handle)
        : this.#vault.verifyingKey(handle),
    );
  }

  #handleOf(key: AttestedKey): KeyHandle {
    if (key.purpose === "credentials") return this.#vault.handleOf(key.publicKey);
    return toHex(this.#vault.sha256(key.publicKey));
  }

  async #deleteSecret(encoded: Uint8Array): Promise<void> {
    try {
      const { key } = decodeAttestation(encoded);
      const handle = this.#handleOf(key);
      if (key.purpose === "secure-channel") await this.#vault.deleteStaticKey(handle);
      else await this.#vault.deleteSigningKey(handle);
    } catch (error) {
      // What cannot be decoded names no secret, and must not keep its identity from being deleted.
      if (!isOckamError(error, IDENTITY_ERROR_CODES.invalidAttestation)) throw error;
    }
  }
}

function keyFor<P extends Purpose>(key: AttestedKey, purpose: P): PurposePublicKey<P> {
  if (key.purpose === purpose) return key.publicKey as PurposePublicKey<P>;
  throw invalidAttestation(`the key is for ${key.purpose}, not for ${purpose}`);
}
