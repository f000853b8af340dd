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
  OTHER_ADDRESS_APIS,
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
import { KAFKA_ERROR } from "./kafka-error-code.ts";
import { KAFKA_PORTAL_ERROR_CODES, kafkaPortalError } from "./kafka-portal-error.ts";
import type { RecordFate } from "./open-records.ts";
import { PendingRequests } from "./pending-requests.ts";
import { refusedResponse, sealProduce, withRefused } from "./produce-sealing.ts";
import type { RefusedPartition } from "./produce-sealing.ts";
import type { ReadingPatience } from "./reading-patience.ts";
import type { RecordCipher } from "./record-cipher.ts";
import type { Partition } from "./seal-records.ts";
import type { TopicNames } from "./topic-names.ts";
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
  doorOf(broker: BrokerAddress): Promise<Pick<BrokerAddress, "host" | "port">>;
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
  readonly #log: Log;

  constructor(options: InletConversationOptions, output: ConversationOutput) {
    this.#options = options;
    this.#output = output;
    this.#log = options.log ?? silentLog;
  }

  /** Takes a request, without its length prefix. @throws OckamError of the protocol, OCKAM_KAFKA_INVALID_MESSAGE */
  fromClient(message: Uint8Array): void | Promise<void> {
    const header = decodeRequestHeader(message);
    const { api, apiVersion } = header;
    if (api === "ApiVersions" && !isSupported(api, apiVersion)) return this.#refuseVersion(header);
    if (api === "Produce") return this.#produce(message);
    if (api === "Fetch") this.#noticeFetch(message);
    this.#forward(header, message);
    return undefined;
  }

  /** Takes a response, without its length prefix. @throws OckamError of the protocol, OCKAM_KAFKA_INVALID_MESSAGE */
  async fromBroker(message: Uint8Array): Promise<void> {
    const { revise } = this.#pending.next(peekCorrelationId(message));
    this.#output.toClient(await revise(message));
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

  async #produce(message: Uint8Array): Promise<void> {
    const request = decodeRequest(message) as KafkaRequest<"Produce">;
    const { encryption, topics } = this.#options;
    if (encryption === undefined) return this.#sendProduce(request, message, []);
    const sealed = await sealProduce(request, {
      ...encryption,
      topics,
      onRefused: (partition, cause) => this.#warn(`records for ${nameOf(partition)} are not sent`, cause),
    });
    // Nothing is acknowledged: an error can be told by closing the connection only, as brokers do.
    if (request.body.acks === 0 && sealed.refused.length > 0) throw unacknowledged();
    if (sealed.request.body.topicData.length > 0 || sealed.refused.length === 0) {
      return this.#sendProduce(request, encodeRequest(sealed.request), sealed.refused);
    }
    return this.#answer(refusedResponse(request, sealed.refused));
  }

  #sendProduce(
    { body, correlationId, version }: KafkaRequest<"Produce">,
    message: Uint8Array,
    refused: readonly RefusedPartition[],
  ): void {
    if (body.acks !== 0) {
      const revise = async (response: Uint8Array): Promise<Uint8Array> => {
        const decoded = withRefused(decodeResponse("Produce", version, response), refused);
        return encodeResponse(await this.#withDoors(decoded));
      };
      this.#pending.push({ api: "Produce", version, correlationId, revise });
    }
    this.#output.toBroker(message);
  }

  #noticeFetch(message: Uint8Array): void {
    const { onFetch, topics } = this.#options;
    if (onFetch === undefined) return;
    const { body } = decodeRequest(message) as KafkaRequest<"Fetch">;
    onFetch(
      body.topics.flatMap(({ partitions, topic, topicId }) => {
        const name = topics.nameOf({ name: topic, topicId });
        return name === undefined ? [] : partitions.map(({ partition }) => ({ topic: name, partition }));
      }),
    );
  }

  #revision(api: ApiName, version: number): (response: Uint8Array) => Uint8Array | Promise<Uint8Array> {
    if (api === "ApiVersions") return (response) => offered(decodeResponse(api, version, response));
    if (api === "Fetch") return (response) => this.#fetched(decodeResponse(api, version, response));
    if (!BROKER_ADDRESS_APIS.includes(api)) return (response) => response;
    return async (response) => {
      const decoded: KafkaResponse = decodeResponse(api, version, response);
      if (decoded.api === "Metadata") this.#options.topics.learn(decoded);
      return encodeResponse(await this.#withDoors(decoded));
    };
  }

  async #fetched(response: KafkaResponse<"Fetch">): Promise<Uint8Array> {
    const { encryption, topics } = this.#options;
    const { plain = "drop", unreadable = "drop" } = encryption ?? {};
    const opened =
      encryption === undefined
        ? response
        : await openFetch(response, {
            ...encryption,
            plain,
            unreadable,
            topics,
            onUnreadable: (partition, { offset }, cause) =>
              this.#warn(
                `the record ${nameOf(partition)} at ${offset} is not delivered as it should be`,
                cause,
              ),
          });
    return encodeResponse(await this.#withDoors(opened));
  }

  /** No address of a broker gets past the portal. */
  async #withDoors(response: KafkaResponse): Promise<KafkaResponse> {
    const doors = new Map<number, Pick<BrokerAddress, "host" | "port">>();
    for (const broker of brokerAddresses(response)) {
      if (!doors.has(broker.nodeId)) doors.set(broker.nodeId, await this.#options.doorOf(broker));
    }
    return mapBrokerAddresses(response, ({ nodeId }) => doors.get(nodeId)!);
  }

  #warn(message: string, error: Error): void {
    // The error names no content.
    const reason = isOckamError(error) ? `${error.code}: ${error.message}` : String(error);
    this.#log({ level: "warn", area: "portal-kafka", message: `${message}: ${reason}` });
  }
}

/** The APIs and versions that can be rewritten, and none that would tell where brokers are. */
function offered(response: KafkaResponse<"ApiVersions">): Uint8Array {
  const hidden = new Set(OTHER_ADDRESS_APIS.map(apiKey));
  const apiKeys = knownVersions(response.body.apiKeys).filter((range) => !hidden.has(range.apiKey));
  return encodeResponse({ ...response, body: { ...response.body, apiKeys } });
}

function nameOf({ partition, topic }: Partition): string {
  return `${JSON.stringify(topic)}, partition ${partition}`;
}

function unacknowledged(): Error {
  return kafkaPortalError(
    KAFKA_PORTAL_ERROR_CODES.noConsumer,
    "records that the producer wants no acknowledgement for cannot be encrypted: the connection is closed",
  );
}
