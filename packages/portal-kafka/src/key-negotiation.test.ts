import { Address, Router } from "@ockam/core-routing";
import type { Route } from "@ockam/core-routing";
import { createIdentities } from "@ockam/identity";
import type { Identifier, Identities } from "@ockam/identity";
import { createSecureChannelListener } from "@ockam/secure-channel";
import { EventEmitter, once } from "node:events";
import { expect, test } from "vitest";

import { KEY_EXCHANGER } from "./key-exchanger.ts";
import { KAFKA_KEYS } from "./key-holder.ts";
import { negotiateKeyAgreement } from "./key-negotiation.ts";
import type { KeyAgreement, KeyNegotiationOptions } from "./key-negotiation.ts";
import { KEY_RETRY_DELAY } from "./limits.ts";
import { MAX_NEGOTIATIONS, NEGOTIATION_LIFETIME, NegotiatingCipher } from "./negotiating-cipher.ts";
import type { NegotiatingCipherOptions } from "./negotiating-cipher.ts";
import type { RecordCipher } from "./record-cipher.ts";

const ORDERS = { topic: "orders", partition: 0 };
const PLACE = { ...ORDERS, key: null };

/** A producer, and whatever the consumer's node has. */
class Scene implements AsyncDisposable {
  readonly router = new Router();
  readonly identities: Identities = createIdentities();
  readonly asked: string[] = [];
  readonly identifier: Identifier;

  private constructor(identities: Identities, identifier: Identifier) {
    this.identities = identities;
    this.identifier = identifier;
  }

  static async create(): Promise<Scene> {
    const identities = createIdentities();
    return new Scene(identities, (await identities.create()).identifier);
  }

  offer(...services: readonly string[]): void {
    for (const service of services) this.listen(service);
  }

  listen(service: string, onChannel: () => void = () => {}): void {
    const { identifier, identities } = this;
    const keyExchangeOnly = service === KEY_EXCHANGER;
    createSecureChannelListener(this.router, service, { identities, identifier, keyExchangeOnly, onChannel });
  }

  silent(service: string): void {
    this.router.start(() => {}, { address: service });
  }

