import type { LogEntry } from "@ockam/codec";
import { Address, connect, listen, memoryTransport, Router } from "@ockam/core-routing";
import type { Route, RoutedListener, Transport } from "@ockam/core-routing";
import { createIdentities } from "@ockam/identity";
import type { Identifier, Identities } from "@ockam/identity";
import { memorySecretStorage } from "@ockam/vault";
import type { SecretStorage } from "@ockam/vault";

import { createKeyHolder, KAFKA_KEYS } from "../src/key-holder.ts";
import type { KeyHolder, KeyHolderOptions } from "../src/key-holder.ts";
import { TopicKeyCipher } from "../src/topic-key-cipher.ts";
import type { TopicKeyCipherOptions } from "../src/topic-key-cipher.ts";
import { memoryTopicKeyStorage } from "../src/topic-key-storage.ts";
import type { TopicKeyStorage } from "../src/topic-key-storage.ts";

/** How long a holder has to answer here, ms: those that do not answer at all are waited for. */
export const SHORT_TIMEOUT = 150;

/** Nodes that reach one another, each with an inlet's keys; relays lead to them by name. */
export class KeyNetwork implements AsyncDisposable {
  readonly identities: Identities = createIdentities();
  readonly transport: Transport = memoryTransport();
  /** Which node a relay leads to. */
  readonly relays = new Map<string, string>();
  readonly nodes: KeyNode[] = [];
  /** Nodes that nobody can connect to. */
  readonly unreachable = new Set<string>();
  /** ms since 1970 */
  now = 1_800_000_000_000;

  /** Starts a node: with a holder, whose relay is registered, unless told otherwise. */
  async start(name: string, options: KeyNodeOptions = {}): Promise<KeyNode> {
    const identifier = options.identifier ?? (await this.identities.create()).identifier;
    const node = new KeyNode(this, name, identifier, options);
    this.nodes.push(node);
    await node.start();
    return node;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of this.nodes) await node.stop();
  }
}

export interface KeyNodeOptions {
  readonly identifier?: Identifier;
  readonly mayConsume?: KeyHolderOptions["mayConsume"];
  readonly mayProduce?: KeyHolderOptions["mayProduce"];
  readonly storage?: TopicKeyStorage;
  readonly secrets?: SecretStorage;
  readonly isPublished?: boolean;
}

export class KeyNode {
  readonly identifier: Identifier;
  readonly name: string;
  readonly network: KeyNetwork;
  readonly entries: LogEntry[] = [];
  readonly options: KeyNodeOptions;
  storage: TopicKeyStorage;
  secrets: SecretStorage;
  router = new Router();
  listener!: RoutedListener;
  holder!: KeyHolder;
  readonly #ciphers: TopicKeyCipher[] = [];
  readonly #ways = new Map<string, Promise<Route>>();

  constructor(network: KeyNetwork, name: string, identifier: Identifier, options: KeyNodeOptions) {
    this.network = network;
    this.name = name;
    this.identifier = identifier;
    this.options = options;
    this.storage = options.storage ?? memoryTopicKeyStorage();
    this.secrets = options.secrets ?? memorySecretStorage();
  }

  get channel(): TopicKeyCipherOptions["channel"] {
    return { identities: this.network.identities, identifier: this.identifier };
  }

  async start(): Promise<void> {
    this.listener = await listen(this.router, this.network.transport, this.name);
    const { mayConsume = () => true, mayProduce = () => true } = this.options;
    this.holder = await createKeyHolder(this.router, {
      ...this.channel,
      consumerOf: [this.listener.flowControlId],
      storage: this.storage,
      secrets: this.secrets,
      mayConsume,
      mayProduce,
      log: (entry) => void this.entries.push(entry),
      now: () => this.network.now,
    });
    if (this.options.isPublished !== false) this.network.relays.set(this.holder.relayName, this.name);
  }

  async stop(): Promise<void> {
    for (const cipher of this.#ciphers.splice(0)) await cipher.close();
    await this.holder.close();
    await this.router.close();
    this.#ways.clear();
  }

  /** The node ends and begins anew, with what it has stored. */
  async restart(): Promise<void> {
    await this.stop();
    this.router = new Router();
    await this.start();
  }

  /** The way to a node's service, over one connection to each. */
  async wayTo(node: string, service: string = KAFKA_KEYS): Promise<Route> {
    if (this.network.unreachable.has(node)) return [this.#silent()];
    const way =
      this.#ways.get(node) ??
      connect(this.router, this.network.transport, node).then(({ address }) => [address]);
    this.#ways.set(node, way);
    way.catch(() => this.#ways.delete(node));
    return [...(await way), Address.local(service)];
  }

  /** Connects again when a node that began anew is asked next. */
  forget(node: string): void {
    this.#ways.delete(node);
  }

  cipher(options: Partial<TopicKeyCipherOptions> & { readonly at?: readonly string[] } = {}): TopicKeyCipher {
    const { at = [], ...rest } = options;
    const cipher = new TopicKeyCipher(this.router, {
      channel: this.channel,
      holder: this.holder,
      holders: at.map((name) => ({ name, routeOf: () => this.wayTo(name) })),
      originRoute: (relayName) => {
        const node = this.network.relays.get(relayName);
        return node === undefined ? [this.#silent()] : this.wayTo(node);
      },
      isPublished: () => this.network.relays.has(this.holder.relayName),
      mayConsume: () => true,
      mayProduce: () => true,
      log: (entry) => void this.entries.push(entry),
      timeout: SHORT_TIMEOUT,
      now: () => this.network.now,
      ...rest,
    });
    this.#ciphers.push(cipher);
    return cipher;
  }

  get logged(): string {
    return this.entries.map(({ error, message }) => `${message}: ${String(error)}`).join("\n");
  }

  #silent(): Address {
    return this.router.start(() => {}).address;
  }
}
