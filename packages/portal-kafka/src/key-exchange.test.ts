import type { LogEntry } from "@ockam/codec";
import { toHex } from "@ockam/codec";
import { Address, Router } from "@ockam/core-routing";
import type { Route } from "@ockam/core-routing";
import { createIdentities } from "@ockam/identity";
import type { Identifier, Identities } from "@ockam/identity";
import { trustIdentifiers } from "@ockam/secure-channel";
import { defaultBackend, memorySecretStorage } from "@ockam/vault";
import { expect, test } from "vitest";

import { memoryDecryptionKeyStorage } from "./decryption-key-storage.ts";
import { agreeOnKey } from "./key-agreement.ts";
import type { KeyAgreementOptions } from "./key-agreement.ts";
import { createKeyExchanger } from "./key-exchanger.ts";
import type { KeyExchanger, KeyExchangerOptions } from "./key-exchanger.ts";
import { KeyIntake } from "./key-intake.ts";
import { KEY_WINDOW, MAX_NEW_KEYS } from "./key-quota.ts";
import { MAX_OPEN_KEYS } from "./limits.ts";
import { RustCipher } from "./rust-cipher.ts";
import type { EncryptionKey } from "./rust-cipher.ts";
import { decodeRustEnvelope } from "./rust-envelope.ts";

const ORDERS = { topic: "orders", partition: 0 };
const PLACE = { ...ORDERS, key: null };
const VALUE = new TextEncoder().encode("value");

/** A producer and a consumer, whose state outlives its key exchanger. */
class Scene implements AsyncDisposable {
  readonly router = new Router();
  readonly identities: Identities = createIdentities();
  readonly secrets = memorySecretStorage();
  readonly storage = memoryDecryptionKeyStorage();
  readonly entries: LogEntry[] = [];
  readonly producer: Identifier;
  readonly consumer: Identifier;
  exchanger: KeyExchanger;

  private constructor(producer: Identifier, consumer: Identifier, identities: Identities) {
    this.identities = identities;
    this.producer = producer;
    this.consumer = consumer;
    this.exchanger = this.start();
  }

  static async create(): Promise<Scene> {
    const identities = createIdentities();
    const [producer, consumer] = [await identities.create(), await identities.create()];
    return new Scene(producer.identifier, consumer.identifier, identities);
  }

  start(options: Partial<KeyExchangerOptions> = {}): KeyExchanger {
    this.exchanger = createKeyExchanger(this.router, {
      identities: this.identities,
      identifier: this.consumer,
      secrets: this.secrets,
      storage: this.storage,
      mayProduce: (peer) => peer.equals(this.producer),
      log: (entry) => void this.entries.push(entry),
      ...options,
    });
    return this.exchanger;
  }

  async restart(options: Partial<KeyExchangerOptions> = {}): Promise<void> {
    await this.exchanger.close();
    this.start(options);
  }

  agree(options: Partial<KeyAgreementOptions> = {}): Promise<EncryptionKey> {
    return agreeOnKey(this.router, ORDERS, {
      identities: this.identities,
      identifier: this.producer,
      routeOf: () => [this.exchanger.address],
      mayConsume: (peer) => peer.equals(this.consumer),
      ...options,
    });
  }

  /** The consumer has the third message of the handshake a moment after the producer has its key. */
  async isKnown({ decryptor }: Pick<EncryptionKey, "decryptor">): Promise<void> {
    await expect.poll(() => this.exchanger.find(decryptor), { interval: 1 }).toBeDefined();
  }

  async isLogged(message: string): Promise<void> {
    await expect
      .poll(() => this.entries.map((entry) => entry.message).join(), { interval: 1 })
      .toContain(message);
  }

