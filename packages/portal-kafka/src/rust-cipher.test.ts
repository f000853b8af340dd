import { concatBytes } from "@ockam/codec";
import { defaultBackend } from "@ockam/vault";
import { expect, test } from "vitest";

import { kafkaPortalError } from "./kafka-portal-error.ts";
import { KEY_RETRY_DELAY } from "./limits.ts";
import { MAX_ENCRYPTION_KEYS, RustCipher } from "./rust-cipher.ts";
import type { EncryptionKey, RustCipherOptions } from "./rust-cipher.ts";
import { decodeRustEnvelope, encodeRustEnvelope } from "./rust-envelope.ts";

const PLACE = { topic: "orders", partition: 0, key: null };
const VALUE = new TextEncoder().encode("value");

/** What two nodes that agreed on keys have. */
class Exchange {
  readonly agreed: string[] = [];
  readonly #keys = new Map<string, Uint8Array>();
  failure: Error | undefined;
  mayProduce = true;
  close: () => void = () => {};
  readonly closed: string[] = [];

  options(): RustCipherOptions {
    return {
      agree: async (topic, partition) => {
        if (this.failure !== undefined) throw this.failure;
        this.agreed.push(`${topic}-${partition}`);
        return this.#key();
      },
      hasOneConsumer: false,
      find: (decryptor) => this.#find(decryptor),
    };
  }

  #key(): EncryptionKey {
    const decryptor = `decryptor-${this.#keys.size}`;
    const secret = defaultBackend().randomBytes(32);
    this.#keys.set(decryptor, secret);
    let nonce = 0;
    return {
      decryptor,
      close: async () => void this.closed.push(decryptor),
      closed: new Promise<void>((resolve) => {
        this.close = resolve;
      }),
      encrypt: (plaintext) => {
        const counter = new Uint8Array(8);
        new DataView(counter.buffer).setUint32(4, nonce++);
        const key = defaultBackend().aes256Gcm(secret);
        return concatBytes(counter, ...key.seal(gcmNonce(counter), new Uint8Array(0), [plaintext]));
      },
    };
  }

  #find(decryptor: string): ReturnType<RustCipherOptions["find"]> {
    const secret = this.#keys.get(decryptor);
    if (secret === undefined) return undefined;
    return {
      mayProduce: () => this.mayProduce,
      decrypt: (content) => {
        const key = defaultBackend().aes256Gcm(secret);
        const nonce = gcmNonce(content.subarray(0, 8));
        return concatBytes(...key.open(nonce, new Uint8Array(0), [content.subarray(8)]));
      },
    };
  }
}

function gcmNonce(counter: Uint8Array): Uint8Array {
  return concatBytes(new Uint8Array(4), counter);
}

test("what is sealed comes back, with one key for each partition", async () => {
  const exchange = new Exchange();
  const cipher = new RustCipher(exchange.options());
  const sealed = [
    (await cipher.sealer("orders", 0)).seal(PLACE, VALUE),
    (await cipher.sealer("orders", 0)).seal(PLACE, VALUE),
    (await cipher.sealer("orders", 1)).seal(PLACE, VALUE),
  ];
  expect(exchange.agreed).toEqual(["orders-0", "orders-1"]);
  expect(new Set(sealed.map(String)).size).toBe(3);
  for (const value of sealed) expect(await cipher.open(PLACE, value)).toEqual(VALUE);
});

test("one consumer for all partitions: one key", async () => {
  const exchange = new Exchange();
  const cipher = new RustCipher({ ...exchange.options(), hasOneConsumer: true });
  await cipher.sealer("orders", 0);
  await cipher.sealer("payments", 1);
  expect(exchange.agreed).toEqual(["orders-0"]);
});

test("those who ask at once share an agreement", async () => {
  const exchange = new Exchange();
  const cipher = new RustCipher(exchange.options());
  await Promise.all([cipher.sealer("orders", 0), cipher.sealer("orders", 0)]);
  expect(exchange.agreed).toEqual(["orders-0"]);
});

test("a failure stands for a moment, and is tried again then", async () => {
  const exchange = new Exchange();
  let now = 0;
  const cipher = new RustCipher({ ...exchange.options(), now: () => now });
  exchange.failure = kafkaPortalError("OCKAM_KAFKA_NO_CONSUMER", "none");
  await expect(cipher.sealer("orders", 0)).rejects.toThrow("none");
  exchange.failure = undefined;
  now = KEY_RETRY_DELAY - 1;
  await expect(cipher.sealer("orders", 0)).rejects.toThrow("none");
  now = KEY_RETRY_DELAY;
  await expect(cipher.sealer("orders", 0)).resolves.toBeDefined();
});

test("a key whose channel is closed is not used again", async () => {
  const exchange = new Exchange();
  const cipher = new RustCipher(exchange.options());
  await cipher.sealer("orders", 0);
  exchange.close();
  await new Promise(setImmediate);
  await cipher.sealer("orders", 0);
  expect(exchange.agreed).toHaveLength(2);
});

test("keys for encryption are bounded: the one that was not used longest makes room", async () => {
  const exchange = new Exchange();
  const cipher = new RustCipher(exchange.options());
  for (let i = 0; i < MAX_ENCRYPTION_KEYS; i++) await cipher.sealer("orders", i);
  await cipher.sealer("orders", 0);
  expect(exchange.agreed).toHaveLength(MAX_ENCRYPTION_KEYS);
  await cipher.sealer("orders", MAX_ENCRYPTION_KEYS);
  expect(exchange.closed).toEqual(["decryptor-1"]);
  await cipher.sealer("orders", 0);
  expect(exchange.agreed).toHaveLength(MAX_ENCRYPTION_KEYS + 1);
  await cipher.sealer("orders", 1);
  expect(exchange.agreed).toHaveLength(MAX_ENCRYPTION_KEYS + 2);
});

test("after the end all keys are given up, also one that was being agreed on", async () => {
  const exchange = new Exchange();
  const cipher = new RustCipher(exchange.options());
  await cipher.sealer("orders", 0);
  const late = cipher.sealer("orders", 1);
  await cipher.close();
  await expect(late).rejects.toMatchObject({ code: "OCKAM_KAFKA_NO_CONSUMER" });
  expect(exchange.closed).toEqual(["decryptor-0", "decryptor-1"]);
  expect(() => cipher.sealer("orders", 0)).toThrow("closed");
});

test("refuses what was altered, what is for somebody else, and whom the policy refuses", async () => {
  const exchange = new Exchange();
  const cipher = new RustCipher(exchange.options());
  const sealed = (await cipher.sealer("orders", 0)).seal(PLACE, VALUE);
  const { content, decryptor } = decodeRustEnvelope(sealed);
  const altered = content.slice();
  altered[10]! ^= 1;
  const open = async (value: Uint8Array): Promise<Uint8Array> => cipher.open(PLACE, value);
  await expect(open(encodeRustEnvelope({ decryptor, content: altered }))).rejects.toMatchObject({
    code: "OCKAM_KAFKA_NOT_AUTHENTIC",
  });
  await expect(open(encodeRustEnvelope({ decryptor: "another", content }))).rejects.toMatchObject({
    code: "OCKAM_KAFKA_UNKNOWN_KEY",
  });
  exchange.mayProduce = false;
  await expect(open(sealed)).rejects.toMatchObject({ code: "OCKAM_KAFKA_NOT_AUTHORIZED" });
});
