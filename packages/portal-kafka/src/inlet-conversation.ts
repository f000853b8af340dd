// One connection of a Kafka client, as the inlet hears it. docs/protocol/kafka-portal.md, "The inlet".
import { isOckamError, silentLog } from "@ockam/codec";
import type { Log } from "@ockam/codec";
import {
  apiKey,
  apiVersions,
  BROKER_ADDRESS_APIS,
  brokerAddresses,
  decodeRequest,
  decodeRequestHeader,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  isSupported,
  knownVersions,
  mapBrokerAddresses,
  MAX_FRAME_LENGTH,
  OTHER_ADDRESS_APIS,
  OTHER_RECORD_APIS,
  peekCorrelationId,
} from "@ockam/kafka-protocol";
import type {
  ApiName,
  BrokerAddress,
  KafkaRequest,
  KafkaResponse,
  RequestHeader,
} from "@ockam/kafka-protocol";

import { openFetch } from "./fetch-opening.ts";
import { FetchPositions } from "./fetch-positions.ts";
import { KAFKA_ERROR } from "./kafka-error-code.ts";
import { KAFKA_PORTAL_ERROR_CODES, kafkaPortalError } from "./kafka-portal-error.ts";
import { KeyWaits } from "./key-waits.ts";
import type { RecordFate } from "./open-records.ts";
import { nameOf } from "./partition.ts";
import type { Partition } from "./partition.ts";
import { PendingRequests } from "./pending-requests.ts";
import { refusedResponse, refusedWhole, sealProduce, withRefused } from "./produce-sealing.ts";
import type { RefusedPartition } from "./produce-sealing.ts";
import { joinProduce, splitProduce, withoutFailed } from "./produce-splitting.ts";
import type { ReadingPatience } from "./reading-patience.ts";
import type { RecordCipher } from "./record-cipher.ts";
import { RefusedSequences } from "./refused-sequences.ts";
import type { TopicNames } from "./topic-names.ts";
import { UndeliveredRecords } from "./undelivered-records.ts";
import type { ValueProtection } from "./value-protection.ts";

/** How records are encrypted and decrypted. */
export interface ContentEncryption {
  readonly cipher: RecordCipher;
  readonly protection: ValueProtection;
  /** What becomes of records that nobody sealed; `drop` by default, since whoever is on the way could have put them there. */
  readonly plain?: RecordFate;
  /** What becomes of records that cannot be opened; `drop` by default, so that they block nobody. */
  readonly unreadable?: Exclude<RecordFate, "pass">;
  readonly patience: ReadingPatience;
}

/** What the conversations of one inlet share. */
export interface InletConversationOptions {
  /** Undefined: records pass as they are. */
  readonly encryption: ContentEncryption | undefined;
  readonly topics: TopicNames;
  /** Where clients are to connect to for a broker. */
  advertisedAddressOf(broker: BrokerAddress): Promise<Pick<BrokerAddress, "host" | "port">>;
  /** So many records of a response were not delivered as they should be, and the latest reason. */
  readonly onUndelivered?: (count: number, reason: string) => void;
  /** A client reads these partitions. */
  readonly onFetch?: (partitions: readonly Partition[]) => void;
  readonly log?: Log;
}

/** Where messages go, in order. */
export interface ConversationOutput {
  readonly toBroker: (message: Uint8Array) => void;
  readonly toClient: (message: Uint8Array) => void;
}

/**
 * Reads and rewrites what a client and a broker say to each other. Messages of one direction are to be passed one at a time:
 * the next one when the promise has resolved. After an error the connection must be closed.
 */
export class InletConversation {
  readonly #options: InletConversationOptions;
  readonly #output: ConversationOutput;
  readonly #pending = new PendingRequests();
  readonly #positions = new FetchPositions();
  readonly #sequences = new RefusedSequences();
  readonly #waits = new KeyWaits();
  readonly #log: Log;
  readonly #hidden: ReadonlySet<ApiName>;

