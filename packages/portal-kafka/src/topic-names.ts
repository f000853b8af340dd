import type { KafkaResponse } from "@ockam/kafka-protocol";
import { ZERO_UUID } from "@ockam/kafka-protocol";

import { KAFKA_PORTAL_ERROR_CODES, kafkaPortalError } from "./kafka-portal-error.ts";

/** How many topics an inlet remembers by id; the oldest are forgotten. */
export const MAX_TOPIC_IDS = 100_000;

/** The names of topics by their ids, which newer requests carry instead: all that Metadata responses told. */
export class TopicNames {
  readonly #names = new Map<string, string>();

  /**
   * Takes in what a response says. A topic keeps its name as long as it has its id: what is sealed is bound to the name.
   * @throws OckamError OCKAM_KAFKA_INVALID_MESSAGE for another name of an id that is known
   */
  learn({ body }: KafkaResponse<"Metadata">): void {
    for (const { name, topicId } of body.topics) {
      if (name === null || topicId === ZERO_UUID) continue;
      const known = this.#names.get(topicId);
      if (known !== undefined && known !== name) throw renamed(topicId, known, name);
      this.#names.delete(topicId);
      this.#names.set(topicId, name);
      const [oldest] = this.#names.keys();
      if (this.#names.size > MAX_TOPIC_IDS && oldest !== undefined) this.#names.delete(oldest);
    }
  }

  /** The name of a topic that a message gives by name or, in newer versions, by id; undefined when that is not known yet. */
  nameOf(topic: { readonly name: string; readonly topicId: string }): string | undefined {
    return topic.topicId === ZERO_UUID ? topic.name : this.#names.get(topic.topicId);
  }
}

function renamed(topicId: string, known: string, name: string): Error {
  return kafkaPortalError(
    KAFKA_PORTAL_ERROR_CODES.invalidMessage,
    `the broker gives the id ${topicId} to the topic ${JSON.stringify(name)}, which is that of ${JSON.stringify(known)}`,
  );
}
