/** A header of a record. Kafka keeps headers in order, and names may repeat. */
export interface RecordHeader {
  readonly key: string;
  readonly value: Uint8Array | null;
  /** The key as it came, when it is not valid UTF-8; it is what is written again. */
  readonly rawKey?: Uint8Array;
}

/** One record. */
export interface KafkaRecord {
  readonly offset: bigint;
  /**
   * Milliseconds since 1970, as the record itself has it: what the producer said. Where the batch has `timestampType` `log-append` its
   * `maxTimestamp` counts instead. -1 in magic 0.
   */
  readonly timestamp: bigint;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  /** Empty before magic 2. */
  readonly headers: readonly RecordHeader[];
  /** Bits that Kafka has no use for so far; kept. */
  readonly attributes: number;
}

/** Who set the time of a batch's records: `none` in magic 0. */
export type TimestampType = "none" | "create" | "log-append";