  constructor(options: InletConversationOptions, output: ConversationOutput) {
    this.#hidden = options.encryption === undefined ? HIDDEN : HIDDEN_FROM_READERS;
    this.#options = options;
    this.#output = output;
    this.#log = options.log ?? silentLog;
  }

  /** Takes a request, without its length prefix. @throws OckamError of the protocol, OCKAM_KAFKA_INVALID_MESSAGE */
  fromClient(message: Uint8Array): void | Promise<void> {
    const header = decodeRequestHeader(message);
    const { api, apiVersion } = header;
    if (this.#hidden.has(api)) throw notOffered(api);
    if (api === "ApiVersions" && !isSupported(api, apiVersion)) return this.#refuseVersion(header);
    if (api === "SaslHandshake" && apiVersion < FRAMED_SASL) return this.#refuseRawSasl(header);
    if (api === "Produce") return this.#produce(message);
    if (api === "Fetch") return this.#fetch(message);
    this.#forward(header, message);
    return undefined;
  }

  /** Takes a response, without its length prefix. @throws OckamError of the protocol, OCKAM_KAFKA_INVALID_MESSAGE */
  async fromBroker(message: Uint8Array): Promise<void> {
    const { revise } = this.#pending.next(peekCorrelationId(message));
    const revised = await revise(message);
    if (revised !== undefined) this.#output.toClient(revised);
    this.#pending.finish();
    for (const answer of this.#pending.takeAnswers()) this.#output.toClient(answer);
  }

  #forward({ api, apiVersion: version, correlationId }: RequestHeader, message: Uint8Array): void {
    this.#pending.push({ api, version, correlationId, revise: this.#revision(api, version) });
    this.#output.toBroker(message);
  }

  #answer(response: KafkaResponse): void {
    this.#pending.pushAnswer(encodeResponse(response));
    for (const answer of this.#pending.takeAnswers()) this.#output.toClient(answer);
  }

  /** As a broker does (KIP-511): the client asks again with a version that it is told. */
  #refuseVersion({ correlationId }: RequestHeader): void {
    const { max, min } = apiVersions("ApiVersions")!;
    const apiKeys = [{ apiKey: apiKey("ApiVersions"), minVersion: min, maxVersion: max }];
    this.#answer({
      api: "ApiVersions",
      version: 0,
      correlationId,
      body: {
        errorCode: KAFKA_ERROR.unsupportedVersion,
        apiKeys,
        throttleTimeMs: 0,
        supportedFeatures: [],
        finalizedFeaturesEpoch: -1n,
        finalizedFeatures: [],
        zkMigrationReady: false,
      },
    });
  }

  /** After it the client would send what has no header; later versions put it into SaslAuthenticate requests. */
  #refuseRawSasl({ apiVersion: version, correlationId }: RequestHeader): void {
    this.#log({
      level: "warn",
      area: "portal-kafka",
      message: "a client uses SASL as Kafka before 1.0 did, and was told that it cannot: update it",
    });
    const body = { errorCode: KAFKA_ERROR.unsupportedVersion, mechanisms: [] };
    this.#answer({ api: "SaslHandshake", version, correlationId, body });
  }

  async #produce(message: Uint8Array): Promise<void> {
    const request = decodeRequest(message) as KafkaRequest<"Produce">;
    const { encryption, topics } = this.#options;
    if (encryption === undefined) return this.#sendProduce(request, message, []);
    const sealed = await sealProduce(request, {
      ...encryption,
      topics,
      sequences: this.#sequences,
      waits: this.#waits,
      onRefused: (partition, cause) => this.#warn(`records for ${nameOf(partition)} are not sent`, cause),
    });
    // Nothing is acknowledged: an error can be told by closing the connection only, as brokers do.
    if (request.body.acks === 0 && sealed.refused.length > 0) throw unacknowledged();
    if (sealed.request.body.topicData.length === 0 && sealed.refused.length > 0) {
      return this.#answer(refusedResponse(request, sealed.refused));
    }
    const parts = splitProduce(sealed.request, request);
    const bytes = parts.map(encodeRequest);
    const longest = Math.max(...bytes.map(({ length }) => length));
    if (longest <= MAX_FRAME_LENGTH) {
      const [only] = bytes;
      if (only !== undefined && bytes.length === 1) return this.#sendProduce(request, only, sealed.refused);
      if (request.body.acks !== 0) return this.#sendInTurn(request, parts, sealed.refused);
      for (const part of bytes) this.#output.toBroker(part);
      return undefined;
    }
    if (request.body.acks === 0) throw unacknowledged();
    this.#log({
      level: "warn",
      area: "portal-kafka",
      message: `a request of ${message.length} bytes has ${longest} once it is encrypted, more than ${MAX_FRAME_LENGTH}: it is not sent`,
    });
    const refused = refusedWhole(request, KAFKA_ERROR.messageTooLarge, this.#sequences);
    return this.#answer(refusedResponse(request, refused));
  }

  #sendProduce(
    { body, correlationId, version }: KafkaRequest<"Produce">,
    message: Uint8Array,
    refused: readonly RefusedPartition[],
  ): void {
    if (body.acks !== 0) {
      const revise = async (response: Uint8Array): Promise<Uint8Array> => {
        const decoded = withRefused(decodeResponse("Produce", version, response), refused);
        return encodeResponse(await this.#withAdvertisedAddresses(decoded));
      };
      this.#pending.push({ api: "Produce", version, correlationId, revise });
    }
    this.#output.toBroker(message);
  }

  /**
   * Sends the parts of a request, each when the one before it was acknowledged, and answers as if it had been one. Nothing
   * that the client sent behind it goes before the last of them: the order of records would not be the client's.
   */
  #sendInTurn(
    { correlationId, version }: KafkaRequest<"Produce">,
    parts: readonly KafkaRequest<"Produce">[],
    refused: readonly RefusedPartition[],
  ): Promise<void> {
    const left = [...parts];
    const responses: KafkaResponse<"Produce">[] = [];
    const next = (): KafkaRequest<"Produce"> | undefined => {
      let part: KafkaRequest<"Produce"> | undefined;
      while (part === undefined && left.length > 0) part = withoutFailed(left.shift()!, responses);
      return part;
    };
    return new Promise((resolve) => {
      const send = (part: KafkaRequest<"Produce">): void => {
        this.#pending.push({ api: "Produce", version, correlationId, revise });
        this.#output.toBroker(encodeRequest(part));
      };
      const revise = async (response: Uint8Array): Promise<Uint8Array | undefined> => {
        responses.push(decodeResponse("Produce", version, response));
        const part = next();
        if (part === undefined) {
          resolve();
          return encodeResponse(
            await this.#withAdvertisedAddresses(withRefused(joinProduce(responses), refused)),
          );
        }
        send(part);
        return undefined;
      };
      send(next()!);
    });
  }

  #fetch(message: Uint8Array): void {
    const { body, correlationId, version } = decodeRequest(message) as KafkaRequest<"Fetch">;
    this.#noticeFetch(body);
    const revise = (response: Uint8Array): Promise<Uint8Array> => {
      this.#positions.follow(body);
      return this.#fetched(response, decodeResponse("Fetch", version, response));
    };
    this.#pending.push({ api: "Fetch", version, correlationId, revise });
    this.#output.toBroker(message);
  }

  #noticeFetch(body: KafkaRequest<"Fetch">["body"]): void {
    const { onFetch, topics } = this.#options;
    onFetch?.(
      body.topics.flatMap(({ partitions, topic, topicId }) => {
        const name = topics.nameOf({ name: topic, topicId });
        return name === undefined ? [] : partitions.map(({ partition }) => ({ topic: name, partition }));
      }),
    );
  }

  #revision(api: ApiName, version: number): (response: Uint8Array) => Uint8Array | Promise<Uint8Array> {
    if (api === "ApiVersions") {
      return (response) => offered(decodeResponse(api, version, response), this.#hidden);
    }
    if (!BROKER_ADDRESS_APIS.includes(api)) return (response) => response;
    return async (response) => {
      const decoded: KafkaResponse = decodeResponse(api, version, response);
      if (decoded.api === "Metadata") this.#options.topics.learn(decoded);
      return this.#redirected(response, decoded);
    };
  }

  async #fetched(message: Uint8Array, response: KafkaResponse<"Fetch">): Promise<Uint8Array> {
    const { encryption, topics } = this.#options;
    if (encryption === undefined) return this.#redirected(message, response);
    const { plain = "drop", unreadable = "drop" } = encryption;
    const undelivered = new UndeliveredRecords();
    try {
      const opened = await openFetch(response, {
        ...encryption,
        plain,
        unreadable,
        topics,
        positions: this.#positions,
        onUnreadable: (partition, offset, cause) => undelivered.add(partition, offset, cause),
        onStopped: (partition, cause) => this.#warn(`nothing of ${nameOf(partition)} is delivered`, cause),
      });
      return encodeResponse(await this.#withAdvertisedAddresses(opened));
    } finally {
      const told = undelivered.told().map(({ cause, text }) => this.#warn(text, cause));
      const reason = told.at(-1);
      if (reason !== undefined) this.#options.onUndelivered?.(undelivered.count, reason);
    }
  }

  /** Without an address in it, a response is passed on as it came: its records are not written once more. */
  async #redirected(message: Uint8Array, response: KafkaResponse): Promise<Uint8Array> {
    if (brokerAddresses(response).length === 0) return message;
    return encodeResponse(await this.#withAdvertisedAddresses(response));
  }

  /** No address of a broker gets past the portal. */
  async #withAdvertisedAddresses(response: KafkaResponse): Promise<KafkaResponse> {
    const addresses = new Map<number, Pick<BrokerAddress, "host" | "port">>();
    for (const broker of brokerAddresses(response)) {
      if (!addresses.has(broker.nodeId))
        addresses.set(broker.nodeId, await this.#options.advertisedAddressOf(broker));
    }
    return mapBrokerAddresses(response, ({ nodeId }) => addresses.get(nodeId)!);
  }

  /** @returns what it says. */
  #warn(message: string, error: Error): string {
    // The error names no content.
    const reason = isOckamError(error) ? `${error.code}: ${error.message}` : String(error);
    const text = `${message}: ${reason}`;
    this.#log({ level: "warn", area: "portal-kafka", message: text });
    return text;
  }
}

