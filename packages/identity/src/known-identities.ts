// The memory of identities: what was known yesterday decides what is believed today.
import { OckamError } from "@ockam/codec";
import type { Identifier } from "./identifier.ts";
import { IDENTITY_ERROR_CODES } from "./identity-error.ts";
import type { IdentityStorage } from "./identity-storage.ts";
import type { Identity } from "./identity.ts";
import type { VerificationCache } from "./verification-cache.ts";

/** What is expected of a history. */
export interface ImportOptions {
  /** The identifier that the history must have. */
  readonly expected?: Identifier;
  /** Return what is known instead of throwing when the given history is an earlier state of it. */
  readonly allowOlder?: boolean;
}

/** The storage half of `Identities`: reads and writes verified histories, and compares new ones with known ones. */
export class KnownIdentities {
  readonly #storage: IdentityStorage;
  readonly #cache: VerificationCache;

  constructor(storage: IdentityStorage, cache: VerificationCache) {
    this.#storage = storage;
    this.#cache = cache;
  }

  /** As `Identities.get`. */
  async get(identifier: Identifier): Promise<Identity | undefined> {
    const history = await this.#storage.get(identifier);
    return history === undefined ? undefined : this.#verifyStored(identifier, history);
  }

  /**
   * The stored identity.
   * @throws OckamError OCKAM_IDENTITY_NOT_FOUND, OCKAM_IDENTITY_CORRUPT_STORAGE
   */
  async require(identifier: Identifier): Promise<Identity> {
    const identity = await this.get(identifier);
    if (identity !== undefined) return identity;
    throw new OckamError(
      IDENTITY_ERROR_CODES.notFound,
      `identity not found for identifier ${identifier.toString()}: create it, or import its change history first`,
    );
  }

  /** As `Identities.list`. */
  list(): Promise<readonly Identifier[]> {
    return this.#storage.list();
  }

  /** As `Identities.verify`. */
  async verify(changeHistory: Uint8Array, options: ImportOptions): Promise<Identity> {
    const received = this.#cache.verifyHistory(changeHistory);
    received.expect(options.expected);
    return this.#newest(received, await this.#storage.get(received.identifier), options);
  }

  /** As `Identities.import`. */
  async import(changeHistory: Uint8Array, options: ImportOptions = {}): Promise<Identity> {
    const received = this.#cache.verifyHistory(changeHistory);
    received.expect(options.expected);
    let newest = received;
    await this.#storage.update(received.identifier, (known) => {
      newest = this.#newest(received, known, options);
      return newest === received ? received.changeHistory : undefined;
    });
    return newest;
  }

  /** Forgets a history and says whether there was one. */
  delete(identifier: Identifier): Promise<boolean> {
    return this.#storage.delete(identifier);
  }

  #verifyStored(identifier: Identifier, history: Uint8Array): Identity {
    try {
      const identity = this.#cache.verifyHistory(history);
      identity.expect(identifier);
      return identity;
    } catch (cause) {
      throw new OckamError(
        IDENTITY_ERROR_CODES.corruptStorage,
        `the stored change history of ${identifier.toString()} does not verify: restore the storage from a backup`,
        { cause },
      );
    }
  }

  #newest(received: Identity, history: Uint8Array | undefined, options: ImportOptions): Identity {
    if (history === undefined) return received;
    const known = this.#verifyStored(received.identifier, history);
    const comparison = received.compare(known);
    if (comparison === "newer") return received;
    if (comparison === "equal" || (comparison === "older" && options.allowOlder === true)) return known;
    if (comparison === "older") {
      throw new OckamError(
        IDENTITY_ERROR_CODES.rollback,
        `${received.identifier.toString()} presents ${received.changes.length} changes and is known with ` +
          `${known.changes.length}: it uses a key that it has replaced`,
      );
    }
    throw new OckamError(
      IDENTITY_ERROR_CODES.fork,
      `${received.identifier.toString()} presents a history that contradicts the known one: one of its keys has ` +
        `signed two successors, treat that key as stolen`,
    );
  }
}