  cipher(): RustCipher {
    return new RustCipher({
      agree: async () => {
        const key = await this.agree();
        await this.isKnown(key);
        return key;
      },
      hasOneConsumer: false,
      find: (decryptor) => this.exchanger.find(decryptor),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.router.close();
  }
}

test("a record is read by whom the key was agreed on with, also after a restart", async () => {
  await using scene = await Scene.create();
  const cipher = scene.cipher();
  const sealed = (await cipher.sealer("orders", 0)).seal(PLACE, VALUE);
  expect(await cipher.open(PLACE, sealed)).toEqual(VALUE);
  await scene.restart();
  for (let i = 0; i < 2; i++) expect(await scene.cipher().open(PLACE, sealed)).toEqual(VALUE);
});

test("the envelope names the last hop of the route, and the nonces count from 0 without a new key", async () => {
  await using scene = await Scene.create();
  const cipher = scene.cipher();
  const sealer = await cipher.sealer("orders", 0);
  const envelopes = Array.from({ length: 100 }, () => decodeRustEnvelope(sealer.seal(PLACE, VALUE)));
  expect(envelopes[0]!.decryptor).toMatch(/^[0-9a-f]{32}$/);
  expect(envelopes.map(({ content }) => toHex(content.subarray(0, 8)))).toEqual(
    Array.from({ length: 100 }, (_, nonce) => nonce.toString(16).padStart(16, "0")),
  );
  await scene.exchanger.close();
  const { handle } = (await scene.storage.get(envelopes[0]!.decryptor))!;
  const key = defaultBackend().aes256Gcm((await scene.secrets.get("aes256", handle))!);
  for (const { content } of envelopes) {
    const nonce = new Uint8Array(12);
    nonce.set(content.subarray(0, 8), 4);
    const [opened] = key.open(nonce, new Uint8Array(0), [content.subarray(8)]);
    expect(opened).toEqual(VALUE);
  }
});

test("nothing of the channel stays at the consumer", async () => {
  await using scene = await Scene.create();
  const before = scene.router.addresses().length;
  const key = await scene.agree();
  await scene.isKnown(key);
  await key.close();
  await expect.poll(() => scene.router.addresses(), { interval: 1 }).toHaveLength(before);
});

test("a key outlives the way to the consumer, until it is closed", async () => {
  await using scene = await Scene.create();
  const key = await scene.agree();
  await scene.exchanger.close();
  expect(key.encrypt(VALUE)).toHaveLength(8 + VALUE.length + 16);
  await key.close();
  await key.closed;
  expect(() => key.encrypt(VALUE)).toThrow(expect.objectContaining({ code: "OCKAM_SECURE_CHANNEL_CLOSED" }));
});

test("a consumer that the policy refuses gets no key", async () => {
  await using scene = await Scene.create();
  const before = scene.router.addresses().length;
  await expect(scene.agree({ mayConsume: () => false })).rejects.toMatchObject({
    code: "OCKAM_KAFKA_NOT_AUTHORIZED",
    details: { consumer: scene.consumer.toString() },
  });
  const failure = new Error("the policy failed");
  await expect(scene.agree({ mayConsume: () => Promise.reject(failure) })).rejects.toBe(failure);
  await expect.poll(() => scene.router.addresses(), { interval: 1 }).toHaveLength(before);
  await expect(scene.agree({ trustPolicy: trustIdentifiers([]) })).rejects.toMatchObject({
    code: "OCKAM_KAFKA_NOT_AUTHORIZED",
  });
});

test("without a consumer that answers there is no key", async () => {
  await using scene = await Scene.create();
  await scene.exchanger.close();
  const silent: Route = [scene.router.start(() => {}, { address: Address.random() }).address];
  for (const routeOf of [() => [Address.local("key_exchanger")], () => silent]) {
    await expect(scene.agree({ routeOf, timeout: 20 })).rejects.toMatchObject({
      code: "OCKAM_KAFKA_NO_CONSUMER",
    });
  }
  const controller = new AbortController();
  const agreeing = scene.agree({ routeOf: () => silent, signal: controller.signal });
  controller.abort(new Error("enough"));
  await expect(agreeing).rejects.toThrow("enough");
});

test("a producer that the policy refuses leaves nothing behind, and is not believed later", async () => {
  await using scene = await Scene.create();
  let isMember = false;
  await scene.restart({ mayProduce: () => isMember });
  const key = await scene.agree();
  await scene.isLogged("does not let this producer");
  await scene.exchanger.close();
  expect(await scene.storage.get(key.decryptor)).toBeUndefined();
  scene.start({ mayProduce: () => isMember });
  isMember = true;
  const cipher = scene.cipher();
  const sealed = (await cipher.sealer("orders", 0)).seal(PLACE, VALUE);
  expect(await cipher.open(PLACE, sealed)).toEqual(VALUE);
  isMember = false;
  await expect((async () => cipher.open(PLACE, sealed))()).rejects.toMatchObject({
    code: "OCKAM_KAFKA_NOT_AUTHORIZED",
  });
});

test("a policy that fails refuses", async () => {
  await using scene = await Scene.create();
  await scene.restart({ mayProduce: () => Promise.reject(new Error("no authority")) });
  const key = await scene.agree();
  await scene.isLogged("policy for producers failed");
  await scene.exchanger.close();
  expect(await scene.storage.get(key.decryptor)).toBeUndefined();
});

test("a key that cannot be stored can be used until the process ends, and is complained about", async () => {
  await using scene = await Scene.create();
  const full = new Error("the disk is full");
  await scene.restart({
    storage: { ...scene.storage, get: async () => undefined, put: () => Promise.reject(full) },
  });
  const cipher = scene.cipher();
  const sealed = (await cipher.sealer("orders", 0)).seal(PLACE, VALUE);
  expect(await cipher.open(PLACE, sealed)).toEqual(VALUE);
  await scene.isLogged("cannot be stored");
});

test("keys in memory are bounded; those in the storage are found again", async () => {
  await using scene = await Scene.create();
  let loads = 0;
  const storage: KeyExchangerOptions["storage"] = {
    put: (entry) => scene.storage.put(entry),
    delete: (decryptor) => scene.storage.delete(decryptor),
    get: (decryptor) => {
      loads += 1;
      return scene.storage.get(decryptor);
    },
  };
  const handle = "ab".repeat(32);
  await scene.secrets.put("aes256", handle, new Uint8Array(32));
  await scene.restart({ storage });
  const names = Array.from({ length: MAX_OPEN_KEYS + 1 }, (_, i) => `key-${i}`);
  for (const decryptor of names) await scene.storage.put({ decryptor, producer: scene.producer, handle });
  for (const name of names) await scene.exchanger.find(name);
  await Promise.all([scene.exchanger.find("key-0"), scene.exchanger.find("key-0")]);
  expect(loads).toBe(MAX_OPEN_KEYS + 2);
  await scene.exchanger.find(names.at(-1)!);
  expect(loads).toBe(MAX_OPEN_KEYS + 2);
  expect(await scene.exchanger.find("unknown")).toBeUndefined();
});

test("an entry whose secret is gone is no key", async () => {
  await using scene = await Scene.create();
  const entry = { decryptor: "lost", producer: scene.producer, handle: "cd".repeat(32) };
  await scene.storage.put(entry);
  expect(await scene.exchanger.find("lost")).toBeUndefined();
});

test("keys that a producer can have stored are bounded for a time", async () => {
  await using scene = await Scene.create();
  let now = 0;
  const intake = new KeyIntake(() => Promise.resolve(), {
    mayProduce: () => true,
    log: (entry) => void scene.entries.push(entry),
    now: () => now,
  });
  const secret = new Uint8Array(32).fill(1);
  const take = (peer: Identifier): Promise<boolean> =>
    intake.take({ decryptor: Address.random(), peer, secret: secret.slice() });
  for (let i = 0; i < MAX_NEW_KEYS; i++) await take(scene.producer);
  expect(await take(scene.producer)).toBe(false);
  expect(await take(scene.consumer)).toBe(true);
  now = KEY_WINDOW;
  expect(await take(scene.producer)).toBe(true);
});
