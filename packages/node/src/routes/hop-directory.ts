import type { Address, RoutedConnection } from "@ockam/core-routing";
import type { Disturbance } from "@ockam/portal-tcp";
import type { SecureChannel } from "@ockam/secure-channel";

/** Where routes leave the node: a connection, a secure channel, or what stands for one. */
export interface Hop {
  /** Resolves when it is gone. */
  readonly closed: Promise<Error | undefined>;
  /** The channel behind it, if it is one. */
  readonly channel?: SecureChannel;
  /** The connection behind it, if it is one. */
  readonly connection?: RoutedConnection;
}

/** The ways out of the node by address, for those that have to know when one is gone or loses messages. */
export class HopDirectory {
  readonly #hops = new Map<string, Hop>();
  readonly #listeners = new WeakMap<Hop, Set<() => void>>();

  /** Adds a hop, until it closes. */
  add(address: Address, hop: Hop): void {
    this.#hops.set(address.key, hop);
    const listeners = new Set<() => void>();
    this.#listeners.set(hop, listeners);
    void hop.closed.then(() => {
      if (this.#hops.get(address.key) === hop) this.#hops.delete(address.key);
      for (const listener of listeners) listener();
    });
  }

  /**
   * Calls `listener` when the hop that is at the address now has closed. What waits for {@link Hop.closed} itself is kept
   * as long as the hop: this is for those of whom many come and go meanwhile.
   * @returns a function that ends it; undefined when there is no hop at the address.
   */
  onClosed(address: Address, listener: () => void): (() => void) | undefined {
    const hop = this.find(address);
    const listeners = hop === undefined ? undefined : this.#listeners.get(hop);
    listeners?.add(listener);
    return listeners === undefined ? undefined : () => listeners.delete(listener);
  }

  find(address: Address): Hop | undefined {
    return this.#hops.get(address.key);
  }

  /** All connections that this node opened and that are open. */
  connections(): readonly RoutedConnection[] {
    return [...this.#hops.values()].flatMap(({ connection }) =>
      connection === undefined ? [] : [connection],
    );
  }

  /** All secure channels that are open, from either end. */
  channels(): readonly SecureChannel[] {
    // One that was opened again is at two addresses.
    return [
      ...new Set([...this.#hops.values()].flatMap(({ channel }) => (channel === undefined ? [] : [channel]))),
    ];
  }

  /**
   * How portals learn that a channel lost or reordered messages. One that is not authentic says nothing about them:
   * anybody who can reach the channel can make one up, and must not reset streams by it.
   */
  readonly disturbance: Disturbance = (listener, address) => {
    const channel = this.find(address)?.channel;
    return channel?.onDisturbance((kind) => kind !== "refused" && listener()) ?? (() => {});
  };
}
