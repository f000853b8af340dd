import { equalBytes } from "@ockam/codec";
import { encodeStoredAttributes } from "@ockam/credentials";
import type { AttributesEntry, AttributeStorage } from "@ockam/credentials";
import type { Identifier } from "@ockam/identity";

import { nodeError } from "../node-error.ts";
import type { Database } from "../state/database.ts";
import { bytesOf, integerOf, optionalIntegerOf } from "../state/row.ts";
import { sqliteAttributeStorage } from "../state/sqlite-attribute-storage.ts";
import { LapseWatch } from "./lapse-watch.ts";
import { Revocations } from "./revocations.ts";
import type { Revocation } from "./revocations.ts";

/** Called with the subject about whom something else is attested now, or undefined: that may be anybody. */
export type AttestationListener = (subject: Identifier | undefined) => void;

/** What is attested about others: kept in the state, void when the authority says so, and gone when it expires. */
export class AttestedAttributes implements AttributeStorage {
  readonly #database: Database;
  readonly #storage: AttributeStorage;
  readonly #revocations: Revocations;
  readonly #lapses: LapseWatch;
  readonly #listeners = new Set<AttestationListener>();

  /** `now`: seconds since 1970. */
  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#storage = sqliteAttributeStorage(database);
    this.#revocations = new Revocations(database);
    this.#lapses = new LapseWatch({
      now,
      expiryOf: async ({ subject, attestedBy }) =>
        (await this.#storage.get(subject, attestedBy, now()))?.expiresAt,
      onLapse: ({ subject }) => this.#tell(subject),
    });
  }

  async get(subject: Identifier, authority: Identifier, now: number): Promise<AttributesEntry | undefined> {
    const entry = await this.#storage.get(subject, authority, now);
    // Whoever asked has decided by it.
    if (entry !== undefined) this.#lapses.add(entry);
    return entry;
  }

  /** @throws OckamError OCKAM_NODE_CREDENTIAL_REVOKED when the authority has changed its mind since */
  async put(entry: AttributesEntry): Promise<void> {
    const { attestedBy, createdAt, subject } = entry;
    // Checked and stored at once: another process may hear of a change in between.
    await this.#database.transaction(() => {
      const changedAt = this.#revocations.changedAt(attestedBy, subject);
      if (changedAt !== undefined && createdAt !== undefined && createdAt <= changedAt)
        throw nodeError(
          "CREDENTIAL_REVOKED",
          `the authority has removed or changed the member ${subject.toString()} after it issued this credential: its node must fetch a new one`,
          { details: { subject: subject.toString(), changedAt } },
        );
      return this.#isKnown(entry) ? undefined : this.#storage.put(entry);
    });
    // Also of what is known: another process of the state may have put it there.
    this.#lapses.add(entry);
    this.#tell(subject);
  }

  async delete(subject: Identifier): Promise<boolean> {
    const found = await this.#storage.delete(subject);
    if (found) this.#tell(subject);
    return found;
  }

  /** Until which second the credentials that `authority` issued to `subject` are void. */
  changedAt(authority: Identifier, subject: Identifier): number | undefined {
    return this.#revocations.changedAt(authority, subject);
  }

  /** How far `authority` has been heard; undefined: never. */
  sequence(authority: Identifier): number | undefined {
    return this.#revocations.sequence(authority);
  }

  /** Takes in what an authority says about members: see `Revocations.add`. */
  revoke(
    authority: Identifier,
    news: { readonly changes: readonly Revocation[]; readonly sequence: number; readonly all?: boolean },
  ): void {
    this.#revocations.add(authority, news);
    for (const { subject } of news.changes) this.#tell(subject);
    if (news.all === true) this.#tell(undefined);
  }

  /** @returns a function that ends it. */
  onChange(listener: AttestationListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#lapses.close();
    this.#listeners.clear();
  }

  /**
   * Whether it says nothing beyond what is there: it was presented before, or by a node of the subject that has not
   * renewed yet.
   */
  #isKnown({ attestedBy, attributes, createdAt, expiresAt, subject }: AttributesEntry): boolean {
    const row = this.#database.first(
      "SELECT attributes, created_at, expires_at FROM identity_attributes WHERE subject = ? AND attested_by = ?",
      subject.toString(),
      attestedBy.toString(),
    );
    const knownAt = row === undefined ? undefined : optionalIntegerOf(row, "created_at");
    if (row === undefined || knownAt === undefined || createdAt === undefined) return false;
    if (expiresAt > integerOf(row, "expires_at") || createdAt > knownAt) return false;
    return createdAt < knownAt || equalBytes(encodeStoredAttributes(attributes), bytesOf(row, "attributes"));
  }

  #tell(subject: Identifier | undefined): void {
    for (const listener of this.#listeners) listener(subject);
  }
}
