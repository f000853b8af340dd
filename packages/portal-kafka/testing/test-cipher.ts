import { concatBytes, equalBytes, isOckamError } from "@ockam/codec";
import { defaultBackend } from "@ockam/vault";

import { KAFKA_PORTAL_ERROR_CODES, kafkaPortalError } from "../src/kafka-portal-error.ts";
import type { RecordCipher, RecordPlace } from "../src/record-cipher.ts";

const MARK = Uint8Array.of(0x54, 0x43, 0x01);

/** A cipher with one key, which binds a value to its topic, partition and key. */
export class TestCipher implements RecordCipher {
  readonly #key = defaultBackend().aes256Gcm(new Uint8Array(32).fill(7));
  /** Partitions without a consumer; a promise to wait for, or an error. */
  readonly missing = new Map<string, Promise<void> | Error>();
  /** Whether keys for opening are there. */
  knowsKeys = true;

  sealer(topic: string, partition: number): ReturnType<RecordCipher["sealer"]> {
    const seal = (place: RecordPlace, content: Uint8Array): Uint8Array => {
      const nonce = defaultBackend().randomBytes(12);
      return concatBytes(MARK, nonce, ...this.#key.seal(nonce, bound(place), [content]));
    };
    const missing = this.missing.get(`${topic}-${partition}`);
    if (missing instanceof Error) return Promise.reject(missing);
    return missing === undefined ? { seal } : missing.then(() => ({ seal }));
  }

  isSealed(value: Uint8Array): boolean {
    return equalBytes(value.subarray(0, MARK.length), MARK);
  }

  open(place: RecordPlace, sealed: Uint8Array): Uint8Array {
    if (!this.knowsKeys) throw kafkaPortalError(KAFKA_PORTAL_ERROR_CODES.unknownKey, "no key");
    if (sealed.length < 3 + 12 + 16) throw altered();
    try {
      return concatBytes(...this.#key.open(sealed.subarray(3, 15), bound(place), [sealed.subarray(15)]));
    } catch (error) {
      if (!isOckamError(error)) throw error;
      throw altered();
    }
  }
}

function bound({ key, partition, topic }: RecordPlace): Uint8Array {
  return new TextEncoder().encode(JSON.stringify([topic, partition, key === null ? null : [...key]]));
}

function altered(): Error {
  return kafkaPortalError(KAFKA_PORTAL_ERROR_CODES.notAuthentic, "altered");
}
