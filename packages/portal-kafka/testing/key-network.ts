import { isOckamError } from "@ockam/codec";
import type { LogEntry } from "@ockam/codec";
import { Address, connect, listen, memoryTransport, Router } from "@ockam/core-routing";
import type { Route, RoutedListener, Transport } from "@ockam/core-routing";
import { createIdentities } from "@ockam/identity";
import type { Identifier, Identities } from "@ockam/identity";
import { createSecureChannel, createSecureChannelListener } from "@ockam/secure-channel";
import type { SecureChannel } from "@ockam/secure-channel";
import { memorySecretStorage } from "@ockam/vault";
import type { SecretStorage } from "@ockam/vault";

import { decodeHolderAnswer, decodeHolderRequest, encodeHolderAnswer } from "../src/key-holder-message.ts";
import type { HolderAnswer, HolderRequest } from "../src/key-holder-message.ts";
import { createKeyHolder, KAFKA_KEY_HOLDER, KAFKA_KEYS } from "../src/key-holder.ts";
import type { KeyHolder, KeyHolderOptions } from "../src/key-holder.ts";
import { TopicKeyCipher } from "../src/topic-key-cipher.ts";
import type { TopicKeyCipherOptions } from "../src/topic-key-cipher.ts";
import { memoryTopicKeyStorage } from "../src/topic-key-storage.ts";
import type { TopicKeyStorage } from "../src/topic-key-storage.ts";
import type { HeldTopicKey } from "../src/topic-key-store.ts";
import { deriveTopicKey } from "../src/topic-key.ts";

/** How long an answer is waited for that is not to come, ms. */
export const SILENCE = 100;

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

/** Takes the place of a node's holder: says what it likes, to whoever asks. */
export async function impostor(
  network: KeyNetwork,
  name: string,
  answer: (request: HolderRequest) => HolderAnswer,
): Promise<KeyNode> {
  const node = await network.start(name, { isPublished: false });
  await node.holder.close();
  const worker = node.router.start(
    (message, context) => {
      void context.reply(message, encodeHolderAnswer(answer(decodeHolderRequest(message.payload))));
    },
    { address: KAFKA_KEY_HOLDER },
  );
  const listener = createSecureChannelListener(node.router, KAFKA_KEYS, {
    ...node.channel,
    consumerOf: [node.listener.flowControlId],
  });
  node.router.flowControls.addConsumer(worker.address, listener.flowControlId);
  return node;
}

export interface KeyNodeOptions {
  readonly identifier?: Identifier;
  readonly mayConsume?: KeyHolderOptions["mayConsume"];
  readonly mayProduce?: KeyHolderOptions["mayProduce"];
  readonly storage?: TopicKeyStorage;
  readonly secrets?: SecretStorage;
  readonly isPublished?: boolean;
  readonly maxNewKeys?: number;
}

/** `at`: the nodes whose holders are named. */
type KeyNodeCipherOptions = Partial<TopicKeyCipherOptions> & { readonly at?: readonly string[] };

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
    const { maxNewKeys, mayConsume = () => true, mayProduce = () => true } = this.options;
    this.holder = await createKeyHolder(this.router, {
      ...this.channel,
      consumerOf: [this.listener.flowControlId],
      storage: this.storage,
      secrets: this.secrets,
      mayConsume,
      mayProduce,
      log: (entry) => void this.entries.push(entry),
      now: () => this.network.now,
      ...(maxNewKeys === undefined ? {} : { maxNewKeys }),
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
    if (this.network.unreachable.has(node)) return [];
    const way =
      this.#ways.get(node) ??
      connect(this.router, this.network.transport, node).then(({ address }) => [address]);
    this.#ways.set(node, way);
    way.catch(() => this.#ways.delete(node));
    return [...(await way), Address.local(service)];
  }

  /** Asks another node's holder something, as a client of its own would; undefined when nothing comes back. */
  async ask(node: string, payload: Uint8Array, timeout?: number): Promise<HolderAnswer | undefined> {
    const channel = await this.channelTo(node);
    try {
      return await this.askOver(channel, payload, timeout);
    } finally {
      await channel.close();
    }
  }

  async channelTo(node: string): Promise<SecureChannel> {
    return createSecureChannel(this.router, await this.wayTo(node), { ...this.channel, confirm: false });
  }

  async askOver(
    { address }: SecureChannel,
    payload: Uint8Array,
    timeout?: number,
  ): Promise<HolderAnswer | undefined> {
    try {
      const route = [address, Address.local(KAFKA_KEY_HOLDER)];
      const answer = await this.router.request(route, payload, timeout === undefined ? {} : { timeout });
      return decodeHolderAnswer(answer.payload);
    } catch (error) {
      if (!isOckamError(error, "OCKAM_ROUTING_TIMEOUT")) throw error;
      return undefined;
    }
  }

  /** A key of this node, made for a topic, with the request that deposits it. */
  key(change: Partial<HeldTopicKey> = {}): HeldTopicKey {
    const { backend } = this.network.identities.vault;
    const seconds = Math.floor(this.network.now / 1000);
    const terms = {
      producer: this.identifier,
      origin: this.holder.origin,
      topic: "orders",
      sealsUntil: seconds + 3600,
      keptUntil: 0,
      ...change,
    };
    const secret = backend.randomBytes(32);
    return { ...terms, secret, ...deriveTopicKey(backend, terms, secret), ...change };
  }

  /** Connects again when a node that began anew is asked next. */
  forget(node: string): void {
    this.#ways.delete(node);
  }

  /** The keys of an inlet, which finds those of others through relays. */
  cipher(options: KeyNodeCipherOptions = {}): TopicKeyCipher {
    return this.directCipher({
      originRoute: (relayName) => {
        const node = this.network.relays.get(relayName);
        return node === undefined ? [] : this.wayTo(node);
      },
      ...options,
    });
  }

  /** The keys of an inlet that asks only the holders that it is given. */
  directCipher(options: KeyNodeCipherOptions = {}): TopicKeyCipher {
    const { at = [], ...rest } = options;
    const cipher = new TopicKeyCipher(this.router, {
      channel: this.channel,
      holder: this.holder,
      holders: at.map((name) => ({ name, routeOf: () => this.wayTo(name) })),
      isPublished: () => this.network.relays.has(this.holder.relayName),
      mayConsume: () => true,
      mayProduce: () => true,
      log: (entry) => void this.entries.push(entry),
      now: () => this.network.now,
      ...rest,
    });
    this.#ciphers.push(cipher);
    return cipher;
  }

  get logged(): string {
    return this.entries.map(({ error, message }) => `${message}: ${String(error)}`).join("\n");
  }
}
