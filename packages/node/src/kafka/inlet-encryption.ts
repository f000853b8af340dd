// How the records of one inlet are encrypted. docs/protocol/kafka-portal.md, "Where keys are agreed on".
import { Address } from "@ockam/core-routing";
import type {
  ContentEncryption,
  KeyAgreement,
  KeyHolderWay,
  RecordCipher,
  TopicKeyCipher,
} from "@ockam/portal-kafka";

import type { KafkaInletCreateParams } from "../control/control-api.ts";
import type { NodeCore } from "../node-core.ts";
import { nodeError } from "../node-error.ts";
import type { GuardedResource, ResourceGuard } from "../policies/policies.ts";
import { RELAY_PREFIX } from "../relays/relay-registration.ts";
import { ConsumerAgreement } from "./consumer-agreement.ts";
import { planConsumerPlace, planNodeRoute } from "./consumer-way.ts";
import type { ConsumerPlace } from "./consumer-way.ts";
import type { KeyExchange } from "./key-exchange.ts";
import { NodeWay } from "./node-way.ts";
import type { TopicKeys, TopicKeyUser } from "./topic-keys.ts";

/** How keys are agreed on unless told otherwise. */
export const DEFAULT_KEY_AGREEMENT: KafkaInletCreateParams["keyAgreement"] & string = "negotiate";
/** How long whoever seals first waits for the relay by which others find the keys, ms. */
export const HOLDER_RELAY_PATIENCE = 3000;

/** What an inlet's encryption depends on. */
export type EncryptionChoices = Pick<
  KafkaInletCreateParams,
  | "consumer"
  | "consumerRelay"
  | "encryptedFields"
  | "identity"
  | "keyAgreement"
  | "keyHolders"
  | "keyRetention"
  | "keyRotation"
  | "plainRecords"
  | "publishingRelay"
  | "unreachablePatience"
  | "unreadableRecords"
> & { readonly name: string; readonly to: string };

/** What the encryption of all inlets of a node shares. */
export interface SharedKeys {
  readonly core: NodeCore;
  readonly exchange: KeyExchange;
  readonly topicKeys: TopicKeys;
}

/** The relay by which others find the keys that an inlet makes. */
export interface HolderRelay {
  /** Whether it is registered, or was. */
  readonly isPublished: () => boolean;
  /** Resolves after the first registration, whatever became of it. */
  readonly tried: () => Promise<void>;
}

/** The policies of encryption. Without one in force they deny. */
export function encryptionResources(name: string): {
  readonly consumer: GuardedResource;
  readonly producer: GuardedResource;
} {
  return {
    consumer: { name: `kafka-consumer-${name}`, type: "kafka-consumer", needsPolicy: true },
    producer: { name: `kafka-producer-${name}`, type: "kafka-producer", needsPolicy: true },
  };
}

/**
 * Refuses what cannot work.
 * @throws OckamError OCKAM_NODE_INVALID_PARAMETERS, OCKAM_NODE_INVALID_KAFKA_FIELD, and those of `planRoute`
 */
export async function expectEncryption(core: NodeCore, choices: EncryptionChoices): Promise<void> {
  const { consumer, consumerRelay, encryptedFields = [], keyAgreement, keyHolders = [] } = choices;
  if (consumer !== undefined && consumerRelay !== undefined)
    throw invalid("give one consumer, or where consumers have relays, but not both");
  planConsumerPlace(placeOf(choices), core.state);
  for (const to of keyHolders) planConsumerPlace({ kind: "node", to }, core.state);
  if (keyAgreement === "topic-keys" && !canHoldKeys(choices))
    throw invalid(
      "nobody would find the topic keys of this node: name a key holder or a consumer, or let the node publish itself",
    );
  const { fieldProtection, MAX_ROTATION } = await import("@ockam/portal-kafka");
  const { keyRotation } = choices;
  if (keyRotation !== undefined && (keyRotation < 1 || keyRotation > MAX_ROTATION))
    throw invalid(`keys are to be changed after ${MAX_ROTATION / 86_400_000} days at most`);
  try {
    fieldProtection(encryptedFields);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw nodeError("INVALID_KAFKA_FIELD", error.message, { cause: error });
  }
}

/** Seals and opens the records of one inlet. */
export class InletEncryption {
  readonly content: ContentEncryption;
  readonly #built: BuiltCipher;
  readonly #core: NodeCore;
  readonly #resources: readonly GuardedResource[];
  readonly #close: () => Promise<void>;
  readonly #forget: () => void;