/** The version from which on SASL is in ordinary requests. */
const FRAMED_SASL = 1;

/** They tell addresses that cannot be replaced, or wrap other requests. */
const HIDDEN: ReadonlySet<ApiName> = new Set([...OTHER_ADDRESS_APIS, "Envelope"]);
/**
 * …or have records that cannot be opened: records of a share group are acquired, and cannot be asked for again while a
 * key is on its way.
 */
const HIDDEN_FROM_READERS: ReadonlySet<ApiName> = new Set([...HIDDEN, ...OTHER_RECORD_APIS]);

/** The APIs and versions that can be rewritten. */
function offered(response: KafkaResponse<"ApiVersions">, hidden: ReadonlySet<ApiName>): Uint8Array {
  const hiddenKeys = new Set(Array.from(hidden, apiKey));
  const apiKeys = knownVersions(response.body.apiKeys)
    .filter((range) => !hiddenKeys.has(range.apiKey))
    .map((range) =>
      range.apiKey === apiKey("SaslHandshake")
        ? { ...range, minVersion: Math.max(range.minVersion, FRAMED_SASL) }
        : range,
    )
    .filter(({ maxVersion, minVersion }) => minVersion <= maxVersion);
  return encodeResponse({ ...response, body: { ...response.body, apiKeys } });
}

function notOffered(api: ApiName): Error {
  return kafkaPortalError(
    KAFKA_PORTAL_ERROR_CODES.invalidMessage,
    `the client sent a request of ${api}, which a Kafka inlet does not offer`,
  );
}

function unacknowledged(): Error {
  return kafkaPortalError(
    KAFKA_PORTAL_ERROR_CODES.noConsumer,
    "records that the producer wants no acknowledgement for cannot be encrypted: the connection is closed",
  );
}
