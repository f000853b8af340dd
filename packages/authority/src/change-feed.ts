// Tells members whose membership changed, as soon as it does. docs/protocol/authority.md, "Changes".
import type { Identifier } from "@ockam/identity";

import { invalidMessage } from "./authority-error.ts";
import type { AuthorityCore } from "./authority.ts";
import {
  CHANGES_KEPT,
  CHANGES_WAIT,
  FORGETTING_PERIOD,
  MAX_CHANGES_TOLD,
  MAX_WAITING_REQUESTS,
  MAX_WAITING_REQUESTS_PER_MEMBER,
  MEMBERSHIP_CHANGES,
} from "./constants.ts";
import type { MembershipChanges } from "./membership-changes.ts";
import { decodeChangesRequest, encodeChanges } from "./membership-changes.ts";
import type { MembershipStorage } from "./membership-storage.ts";
import type { Service } from "./service.ts";
import { forbidden, UNKNOWN_PATH } from "./service.ts";

/** Requests that wait for something to change. */
export class ChangeFeed {
  readonly #storage: MembershipStorage;
  readonly #now: () => number;
  readonly #waiting = new Set<() => void>();
  readonly #byMember = new Map<string, number>();
  #isClosed = false;
  /** Counts what has changed, so that nothing is missed between looking and waiting. */
  #wakes = 0;
  #forgetsAt = 0;

  constructor(storage: MembershipStorage, now: () => number) {
    this.#storage = storage;
    this.#now = now;
  }

  /** Something has changed. */
  wake(): void {
    this.#wakes += 1;
    for (const answer of this.#waiting) answer();
  }

  /** Answers those that wait. */
  close(): void {
    this.#isClosed = true;
    this.wake();
  }

  /** The service by which members ask. */
  service({ roles }: Pick<AuthorityCore, "roles">): Service {
    return {
      address: MEMBERSHIP_CHANGES,
      waits: true,
      handle: async (caller, { body, method, path }) => {
        if (method !== "POST" || path !== "/") return UNKNOWN_PATH;
        if (body === undefined) throw invalidMessage("a request without a body");
        const { since } = decodeChangesRequest(body);
        const { isAccountAdmin, member } = await roles.of(caller);
        if (member === undefined && !isAccountAdmin) return forbidden("unauthorized member");
        if (since === undefined) {
          const sequence = await this.#storage.lastSequence();
          return { body: encodeChanges({ sequence, changes: [], complete: true }) };
        }
        return { body: await this.#answer(caller, since) };
      },
    };
  }

  async #answer(caller: Identifier, since: number): Promise<Uint8Array> {
    await this.#forgetOld();
    const wakes = this.#wakes;
    const changes = await this.#changesSince(since);
    const isNews = changes.changes.length > 0 || !changes.complete || wakes !== this.#wakes;
    if (isNews || !this.#mayWait(caller)) return encodeChanges(changes);
    await this.#wait(caller);
    return encodeChanges(await this.#changesSince(since));
  }

  /** One who is far behind is told so, rather than of each change. */
  async #changesSince(since: number): Promise<MembershipChanges> {
    const sequence = await this.#storage.lastSequence();
    if (sequence - since > MAX_CHANGES_TOLD) return { sequence, changes: [], complete: false };
    return this.#storage.changesSince(since);
  }

  async #forgetOld(): Promise<void> {
    const now = this.#now();
    if (now < this.#forgetsAt) return;
    this.#forgetsAt = now + FORGETTING_PERIOD;
    await this.#storage.forgetChangesBefore(now - CHANGES_KEPT);
  }

  #mayWait({ hex }: Identifier): boolean {
    const own = this.#byMember.get(hex) ?? 0;
    return (
      !this.#isClosed && this.#waiting.size < MAX_WAITING_REQUESTS && own < MAX_WAITING_REQUESTS_PER_MEMBER
    );
  }

  async #wait({ hex }: Identifier): Promise<void> {
    this.#byMember.set(hex, (this.#byMember.get(hex) ?? 0) + 1);
    try {
      await new Promise<void>((resolve) => {
        const answer = (): void => {
          clearTimeout(timer);
          this.#waiting.delete(answer);
          resolve();
        };
        const timer = setTimeout(answer, CHANGES_WAIT);
        this.#waiting.add(answer);
      });
    } finally {
      const left = (this.#byMember.get(hex) ?? 1) - 1;
      if (left === 0) this.#byMember.delete(hex);
      else this.#byMember.set(hex, left);
    }
  }
}
