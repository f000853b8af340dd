import type { Address, FlowControls, Router } from "@ockam/core-routing";

/** How many pairs of ways in and out all relays of a node connect. */
export const MAX_RELAY_LINKS = 65_536;
/** How many of those pairs one way may be part of. */
export const MAX_RELAY_LINKS_PER_WAY = 4096;

/**
 * Lets the two ends of a relay reach each other: a relay is not on the way of answers, and later messages of a channel
 * or portal pass it by as well, so each way has to be open to what comes by the other one. For a pair that is known
 * that is four look-ups. Links end with either way.
 */
export class RelayLinks {
  readonly #router: Router;
  readonly #flowControls: FlowControls;
  readonly #closedOf: (way: Address) => Promise<unknown> | undefined;
  /** The partners of each way that lasts. */
  readonly #partners = new Map<string, Set<string>>();
  #size = 0;

  /** `closedOf`: resolves when a way out of the node is gone; undefined for what is none. */
  constructor(router: Router, closedOf: (way: Address) => Promise<unknown> | undefined) {
    this.#router = router;
    this.#flowControls = router.flowControls;
    this.#closedOf = closedOf;
  }

  /** How many pairs there are. */
  get size(): number {
    return this.#size;
  }

  /** Links two addresses; false when there are too many links, or `sender` is nobody. */
  link(owner: Address, sender: Address): boolean {
    if (this.#reaches(owner, sender) && this.#reaches(sender, owner)) return true;
    if (owner.equals(sender)) return true;
    if (!this.#router.has(sender)) return false;
    const closed = this.#closedOf(sender);
    if (closed !== undefined && !this.#count(owner, sender, closed)) return false;
    this.#flowControls.linkConsumer(sender, owner);
    this.#flowControls.linkConsumer(owner, sender);
    return true;
  }

  /** Whether what comes by `from` reaches `to`; also when nothing comes by there. */
  #reaches(from: Address, to: Address): boolean {
    const producer = this.#flowControls.producerOf(from);
    return producer === undefined || this.#flowControls.isConsumer(to, producer.flowControlId);
  }

  #count(owner: Address, sender: Address, closed: Promise<unknown>): boolean {
    const ownerClosed = this.#closedOf(owner);
    if (ownerClosed === undefined) return false;
    const [owners, senders] = [this.#partners.get(owner.key), this.#partners.get(sender.key)];
    if (owners?.has(sender.key) === true) return true;
    if (this.#size >= MAX_RELAY_LINKS) return false;
    if (Math.max(owners?.size ?? 0, senders?.size ?? 0) >= MAX_RELAY_LINKS_PER_WAY) return false;
    this.#partnersOf(owner, ownerClosed).add(sender.key);
    this.#partnersOf(sender, closed).add(owner.key);
    this.#size++;
    return true;
  }

  #partnersOf(way: Address, closed: Promise<unknown>): Set<string> {
    const known = this.#partners.get(way.key);
    if (known !== undefined) return known;
    const partners = new Set<string>();
    this.#partners.set(way.key, partners);
    void closed.then(() => {
      this.#partners.delete(way.key);
      this.#size -= partners.size;
      for (const partner of partners) this.#partners.get(partner)?.delete(way.key);
    });
    return partners;
  }
}