  private constructor(
    core: NodeCore,
    content: ContentEncryption,
    built: BuiltCipher,
    resources: readonly GuardedResource[],
    close: () => Promise<void>,
    forget: () => void,
  ) {
    this.#core = core;
    this.#forget = forget;
    this.#built = built;
    this.content = content;
    this.#resources = resources;
    this.#close = close;
  }

  /** `publish`: begins to make the node known as a key holder, if it may. @throws OckamError OCKAM_NODE_ADDRESS_IN_USE */
  static async start(
    shared: SharedKeys,
    choices: EncryptionChoices,
    publish: (relayName: string) => HolderRelay,
  ): Promise<InletEncryption> {
    const { core, exchange, topicKeys } = shared;
    const { encryptedFields = [], identity, plainRecords, unreadableRecords } = choices;
    const { fieldProtection, ReadingPatience, WHOLE_VALUE } = await import("@ockam/portal-kafka");
    const resources = encryptionResources(choices.name);
    const producers = core.policies.guard(resources.producer);
    const consumers = core.policies.guard(resources.consumer);
    const place = placeOf(choices);
    const agreement = new ConsumerAgreement({ core, place, identity, guard: consumers });
    const ways: NodeWay[] = [];
    const build = { shared, choices, agreement, producers, consumers, ways, publish };
    let built: BuiltCipher | undefined;
    const close = async (): Promise<void> => {
      exchange.release(producers);
      if (built?.user !== undefined) topicKeys.delete(built.user);
      await built?.close();
      await agreement.close();
      await Promise.all(ways.map((way) => way.close()));
    };
    try {
      await exchange.use(producers);
      built = await buildCipher(build);
    } catch (error) {
      await close();
      for (const resource of Object.values(resources)) core.policies.release(resource);
      throw error;
    }
    const content: ContentEncryption = {
      cipher: built.cipher,
      protection: encryptedFields.length === 0 ? WHOLE_VALUE : fieldProtection(encryptedFields),
      patience: new ReadingPatience(undefined, undefined, choices.unreachablePatience),
      ...(plainRecords === undefined ? {} : { plain: plainRecords }),
      ...(unreadableRecords === undefined ? {} : { unreadable: unreadableRecords }),
    };
    return new InletEncryption(core, content, built, Object.values(resources), close, () =>
      topicKeys.forget(choices.name),
    );
  }

  /** Why a topic key could not be made, deposited or fetched lately. */
  get lastFailure(): Error | undefined {
    return this.#built.lastFailure();
  }

