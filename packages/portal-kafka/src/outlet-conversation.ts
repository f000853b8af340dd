// One connection of a Kafka client, as the outlet hears it. docs/protocol/kafka-portal.md, "The outlet".
import {
  BROKER_ADDRESS_APIS,
  brokerAddresses,
  decodeRequest,
  decodeResponse,
  peekCorrelationId,
  peekRequest,
  apiName,
  isSupported,
} from "@ockam/kafka-protocol";
import type { ApiName, BrokerAddress, KafkaRequest } from "@ockam/kafka-protocol";

import { KAFKA_PORTAL_ERROR_CODES, kafkaPortalError } from "./kafka-portal-error.ts";
import type { ConversationOutput } from "./inlet-conversation.ts";
import { MAX_PENDING_REQUESTS } from "./pending-requests.ts";

/** What the conversations of one outlet share. */
export interface OutletConversationOptions {
  /** A broker says that there are these: outlets to them must be there when this has resolved. */
  readonly onBrokers: (brokers: readonly BrokerAddress[]) => void | Promise<void>;
}

/**
 * Passes everything on as it is, and learns from the responses where brokers are. Messages of one direction are to be
 * passed one at a time. After an error the connection must be closed.
 */
export class OutletConversation {
  readonly #options: OutletConversationOptions;
  readonly #output: ConversationOutput;
  /** Requests whose responses tell where brokers are. */
  readonly #asked = new Map<number, { readonly api: ApiName; readonly version: number }>();

  constructor(options: OutletConversationOptions, output: ConversationOutput) {
    this.#options = options;
    this.#output = output;
  }

  /** Takes a request, without its length prefix. @throws OckamError of the protocol, OCKAM_KAFKA_INVALID_MESSAGE */
  fromClient(message: Uint8Array): void {
    const { apiKey, apiVersion: version, correlationId } = peekRequest(message);
    const api = apiName(apiKey);
    // What is not known is for the broker to refuse.
    const tellsBrokers = api !== undefined && BROKER_ADDRESS_APIS.includes(api) && isSupported(api, version);
    if (tellsBrokers && isAnswered(api, message)) {
      if (this.#asked.size >= MAX_PENDING_REQUESTS) {
        throw kafkaPortalError(
          KAFKA_PORTAL_ERROR_CODES.invalidMessage,
          `the client sent ${MAX_PENDING_REQUESTS} requests without waiting for a response`,
        );
      }
      this.#asked.set(correlationId, { api, version });
    }
    this.#output.toBroker(message);
  }

  /** Takes a response, without its length prefix. @throws OckamError of the protocol */
  async fromBroker(message: Uint8Array): Promise<void> {
    const correlationId = peekCorrelationId(message);
    const asked = this.#asked.get(correlationId);
    if (asked !== undefined) {
      this.#asked.delete(correlationId);
      const brokers = brokerAddresses(decodeResponse(asked.api, asked.version, message));
      if (brokers.length > 0) await this.#options.onBrokers(brokers);
    }
    this.#output.toClient(message);
  }
}

/** Whether a broker answers a request: not records that the producer wants no acknowledgement for. */
function isAnswered(api: ApiName, message: Uint8Array): boolean {
  return api !== "Produce" || (decodeRequest(message) as KafkaRequest<"Produce">).body.acks !== 0;
}
