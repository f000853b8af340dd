// Favourable decisions of the last moment. docs/protocol/policies.md, "Where policies are asked".
import { DECISION_LIFETIME, MAX_REMEMBERED_DECISIONS } from "./constants.ts";

/** Remembers the last {@link MAX_REMEMBERED_DECISIONS} subjects that were let pass, for {@link DECISION_LIFETIME}. */
export class RememberedDecisions {
  // When each was made; the oldest first.
  readonly #decisions = new Map<string, number>();

  /** Whether `subject` was let pass a moment ago. */
  has(subject: string): boolean {
    const made = this.#decisions.get(subject);
    if (made === undefined) return false;
    if (performance.now() - made < DECISION_LIFETIME) return true;
    this.#decisions.delete(subject);
    return false;
  }

  /** @param made when what the decision rests on was asked for, by `performance.now()`. */
  add(subject: string, made: number): void {
    this.#decisions.delete(subject);
    this.#decisions.set(subject, made);
    if (this.#decisions.size <= MAX_REMEMBERED_DECISIONS) return;
    const [oldest] = this.#decisions.keys();
    this.#decisions.delete(oldest!);
  }
}
