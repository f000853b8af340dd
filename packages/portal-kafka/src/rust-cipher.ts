// Records as the Rust portal 0.150.0 encrypts them. docs/protocol/kafka-portal.md, "Keys of key-exchange channels".
import type { Log } from "@ockam/codec";
import { isOckamError, silentLog } from "@ockam/codec";

import { KAFKA_PORTAL_ERROR_CODES, kafkaPortalError } from "./kafka-portal-error.ts";
import { KEY_RETRY_DELAY } from "./limits.ts";
import type { RecordCipher, RecordPlace, RecordSealer } from "./record-cipher.ts";
import { decodeRustEnvelope, isRustEnvelope, rustEnvelopeEncoder } from "./rust-envelope.ts";

/** How many partitions have a key for encryption at a time; the one that was not used longest makes room. */
export const MAX_ENCRYPTION_KEYS = 10_000;

/** A key that was agreed on with a consumer. */
export interface EncryptionKey {
  /** By which name the consumer finds it again. */
  readonly decryptor: string;
  /** @returns 8 bytes of nonce, ciphertext, tag */
  encrypt(plaintext: Uint8Array): Uint8Array;
  /** Resolves when it must not be used any longer. */
  readonly closed: Promise<unknown>;
  /** Gives the key up. */
  close(): Promise<void>;
}

/** A key that was agreed on with a producer. */
export interface DecryptionKey {
  /** @throws OckamError when the bytes are not authentic */
  decrypt(content: Uint8Array): Uint8Array;
  /** Whether what the producer sends is to be believed at present. */
  mayProduce(): boolean | Promise<boolean>;
}

/** What a {@link RustCipher} needs of its node. */
export interface RustCipherOptions {
  /**
   * Agrees on a key with the consumer of a partition.
   * @throws OckamError OCKAM_KAFKA_NO_CONSUMER, OCKAM_KAFKA_NOT_AUTHORIZED
   */
  agree(topic: string, partition: number): Promise<EncryptionKey>;
  /** Whether one consumer reads all partitions, so that one key is enough. */
  readonly hasOneConsumer: boolean;
  /** A key that was agreed on here, ever; undefined for a name that is not known. */
  find(decryptor: string): DecryptionKey | undefined | Promise<DecryptionKey | undefined>;
  /** ms; for tests. */
  readonly now?: () => number;
  readonly log?: Log;
}

interface Agreement {
  readonly sealer: RecordSealer | Promise<RecordSealer>;
  /** Once it is there. */
  readonly agreed?: EncryptionKey;
  /** Until when a failure stands. */
  failedUntil?: number;
}

/** One key for each partition, from a secure channel with its consumer that only exchanges keys. */
export class RustCipher implements RecordCipher, AsyncDisposable {
  readonly #options: RustCipherOptions;
  readonly #agreements = new Map<string, Agreement>();
  readonly #now: () => number;
  #isClosed = false;

  constructor(options: RustCipherOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  sealer(topic: string, partition: number): RecordSealer | Promise<RecordSealer> {
    if (this.#isClosed) throw closed();
    const key = this.#options.hasOneConsumer ? "" : `${partition}:${topic}`;
    const known = this.#agreements.get(key);
    if (known === undefined || (known.failedUntil ?? Infinity) <= this.#now()) {
      return this.#begin(key, topic, partition);
    }
    // The last in the map is the one that was used last.
    this.#agreements.delete(key);
    this.#agreements.set(key, known);
    return known.sealer;
  }

  isSealed(value: Uint8Array): boolean {
    return isRustEnvelope(value);
  }

  open(_place: RecordPlace, sealed: Uint8Array): Uint8Array | Promise<Uint8Array> {
    const { content, decryptor } = decodeRustEnvelope(sealed);
    const key = this.#options.find(decryptor);
    // Without a promise where nothing is waited for: one for each record would cost more than its decryption.
    return key instanceof Promise
      ? key.then((found) => decide(found, decryptor, content))
      : decide(key, decryptor, content);
  }

  #begin(key: string, topic: string, partition: number): Promise<RecordSealer> {
    this.#makeRoom();
    const sealer = this.#agree(key, topic, partition);
    this.#agreements.set(key, { sealer });
    sealer.catch((error: unknown) => {
      this.#agreements.set(key, { sealer, failedUntil: this.#now() + KEY_RETRY_DELAY });
      const log = this.#options.log ?? silentLog;
      log({
        level: "warn",
        area: "portal-kafka",
        message: `no key for ${JSON.stringify(topic)}, partition ${partition}`,
        error,
      });
    });
    return sealer;
  }

  /** Gives up all keys for encryption. Nothing is sealed any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const agreements = [...this.#agreements.values()];
    this.#agreements.clear();
    await Promise.all(agreements.map(async ({ agreed }) => agreed?.close()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #agree(key: string, topic: string, partition: number): Promise<RecordSealer> {
    const agreed = await this.#options.agree(topic, partition);
    if (this.#isClosed) {
      await agreed.close();
      throw closed();
    }
    const encode = rustEnvelopeEncoder(agreed.decryptor);
    const sealer: RecordSealer = { seal: (_place, content) => encode(agreed.encrypt(content)) };
    // Without a promise from now on.
    this.#agreements.set(key, { sealer, agreed });
    void agreed.closed.then(() => {
      if (this.#agreements.get(key)?.sealer === sealer) this.#agreements.delete(key);
    });
    return sealer;
  }

  #makeRoom(): void {
    if (this.#agreements.size < MAX_ENCRYPTION_KEYS) return;
    const [oldest] = this.#agreements;
    if (oldest === undefined) return;
    this.#agreements.delete(oldest[0]);
    void oldest[1].agreed?.close();
  }
}

function decide(
  key: DecryptionKey | undefined,
  decryptor: string,
  content: Uint8Array,
): Uint8Array | Promise<Uint8Array> {
  if (key === undefined) {
    throw kafkaPortalError(
      KAFKA_PORTAL_ERROR_CODES.unknownKey,
      "the record is encrypted for another consumer, or this node has lost its state",
      { details: { key: decryptor } },
    );
  }
  const verdict = key.mayProduce();
  return verdict instanceof Promise
    ? verdict.then((isAllowed) => decrypt(key, isAllowed, content))
    : decrypt(key, verdict, content);
}

function decrypt(key: DecryptionKey, isAllowed: boolean, content: Uint8Array): Uint8Array {
  if (!isAllowed) {
    throw kafkaPortalError(
      KAFKA_PORTAL_ERROR_CODES.notAuthorized,
      "the policy does not let the producer of the record produce",
    );
  }
  try {
    return key.decrypt(content);
  } catch (cause) {
    if (!isOckamError(cause)) throw cause;
    throw kafkaPortalError(KAFKA_PORTAL_ERROR_CODES.notAuthentic, "the record was altered", { cause });
  }
}

function closed(): Error {
  return kafkaPortalError(KAFKA_PORTAL_ERROR_CODES.noConsumer, "the Kafka inlet was closed");
}
