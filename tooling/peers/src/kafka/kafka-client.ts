/** A record as a test gives it to a client. */
export interface SentRecord {
  readonly partition?: number;
  readonly key?: Buffer | null;
  readonly value: Buffer | null;
  /** Names may come more than once. */
  readonly headers?: readonly (readonly [string, Buffer | null])[];
  /** Milliseconds since 1970. */
  readonly timestamp?: number;
}

/** A record as a client gives it to a test. */
export interface ReadRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly (readonly [string, Buffer | null])[];
  readonly timestamp: number;
}

/** How records are compressed on the way to the broker. */
export type Codec = "none" | "gzip" | "snappy" | "lz4" | "zstd";

/** How records are produced. */
export interface ProduceOptions {
  readonly codec?: Codec;
}

/** How much is read: everything from the start until there are `count` records, or for `timeout` milliseconds (default 30,000). */
export interface ConsumeOptions {
  readonly count: number;
  readonly timeout?: number;
}

/** A program or library that produces to and consumes from the brokers at an address, `host:port`. */
export interface KafkaClient {
  readonly name: string;
  readonly codecs: readonly Codec[];
  /** Throws unless every record was acknowledged by all replicas. */
  produce(
    address: string,
    topic: string,
    records: readonly SentRecord[],
    options?: ProduceOptions,
  ): Promise<void>;
  /** The records in the order of their partitions and offsets. */
  consume(address: string, topic: string, options: ConsumeOptions): Promise<readonly ReadRecord[]>;
}

/** Sorts records by partition and offset. */
export function inOrder(records: readonly ReadRecord[]): readonly ReadRecord[] {
  return records.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset);
}
