// How others find this node. docs/protocol/kafka-portal.md, "Publishing".
import type { NodeCore } from "../node-core.ts";
import { RelayBundle } from "./relay-bundle.ts";
import type { RelayState } from "./relay-bundle.ts";

/** As how many a node publishes itself. Relay nodes take 256 relays of one identity. */
export const MAX_PUBLISHED_RELAYS = 200;

/** A relay that is to be there. */
export interface PublishedRelay extends RelayState {
  readonly name: string;
}

/** Relays by which others find this node. Whoever asks for one that is there shares it. */
export class PublishedRelays {
  readonly #core: NodeCore;
  readonly #bundles = new Map<string, RelayBundle>();
  /** By place and name, who wants them. */
  readonly #users = new Map<
    string,
    { readonly at: string; readonly name: string; readonly by: Set<object> }
  >();
  #isFull = false;

  constructor(core: NodeCore) {
    this.#core = core;
  }

  /** Begins to publish at once, and waits for nothing. @returns whether it does; not when there are too many. */
  publish(user: object, at: string, name: string): boolean {
    const key = JSON.stringify([at, name]);
    const known = this.#users.get(key);
    if (known !== undefined) {
      known.by.add(user);
      return true;
    }
    if (this.#users.size >= MAX_PUBLISHED_RELAYS) {
      this.#tellFull(name);
      return false;
    }
    this.#users.set(key, { at, name, by: new Set([user]) });
    let bundle = this.#bundles.get(at);
    if (bundle === undefined) {
      bundle = new RelayBundle(this.#core, at);
      this.#bundles.set(at, bundle);
    }
    bundle.add(name);
    return true;
  }

  /** Those of a user. */
  of(user: object): readonly PublishedRelay[] {
    return Array.from(this.#users.values())
      .filter(({ by }) => by.has(user))
      .map(({ at, name }) => ({ name, ...this.#bundles.get(at)!.stateOf(name) }));
  }

  /** Resolves after the first registration of a relay, whatever became of it. */
  async triedOf(at: string, name: string): Promise<void> {
    await this.#bundles.get(at)?.triedOf(name);
  }

  /** Ends the relays that nobody else wants. */
  async release(user: object): Promise<void> {
    const ended = new Map<string, string[]>();
    for (const [key, { at, by, name }] of this.#users) {
      if (!by.delete(user) || by.size > 0) continue;
      this.#users.delete(key);
      ended.set(at, [...(ended.get(at) ?? []), name]);
    }
    await Promise.all(Array.from(ended, ([at, names]) => this.#remove(at, names)));
  }

  async #remove(at: string, names: readonly string[]): Promise<void> {
    const bundle = this.#bundles.get(at)!;
    bundle.remove(names);
    if (!bundle.isEmpty) return;
    this.#bundles.delete(at);
    await bundle.close();
  }

  #tellFull(name: string): void {
    if (this.#isFull) return;
    this.#isFull = true;
    this.#core.log({
      level: "warn",
      area: "kafka",
      message: `${name} and others are not published: a node publishes itself as ${MAX_PUBLISHED_RELAYS} at most`,
    });
  }
}
