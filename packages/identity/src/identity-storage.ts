import { Identifier } from "./identifier.ts";

/**
 * Keeps change histories, one's own and those of peers. An implementation stores bytes as they are and proves itself
 * with `testIdentityStorage` of `@ockam/identity/testing`.
 */
export interface IdentityStorage {
  /** The stored history, or undefined. */
  get(identifier: Identifier): Promise<Uint8Array | undefined>;
  /**
   * Reads the stored history, hands it to `decide`, and stores what that returns; undefined leaves everything as it
   * is. The three steps are one transaction: no other update of the same identifier, of this process or another, comes
   * between. An error of `decide` is passed on and nothing is stored. `decide` returns at once and may be called again
   * if the storage has to retry. The returned promise resolves when the history would survive a crash.
   */
  update(
    identifier: Identifier,
    decide: (known: Uint8Array | undefined) => Uint8Array | undefined,
  ): Promise<void>;
  /** The identifiers of all stored histories, in no particular order. */
  list(): Promise<readonly Identifier[]>;
  /** Removes a history and says whether there was one. */
  delete(identifier: Identifier): Promise<boolean>;
}

/** A storage that forgets everything when the process ends. */
export function memoryIdentityStorage(): IdentityStorage {
  const histories = new Map<string, Uint8Array>();
  return {
    async get(identifier) {
      return histories.get(identifier.toString())?.slice();
    },
    async update(identifier, decide) {
      const key = identifier.toString();
      const history = decide(histories.get(key)?.slice());
      if (history !== undefined) histories.set(key, history.slice());
    },
    async list() {
      return Array.from(histories.keys(), (text) => Identifier.parse(text));
    },
    async delete(identifier) {
      return histories.delete(identifier.toString());
    },
  };
}
