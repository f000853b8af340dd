/** Where a record is: what its encryption may bind to. */
export interface RecordPlace {
  readonly topic: string;
  readonly partition: number;
  readonly key: Uint8Array | null;
  /** The way to a field of the value, from its top; absent for the whole value. */
  readonly field?: readonly (string | number)[];
}

/** Seals the records of one partition, with keys that are there. */
export interface RecordSealer {
  /** @returns what takes the place of `content`. */
  seal(place: RecordPlace, content: Uint8Array): Uint8Array;
  /** The same for records that their producer compresses: what is encrypted cannot be compressed any more. */
  readonly compressing?: Pick<RecordSealer, "seal">;
}

/** Encrypts what producers send, and decrypts what consumers get. */
export interface RecordCipher {
  /**
   * Agrees on keys for a partition where there are none yet, which can take long: callers bound how long they wait, and
   * the agreement goes on without them.
   * @throws OckamError OCKAM_KAFKA_NO_CONSUMER, OCKAM_KAFKA_NOT_AUTHORIZED
   */
  sealer(topic: string, partition: number): RecordSealer | Promise<RecordSealer>;
  /** Whether `value` looks like something that a cipher of this kind sealed. */
  isSealed(value: Uint8Array): boolean;
  /**
   * Decrypts. Nothing is returned that was altered, as far as the format can tell.
   * @throws OckamError OCKAM_KAFKA_NOT_AUTHENTIC, OCKAM_KAFKA_UNKNOWN_KEY, OCKAM_KAFKA_NOT_AUTHORIZED
   */
  open(place: RecordPlace, sealed: Uint8Array): Uint8Array | Promise<Uint8Array>;
}
