import type { KafkaRequest } from "@ockam/kafka-protocol";

/** Of how many partitions of a connection it is remembered from where on they are read; the ones told of longest ago are forgotten. */
export const MAX_FETCH_POSITIONS = 100_000;

/** A topic as a message names it: newer versions by id. */
interface NamedTopic {
  readonly topic: string;
  readonly topicId: string;
}

/**
 * From which offset on a client wants each partition. Brokers send whole batches, so there may be records before it. A fetch session's
 * requests tell only what has changed (KIP-227).
 */
export class FetchPositions {
  readonly #positions = new Map<string, bigint>();

  /** Takes in the request whose response is read next. */
  follow({ forgottenTopicsData, sessionEpoch, topics }: KafkaRequest<"Fetch">["body"]): void {
    // The first of a session, or of none: it tells everything.
    if (sessionEpoch <= 0) this.#positions.clear();
    for (const topic of forgottenTopicsData) {
      for (const partition of topic.partitions) this.#positions.delete(keyOf(topic, partition));
    }
    for (const topic of topics) {
      for (const { fetchOffset, partition } of topic.partitions) {
        this.#put(keyOf(topic, partition), fetchOffset);
      }
    }
  }

  /** Undefined for a partition that nobody asked for. */
  of(topic: NamedTopic, partition: number): bigint | undefined {
    return this.#positions.get(keyOf(topic, partition));
  }

  #put(key: string, offset: bigint): void {
    this.#positions.delete(key);
    this.#positions.set(key, offset);
    const [oldest] = this.#positions.keys();
    if (this.#positions.size > MAX_FETCH_POSITIONS && oldest !== undefined) this.#positions.delete(oldest);
  }
}

function keyOf({ topic, topicId }: NamedTopic, partition: number): string {
  return `${partition} ${topicId} ${topic}`;
}