  negotiate(options: Partial<KeyNegotiationOptions> = {}): Promise<KeyAgreement> {
    return negotiateKeyAgreement(this.router, ORDERS, {
      identities: this.identities,
      identifier: this.identifier,
      routeOf: (_, service): Route => {
        this.asked.push(service);
        return this.router.has(Address.local(service)) ? [Address.local(service)] : [];
      },
      ...options,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.router.close();
  }
}

test("one of ours is asked once, and nothing is left behind", async () => {
  await using scene = await Scene.create();
  scene.offer(KAFKA_KEYS, KEY_EXCHANGER);
  const before = scene.router.addresses().length;
  expect(await scene.negotiate()).toBe("topic-keys");
  expect(scene.asked).toEqual([KAFKA_KEYS]);
  await expect.poll(() => scene.router.addresses().length, { interval: 5 }).toBe(before);
});

test("one that has no topic keys gets Rust's, whether its silence or its router says so", async () => {
  await using scene = await Scene.create();
  scene.offer(KEY_EXCHANGER);
  expect(await scene.negotiate()).toBe("rust");
  scene.silent(KAFKA_KEYS);
  expect(await scene.negotiate({ headStart: 10, timeout: 5000 })).toBe("rust");
});

test("one of ours that answers late is one of ours", async () => {
  await using scene = await Scene.create();
  const late = new EventEmitter();
  const answered = once(late, "answered");
  const asked = once(late, "asked");
  scene.listen(KAFKA_KEYS, () => void late.emit("answered"));
  scene.offer(KEY_EXCHANGER);
  const routeOf = async (_: unknown, service: string): Promise<Route> => {
    if (service === KAFKA_KEYS) await asked;
    else {
      late.emit("asked");
      await answered;
    }
    return [Address.local(service)];
  };
  expect(await scene.negotiate({ routeOf, headStart: 10, timeout: 20_000 })).toBe("topic-keys");
});

test("where nobody consumes yet it is topic keys", async () => {
  await using scene = await Scene.create();
  expect(await scene.negotiate()).toBe("topic-keys");
  expect(scene.asked).toEqual([KAFKA_KEYS, KEY_EXCHANGER]);
  scene.silent(KAFKA_KEYS);
  scene.silent(KEY_EXCHANGER);
  expect(await scene.negotiate({ headStart: 10, timeout: 50 })).toBe("topic-keys");
});

test("an end is an end, and an error of the node is no answer", async () => {
  await using scene = await Scene.create();
  scene.silent(KAFKA_KEYS);
  const controller = new AbortController();
  const negotiating = scene.negotiate({ signal: controller.signal });
  controller.abort(new Error("enough"));
  await expect(negotiating).rejects.toThrow("enough");
  await expect(scene.negotiate({ signal: controller.signal })).rejects.toThrow("enough");
  await expect(scene.negotiate({ routeOf: () => Promise.reject(new TypeError("a bug")) })).rejects.toThrow(
    "a bug",
  );
});

/** Seals with its name. */
function named(mark: number): RecordCipher {
  return {
    sealer: () => ({ seal: () => Uint8Array.of(mark) }),
    isSealed: (value) => value[0] === mark,
    open: () => Uint8Array.of(mark, mark),
  };
}

/** A cipher whose negotiations are answered by the test. */
class Negotiations {
  now = 0;
  readonly asked: string[] = [];
  answer: () => Promise<KeyAgreement> = async () => "topic-keys";
  readonly cipher: NegotiatingCipher;

  constructor(options: Partial<NegotiatingCipherOptions> = {}) {
    this.cipher = new NegotiatingCipher({
      topicKeys: named(1),
      rust: named(2),
      negotiate: (topic, partition) => {
        this.asked.push(`${topic}-${partition}`);
        return this.answer();
      },
      hasOneConsumer: false,
      now: () => this.now,
      ...options,
    });
  }

  async seal(topic = "orders", partition = 0): Promise<number> {
    const sealer = await this.cipher.sealer(topic, partition);
    return sealer.seal(PLACE, new Uint8Array(0))[0]!;
  }
}

test("each partition is sealed as its consumer reads it, and asked about once", async () => {
  const negotiations = new Negotiations();
  expect(await Promise.all([negotiations.seal(), negotiations.seal()])).toEqual([1, 1]);
  negotiations.answer = async () => "rust";
  expect(await negotiations.seal("orders", 1)).toBe(2);
  expect(await negotiations.seal()).toBe(1);
  expect(negotiations.asked).toEqual(["orders-0", "orders-1"]);
  expect(negotiations.cipher.sealer("orders", 0)).not.toBeInstanceOf(Promise);
});

test("one consumer of all partitions is asked about once", async () => {
  const negotiations = new Negotiations({ hasOneConsumer: true });
  await negotiations.seal("orders", 0);
  await negotiations.seal("payments", 1);
  expect(negotiations.asked).toEqual(["orders-0"]);
});

test("a consumer that changes is noticed, while records go on", async () => {
  const negotiations = new Negotiations();
  await negotiations.seal();
  negotiations.now = NEGOTIATION_LIFETIME - 1;
  await negotiations.seal();
  expect(negotiations.asked).toHaveLength(1);
  negotiations.now = NEGOTIATION_LIFETIME;
  negotiations.answer = async () => "rust";
  expect(await negotiations.seal()).toBe(1);
  expect(await negotiations.seal()).toBe(2);
  expect(negotiations.asked).toHaveLength(2);
});

test("a failure stands for a moment, and what was agreed on before goes on", async () => {
  const negotiations = new Negotiations();
  negotiations.answer = () => Promise.reject(new Error("no storage"));
  await expect(negotiations.seal()).rejects.toThrow("no storage");
  await expect(negotiations.seal()).rejects.toThrow("no storage");
  expect(negotiations.asked).toHaveLength(1);
  negotiations.now = KEY_RETRY_DELAY;
  negotiations.answer = () => {
    throw new Error("at once");
  };
  await expect(negotiations.seal()).rejects.toThrow("at once");
  negotiations.now = 2 * KEY_RETRY_DELAY;
  negotiations.answer = async () => "rust";
  expect(await negotiations.seal()).toBe(2);
  negotiations.now += NEGOTIATION_LIFETIME;
  negotiations.answer = () => Promise.reject(new Error("no storage"));
  expect(await negotiations.seal()).toBe(2);
  expect(await negotiations.seal()).toBe(2);
});

test("what is agreed on is remembered for so many partitions", async () => {
  const negotiations = new Negotiations();
  for (let i = 0; i < MAX_NEGOTIATIONS; i++) await negotiations.seal("orders", i);
  await negotiations.seal("orders", 0);
  expect(negotiations.asked).toHaveLength(MAX_NEGOTIATIONS);
  await negotiations.seal("orders", MAX_NEGOTIATIONS);
  await negotiations.seal("orders", 0);
  expect(negotiations.asked).toHaveLength(MAX_NEGOTIATIONS + 1);
  await negotiations.seal("orders", 1);
  expect(negotiations.asked).toHaveLength(MAX_NEGOTIATIONS + 2);
});

test("what was sealed in either way is opened in that way", async () => {
  const { cipher } = new Negotiations();
  expect([0, 1, 2].map((mark) => cipher.isSealed(Uint8Array.of(mark)))).toEqual([false, true, true]);
  expect(await cipher.open(PLACE, Uint8Array.of(1))).toEqual(Uint8Array.of(1, 1));
  expect(await cipher.open(PLACE, Uint8Array.of(2))).toEqual(Uint8Array.of(2, 2));
});
