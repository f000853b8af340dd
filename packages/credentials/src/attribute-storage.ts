import type { Identifier } from "@ockam/identity";

import type { Attributes } from "./attributes.ts";

/** The attributes of a subject as one authority attested them. Times are seconds since 1970. */
export interface AttributesEntry {
  readonly subject: Identifier;
  readonly attributes: Attributes;
  /** Who says so. */
  readonly attestedBy: Identifier;
  readonly addedAt: number;
  /** When the credential that it came from was made; absent for what came from none. */
  readonly createdAt?: number;
  /** The entry is gone from this second on: one second before the credential that it came from ends. */
  readonly expiresAt: number;
}

/**
 * Keeps what credentials said about peers, for the decisions about their later messages: one entry for each subject and
 * authority. An implementation proves itself with `testAttributeStorage` of `@ockam/credentials/testing`.
 */
export interface AttributeStorage {
  /**
   * What `authority` attested of `subject`, or undefined. Who decides by attributes always names the authority that it
   * trusts: what another one attested is no answer.
   * @param now seconds since 1970: entries with `expiresAt <= now` are gone, and may be removed for good.
   */
  get(subject: Identifier, authority: Identifier, now: number): Promise<AttributesEntry | undefined>;
  /** Keeps an entry, in place of the one of the same subject and authority. */
  put(entry: AttributesEntry): Promise<void>;
  /** Removes all entries of a subject and says whether there were any. */
  delete(subject: Identifier): Promise<boolean>;
}

/** A storage that forgets everything when the process ends, and expired entries as it grows. */
export function memoryAttributeStorage(): AttributeStorage {
  return new MemoryAttributeStorage();
}

// How many entries there may be before expired ones are looked for.
const FIRST_SWEEP = 1024;

class MemoryAttributeStorage implements AttributeStorage {
  readonly #entries = new Map<string, AttributesEntry>();
  #nextSweep = FIRST_SWEEP;

  async get(subject: Identifier, authority: Identifier, now: number): Promise<AttributesEntry | undefined> {
    const key = keyOf(subject, authority);
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.expiresAt > now) return entry;
    this.#entries.delete(key);
    return undefined;
  }

  async put(entry: AttributesEntry): Promise<void> {
    this.#entries.set(keyOf(entry.subject, entry.attestedBy), entry);
    if (this.#entries.size >= this.#nextSweep) this.#sweep(entry.addedAt);
  }

  async delete(subject: Identifier): Promise<boolean> {
    let found = false;
    for (const [key, entry] of this.#entries) {
      if (entry.subject.equals(subject)) found = this.#entries.delete(key) || found;
    }
    return found;
  }

  #sweep(now: number): void {
    for (const [key, { expiresAt }] of this.#entries) if (expiresAt <= now) this.#entries.delete(key);
    this.#nextSweep = Math.max(FIRST_SWEEP, 2 * this.#entries.size);
  }
}

function keyOf(subject: Identifier, authority: Identifier): string {
  return subject.hex + authority.hex;
}
