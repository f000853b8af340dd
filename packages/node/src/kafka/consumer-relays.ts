// How this node's consumers are found. docs/protocol/kafka-portal.md, "Publishing".
import type { NodeCore } from "../node-core.ts";
import { RelaySession } from "../relays/relay-session.ts";
import { consumerRelayName } from "./consumer-way.ts";
import type { TopicPartition } from "./consumer-way.ts";

/** How many partitions a node publishes itself for. Relay nodes take 256 relays of one identity. */
export const MAX_PUBLISHED_PARTITIONS = 200;

interface OwnRelay {
  readonly session: RelaySession;
  readonly users: Set<object>;
}

/** The relays of a node by which producers find it: one for each partition that it reads, whichever of its inlets does. */
export class ConsumerRelays {
  readonly #core: NodeCore;
  /** By the relay node and their name. */
  readonly #relays = new Map<string, OwnRelay>();
  #isFull = false;

  constructor(core: NodeCore) {
    this.#core = core;
  }

  /** Begins to publish at once, and waits for nothing. @returns whether it does; not when there are too many. */
  publish(user: object, at: string, partition: TopicPartition): boolean {
    const name = consumerRelayName(partition);
    if (name === undefined) return false;
    const key = keyOf(at, name);
    let relay = this.#relays.get(key);
    if (relay === undefined) {
      if (this.#relays.size >= MAX_PUBLISHED_PARTITIONS) {
        this.#tellFull(name);
        return false;
      }
      relay = { session: new RelaySession(this.#core, { name, address: name, at }), users: new Set() };
      this.#relays.set(key, relay);
    }
    relay.users.add(user);
    return true;
  }

  /** Whether producers find this node by that relay at present, and why not. */
  stateOf(
    at: string,
    partition: TopicPartition,
  ): { readonly name: string; readonly isUp: boolean; readonly failure: Error | undefined } | undefined {
    const name = consumerRelayName(partition);
    const relay = name === undefined ? undefined : this.#relays.get(keyOf(at, name));
    if (name === undefined || relay === undefined) return undefined;
    const { lastFailure, path } = relay.session;
    return { name, isUp: path !== undefined, failure: lastFailure };
  }

  /** Ends the relays that nobody else uses. */
  async release(user: object): Promise<void> {
    const ended: RelaySession[] = [];
    for (const [key, { session, users }] of this.#relays) {
      if (!users.delete(user) || users.size > 0) continue;
      this.#relays.delete(key);
      ended.push(session);
    }
    await Promise.all(ended.map((session) => session.close()));
  }

  #tellFull(name: string): void {
    if (this.#isFull) return;
    this.#isFull = true;
    this.#core.log({
      level: "warn",
      area: "kafka",
      message: `${name} and others are not published: this node reads more than ${MAX_PUBLISHED_PARTITIONS} partitions`,
    });
  }
}

function keyOf(at: string, name: string): string {
  return JSON.stringify([at, name]);
}