  async close(): Promise<void> {
    await this.#close();
    for (const resource of this.#resources) this.#core.policies.release(resource);
  }

  /** Its policies go, too. The keys stay. */
  async delete(): Promise<void> {
    await this.#close();
    this.#forget();
    for (const resource of this.#resources) this.#core.policies.forget(resource);
  }
}

interface CipherParts {
  readonly shared: SharedKeys;
  readonly choices: EncryptionChoices;
  readonly agreement: ConsumerAgreement;
  readonly producers: ResourceGuard;
  readonly consumers: ResourceGuard;
  /** Closed with the cipher. */
  readonly ways: NodeWay[];
  readonly publish: (relayName: string) => HolderRelay;
}

interface BuiltCipher {
  readonly cipher: RecordCipher;
  readonly user?: TopicKeyUser;
  readonly lastFailure: () => Error | undefined;
  readonly close: () => Promise<void>;
}

async function buildCipher(parts: CipherParts): Promise<BuiltCipher> {
  const { agreement, choices, producers, shared } = parts;
  const { keyAgreement = DEFAULT_KEY_AGREEMENT } = choices;
  const { NegotiatingCipher, RustCipher } = await import("@ockam/portal-kafka");
  const { log } = shared.core;
  const hasOneConsumer = choices.consumer !== undefined;
  const rust = new RustCipher({
    agree: (topic, partition) => agreement.agree({ topic, partition }),
    hasOneConsumer,
    find: (decryptor) => shared.exchange.find(decryptor, producers),
    log,
  });
  if (keyAgreement === "rust")
    return { cipher: rust, lastFailure: () => undefined, close: () => rust.close() };
  const topicKeys = await buildTopicKeyCipher(parts);
  const close = async (): Promise<void> => {
    await topicKeys.cipher.close();
    await rust.close();
  };
  const { user } = topicKeys;
  const lastFailure = (): Error | undefined => topicKeys.cipher.lastFailure;
  if (keyAgreement === "topic-keys") return { cipher: topicKeys.cipher, user, lastFailure, close };
  const cipher = new NegotiatingCipher({
    topicKeys: topicKeys.cipher,
    rust,
    // Whose keys nobody could find seals as Rust does: it publishes nothing, or may not have the relay.
    negotiate: async (topic, partition): Promise<KeyAgreement> =>
      (await topicKeys.areFound()) ? agreement.negotiate({ topic, partition }) : "rust",
    hasOneConsumer,
    log,
  });
  return { cipher, user, lastFailure, close };
}

async function buildTopicKeyCipher({
  agreement,
  choices,
  consumers,
  producers,
  publish,
  shared,
  ways,
}: CipherParts): Promise<{
  readonly cipher: TopicKeyCipher;
  readonly user: TopicKeyUser;
  /** Whether others can find the keys that are made. */
  readonly areFound: () => Promise<boolean>;
}> {
  const { core, topicKeys } = shared;
  const { consumer, keyHolders = [], keyRetention, keyRotation } = choices;
  const { KAFKA_KEYS, TopicKeyCipher: Cipher } = await import("@ockam/portal-kafka");
  const holder = await topicKeys.holderFor(choices.name, producers);
  const holders: KeyHolderWay[] = keyHolders.map((to) => {
    const plan = (): ReturnType<typeof planConsumerPlace> =>
      planConsumerPlace({ kind: "node", to }, core.state);
    const way = new NodeWay({ core, name: `kafka key holder ${to}`, plan, identity: undefined });
    ways.push(way);
    return {
      name: to,
      routeOf: async () => [...(await way.route()), Address.local(KAFKA_KEYS)],
    };
  });
  if (consumer !== undefined && keyHolders.length === 0)
    holders.push({ name: consumer, routeOf: () => agreement.routeVia([KAFKA_KEYS]) });
  const origins = new NodeWay({
    core,
    name: `kafka key holders at ${originPlace(choices)}`,
    plan: () => planNodeRoute(originPlace(choices), core.state),
    identity: undefined,
  });
  ways.push(origins);
  // Also where others hold the keys: they may lose what is not in use any more.
  const relay = choices.publishingRelay === false ? undefined : publish(holder.relayName);
  const cipher = new Cipher(core.router, {
    holder,
    // Who holds keys is the node: its keys are found under its own name.
    channel: {
      ...core.state.identities.open(core.identityName),
      ...(await agreement.terms(core.identityName)),
      log: core.log,
    },
    holders,
    originRoute: async (relayName) => [
      ...(await origins.route()),
      ...[RELAY_PREFIX + relayName, KAFKA_KEYS].map((hop) => Address.local(hop)),
    ],
    isPublished: () => relay?.isPublished() === true,
    mayConsume: (identity) => consumers.allows(identity),
    mayProduce: (identity) => producers.allows(identity),
    ...(keyRotation === undefined ? {} : { rotateAfter: keyRotation }),
    ...(keyRetention === undefined ? {} : { keyRetention }),
    log: core.log,
  });
  const user: TopicKeyUser = { producers, consumers, rotate: () => cipher.rotate() };
  topicKeys.add(user);
  const areFound = async (): Promise<boolean> => {
    if (holders.length > 0) return true;
    if (relay === undefined) return false;
    if (!relay.isPublished()) await within(relay.tried(), HOLDER_RELAY_PATIENCE);
    return relay.isPublished();
  };
  return { cipher, user, areFound };
}

/** Waits for something, and not too long. */
async function within(event: Promise<void>, patience: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, patience);
  });
  await Promise.race([event, late]);
  clearTimeout(timer);
}

/** Where the nodes have their relays that keys were made at. */
function originPlace({ consumerRelay, to }: EncryptionChoices): string {
  return consumerRelay ?? to;
}

/** Where the consumers of an inlet are looked for. */
function placeOf({ consumer, consumerRelay, to }: EncryptionChoices): ConsumerPlace {
  return consumer === undefined
    ? { kind: "relays", to: consumerRelay ?? to }
    : { kind: "node", to: consumer };
}

/** Whether somebody can find the topic keys that are made for an inlet. */
function canHoldKeys({ consumer, keyHolders = [], publishingRelay }: EncryptionChoices): boolean {
  return consumer !== undefined || keyHolders.length > 0 || publishingRelay !== false;
}

function invalid(message: string): Error {
  return nodeError("INVALID_PARAMETERS", message);
}
