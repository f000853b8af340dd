import type { ApiName } from "@ockam/kafka-protocol";

import { KAFKA_PORTAL_ERROR_CODES, kafkaPortalError } from "./kafka-portal-error.ts";

/** How many requests of one connection may wait for their responses. */
export const MAX_PENDING_REQUESTS = 4096;

/** A request whose response has yet to reach the client. */
export interface PendingRequest {
  readonly correlationId: number;
  readonly api: ApiName;
  readonly version: number;
  /** What is done with the broker's response before the client gets it; undefined when the client gets nothing yet. */
  readonly revise: (response: Uint8Array) => Uint8Array | Promise<Uint8Array | undefined>;
}

type Place = { readonly pending: PendingRequest } | { readonly answer: Uint8Array };

/**
 * The requests of a connection in their order, which is that of their responses: a client takes no other. Those that the
 * inlet answers by itself wait for their turn.
 */
export class PendingRequests {
  readonly #places: Place[] = [];

  /** A request goes to the broker. @throws OckamError OCKAM_KAFKA_INVALID_MESSAGE */
  push(pending: PendingRequest): void {
    this.#add({ pending });
  }

  /** A request is answered here. @throws OckamError OCKAM_KAFKA_INVALID_MESSAGE */
  pushAnswer(answer: Uint8Array): void {
    this.#add({ answer });
  }

  /**
   * The request that a response of the broker answers. It keeps its place until {@link finish}: a response takes time to revise, and
   * nothing may overtake it.
   * @throws OckamError OCKAM_KAFKA_INVALID_MESSAGE for a response that nobody asked for, or out of order
   */
  next(correlationId: number): PendingRequest {
    const [first] = this.#places;
    if (first === undefined || !("pending" in first) || first.pending.correlationId !== correlationId) {
      throw kafkaPortalError(
        KAFKA_PORTAL_ERROR_CODES.invalidMessage,
        `the broker sent a response with correlation id ${correlationId}, which is not the next one`,
      );
    }
    return first.pending;
  }

  /** The client has the response to {@link next}. */
  finish(): void {
    this.#places.shift();
  }

  /** The answers that are next. */
  takeAnswers(): readonly Uint8Array[] {
    const answers: Uint8Array[] = [];
    for (let [first] = this.#places; first !== undefined && "answer" in first; [first] = this.#places) {
      answers.push(first.answer);
      this.#places.shift();
    }
    return answers;
  }

  #add(place: Place): void {
    if (this.#places.length >= MAX_PENDING_REQUESTS) {
      throw kafkaPortalError(
        KAFKA_PORTAL_ERROR_CODES.invalidMessage,
        `the client sent ${MAX_PENDING_REQUESTS} requests without waiting for a response`,
      );
    }
    this.#places.push(place);
  }
}
