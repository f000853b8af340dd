import { toHex } from "@ockam/codec";
import type { Attributes } from "@ockam/credentials";
import type { Identifier } from "@ockam/identity";

import type { MembershipChanges } from "./membership-changes.ts";
import { isMember } from "./membership-storage.ts";
import type { MembershipStorage, Redemption, StoredMember, StoredToken } from "./membership-storage.ts";

/** A storage that lasts as long as the process: for tests, and for authorities with a fixed list of members. */
export function memoryMembershipStorage(): MembershipStorage {
  return new MemoryMembershipStorage();
}

interface Change {
  readonly subject: Identifier;
  readonly changedAt: number;
  readonly sequence: number;
}

class MemoryMembershipStorage implements MembershipStorage {
  readonly #members = new Map<string, StoredMember>();
  /** Members that were pre-trusted at the last start, whatever became of them. */
  readonly #preTrusted = new Set<string>();
  readonly #tokens = new Map<string, StoredToken>();
  readonly #changes = new Map<string, Change>();
  #sequence = 0;
  #forgotten = 0;

  async find(identifier: Identifier): Promise<StoredMember | undefined> {
    return this.#members.get(identifier.hex);
  }

  async list(): Promise<readonly StoredMember[]> {
    return [...this.#members.values()];
  }

  async counts(now: number): Promise<{ readonly members: number; readonly tokens: number }> {
    this.#forgetTokens(now);
    return { members: this.#members.size, tokens: this.#tokens.size };
  }

  async put(member: StoredMember, changedAt?: number): Promise<void> {
    this.#members.set(member.identifier.hex, member);
    if (changedAt !== undefined) this.#change(member.identifier, changedAt);
  }

  async delete(identifier: Identifier, changedAt: number): Promise<boolean> {
    this.#preTrusted.delete(identifier.hex);
    if (!this.#members.delete(identifier.hex)) return false;
    this.#change(identifier, changedAt);
    return true;
  }

  async setPreTrusted(members: readonly StoredMember[], now: number): Promise<void> {
    const wanted = new Set(members.map(({ identifier }) => identifier.hex));
    for (const [hex, member] of this.#members) {
      if (wanted.has(hex) || !(member.isPreTrusted || this.#preTrusted.has(hex))) continue;
      this.#members.delete(hex);
      this.#change(member.identifier, now);
    }
    this.#preTrusted.clear();
    for (const member of members) {
      const { hex } = member.identifier;
      const known = this.#members.get(hex);
      this.#members.set(hex, member);
      this.#preTrusted.add(hex);
      if (known !== undefined && !sameAttributes(known.attributes, member.attributes)) {
        this.#change(member.identifier, now);
      }
    }
  }

  async addToken(token: StoredToken): Promise<void> {
    this.#tokens.set(toHex(token.codeHash), token);
  }

  async redeem(
    codeHash: Uint8Array,
    member: (token: StoredToken) => StoredMember,
    now: number,
  ): Promise<Redemption> {
    this.#forgetTokens(now);
    const key = toHex(codeHash);
    const token = this.#tokens.get(key);
    if (token === undefined) return "unknown";
    const added = member(token);
    const known = this.#members.get(added.identifier.hex);
    if (known !== undefined && isMember(known, now)) return "already-a-member";
    this.#members.set(added.identifier.hex, added);
    if (token.uses > 1) this.#tokens.set(key, { ...token, uses: token.uses - 1 });
    else this.#tokens.delete(key);
    return "redeemed";
  }

  async changesSince(sequence: number): Promise<MembershipChanges> {
    const changes = [...this.#changes.values()]
      .filter((change) => change.sequence > sequence)
      .map(({ changedAt, subject }) => ({ changedAt, subject }));
    const complete = sequence >= this.#forgotten && sequence <= this.#sequence;
    return { sequence: this.#sequence, changes, complete };
  }

  async lastSequence(): Promise<number> {
    return this.#sequence;
  }

  async lastChangeOf(subject: Identifier): Promise<number | undefined> {
    return this.#changes.get(subject.hex)?.changedAt;
  }

  async forgetChangesBefore(time: number): Promise<void> {
    for (const [hex, { changedAt, sequence }] of this.#changes) {
      if (changedAt >= time) continue;
      this.#changes.delete(hex);
      this.#forgotten = Math.max(this.#forgotten, sequence);
    }
  }

  #change(subject: Identifier, changedAt: number): void {
    const before = this.#changes.get(subject.hex)?.changedAt ?? 0;
    // Behind the others, also in the order of the map.
    this.#changes.delete(subject.hex);
    this.#sequence += 1;
    const later = Math.max(changedAt, before + 1);
    this.#changes.set(subject.hex, { subject, changedAt: later, sequence: this.#sequence });
  }

  #forgetTokens(now: number): void {
    for (const [key, { expiresAt }] of this.#tokens) if (expiresAt <= now) this.#tokens.delete(key);
  }
}

function sameAttributes(a: Attributes, b: Attributes): boolean {
  return a.size === b.size && a.includes(b);
}
