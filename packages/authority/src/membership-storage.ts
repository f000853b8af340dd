import type { Attributes } from "@ockam/credentials";
import type { Identifier } from "@ockam/identity";

import type { MembershipChanges } from "./membership-changes.ts";

/** A member as it is stored. */
export interface StoredMember {
  readonly identifier: Identifier;
  readonly attributes: Attributes;
  readonly addedBy: Identifier;
  /** Seconds since 1970. */
  readonly addedAt: number;
  /** It is no member from this second on, seconds since 1970; absent: as long as nobody removes it. */
  readonly expiresAt?: number;
  /** Whether the owner of the authority named it at the last start. */
  readonly isPreTrusted: boolean;
}

/** Whether the time of a member is not over. `now`: seconds since 1970. */
export function isMember({ expiresAt }: StoredMember, now: number): boolean {
  return expiresAt === undefined || now < expiresAt;
}

/** A one-time code as it is stored: only its hash. */
export interface StoredToken {
  /** SHA-256 of the code. */
  readonly codeHash: Uint8Array;
  readonly issuedBy: Identifier;
  /** Seconds since 1970. */
  readonly createdAt: number;
  /** It is not good any more from this second on. */
  readonly expiresAt: number;
  /** How often it may be used. */
  readonly uses: number;
  readonly attributes: Attributes;
}

/** What became of a code. */
export type Redemption = "redeemed" | "unknown" | "already-a-member";

/**
 * Where one authority keeps its members. Each method is one transaction. Of two changes of a member, the later one is
 * noted for a later second, whatever the clock says: a credential that was issued between them is younger than the first.
 */
export interface MembershipStorage {
  /** Also one whose time is over: {@link isMember}. */
  find(identifier: Identifier): Promise<StoredMember | undefined>;
  list(): Promise<readonly StoredMember[]>;
  /** How much there is; expired tokens do not count. */
  counts(now: number): Promise<{ readonly members: number; readonly tokens: number }>;
  /** Adds a member, or replaces it. With `changedAt`, its credentials up to that second are void. */
  put(member: StoredMember, changedAt?: number): Promise<void>;
  /** Removes a member; its credentials up to `changedAt` are void. @returns whether there was one */
  delete(identifier: Identifier, changedAt: number): Promise<boolean>;
  /**
   * Makes `members` the pre-trusted ones: those that were and are not among them any more are removed, whatever else was
   * done with them meanwhile. Changes are noted for those that are removed or get other attributes.
   */
  setPreTrusted(members: readonly StoredMember[], now: number): Promise<void>;
  addToken(token: StoredToken): Promise<void>;
  /**
   * Uses a code once: adds the member that `member` makes of its token, unless it is one already, and its time is not
   * over; then the code is not used up. Tokens whose time is over are removed.
   */
  redeem(
    codeHash: Uint8Array,
    member: (token: StoredToken) => StoredMember,
    now: number,
  ): Promise<Redemption>;
  /** Changes with a greater sequence number; of each subject the last one. */
  changesSince(sequence: number): Promise<MembershipChanges>;
  /** 0 when nothing has changed yet. */
  lastSequence(): Promise<number>;
  /** Until when credentials of the subject are void; undefined when none are. */
  lastChangeOf(subject: Identifier): Promise<number | undefined>;
  /** Forgets changes that are older. */
  forgetChangesBefore(time: number): Promise<void>;
}
