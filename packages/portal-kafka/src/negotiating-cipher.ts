import { silentLog } from "@ockam/codec";
import type { Log } from "@ockam/codec";

import type { KeyAgreement } from "./key-negotiation.ts";
import { KEY_RETRY_DELAY } from "./limits.ts";
import type { RecordCipher, RecordPlace, RecordSealer } from "./record-cipher.ts";

/** How long it stands what was agreed on for a partition, ms; then it is asked again while records go on. */
export const NEGOTIATION_LIFETIME = 60_000;
/** For how many partitions it is remembered; the one that was not used longest is asked again. */
export const MAX_NEGOTIATIONS = 10_000;

/** What a {@link NegotiatingCipher} chooses from. */
export interface NegotiatingCipherOptions {
  readonly topicKeys: RecordCipher;
  readonly rust: RecordCipher;
  /** For `negotiateKeyAgreement`. */
  readonly negotiate: (topic: string, partition: number) => Promise<KeyAgreement>;
  /** Whether one consumer reads all partitions, so that it is asked once. */
  readonly hasOneConsumer: boolean;
  readonly log?: Log;
  /** ms; for tests. */
  readonly now?: () => number;
}

interface Negotiation {
  /** Absent until it was agreed on for the first time. */
  agreement?: KeyAgreement;
  underWay?: Promise<KeyAgreement>;
  failure?: unknown;
  /** ms */
  nextAt: number;
}

/** Seals as the consumer of each partition can read it, and opens both. */
export class NegotiatingCipher implements RecordCipher {
  readonly #options: NegotiatingCipherOptions;
  readonly #now: () => number;
  readonly #negotiations = new Map<string, Negotiation>();

  constructor(options: NegotiatingCipherOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  sealer(topic: string, partition: number): RecordSealer | Promise<RecordSealer> {
    const negotiation = this.#negotiation(this.#options.hasOneConsumer ? "" : `${partition}:${topic}`);
    if (negotiation.underWay === undefined && negotiation.nextAt <= this.#now()) {
      // The failure of one that nobody waits for is logged.
      this.#begin(negotiation, topic, partition).catch(() => {});
    }
    const { agreement, underWay } = negotiation;
    if (agreement !== undefined) return this.#cipher(agreement).sealer(topic, partition);
    if (underWay === undefined) return Promise.reject(negotiation.failure);
    return underWay.then((agreed) => this.#cipher(agreed).sealer(topic, partition));
  }

  isSealed(value: Uint8Array): boolean {
    return this.#options.topicKeys.isSealed(value) || this.#options.rust.isSealed(value);
  }

  open(place: RecordPlace, sealed: Uint8Array): Uint8Array | Promise<Uint8Array> {
    const { rust, topicKeys } = this.#options;
    return (topicKeys.isSealed(sealed) ? topicKeys : rust).open(place, sealed);
  }

  #cipher(agreement: KeyAgreement): RecordCipher {
    return agreement === "rust" ? this.#options.rust : this.#options.topicKeys;
  }

  #negotiation(key: string): Negotiation {
    const negotiation = this.#negotiations.get(key) ?? { nextAt: -Infinity };
    // The last in the map is the one that was used last.
    this.#negotiations.delete(key);
    this.#negotiations.set(key, negotiation);
    const [oldest] = this.#negotiations.keys();
    if (this.#negotiations.size > MAX_NEGOTIATIONS && oldest !== undefined) {
      this.#negotiations.delete(oldest);
    }
    return negotiation;
  }

  #begin(negotiation: Negotiation, topic: string, partition: number): Promise<KeyAgreement> {
    const negotiate = async (): Promise<KeyAgreement> => {
      try {
        negotiation.agreement = await this.#options.negotiate(topic, partition);
        negotiation.nextAt = this.#now() + NEGOTIATION_LIFETIME;
        return negotiation.agreement;
      } catch (error) {
        negotiation.failure = error;
        negotiation.nextAt = this.#now() + KEY_RETRY_DELAY;
        const log = this.#options.log ?? silentLog;
        const message = `no key agreement for ${JSON.stringify(topic)}, partition ${partition}`;
        log({ level: "warn", area: "portal-kafka", message, error });
        throw error;
      }
    };
    const underWay = negotiate().finally(() => delete negotiation.underWay);
    negotiation.underWay = underWay;
    return underWay;
  }
}
