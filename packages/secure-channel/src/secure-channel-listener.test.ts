import { Message } from "@ockam/core-routing";
import type { Address, RoutedConnection } from "@ockam/core-routing";
import { defaultBackend } from "@ockam/vault";
import { describe, expect, test } from "vitest";

import { deferred } from "../testing/deferred.ts";
import { FakeTime } from "../testing/fake-time.ts";
import { SCALED_TIMEOUT, scaled } from "../testing/scaled.ts";
import { createParty, settle, Twin, until } from "../testing/twin.ts";
import { createSecureChannel } from "./create-secure-channel.ts";
import { MAX_HANDSHAKE_MESSAGE_LENGTH } from "./handshake-state.ts";
import {
  createSecureChannelListener,
  HANDSHAKE_TIMEOUT,
  HANDSHAKES_PER_TURN,
  MAX_CHANNELS,
  MAX_CHANNELS_PER_HOP,
  MAX_HALF_OPEN_HANDSHAKES,
  MAX_HALF_OPEN_HANDSHAKES_PER_HOP,
} from "./secure-channel-listener.ts";
import type { SecureChannelListenerLimits } from "./secure-channel-listener.ts";

const backend = defaultBackend();

/** A first message of nobody: a good public key, and no intention to go on. */
function firstMessage(): Uint8Array {
  return backend.x25519PublicKey(backend.randomBytes(32));
}

/** A peer that begins handshakes and does not go on with them. */
class Flooder {
  readonly answers: Message[] = [];
  readonly #twin: Twin;
  readonly #connection: RoutedConnection;
  readonly #address: Address;

  private constructor(twin: Twin, connection: RoutedConnection) {
    this.#twin = twin;
    this.#connection = connection;
    const { router } = twin.initiator;
    this.#address = router.start((message) => void this.answers.push(message)).address;
    router.flowControls.addConsumer(this.#address, connection.flowControlId);
  }

  static async connect(twin: Twin): Promise<Flooder> {
    return new Flooder(twin, await twin.connect());
  }

  async send(payload: Uint8Array, returnRoute: readonly Address[] = [this.#address]): Promise<void> {
    const onward = [this.#connection.address, this.#twin.listener.address];
    await this.#twin.initiator.router.send(this.#address, new Message(onward, returnRoute, payload));
  }

  async flood(count: number): Promise<void> {
    for (let sent = 0; sent < count; sent++) await this.send(firstMessage());
  }
}

function withLimits(limits: SecureChannelListenerLimits): Promise<Twin> {
  return Twin.create({ limits });
}

async function serves(twin: Twin): Promise<void> {
  const friend = await createParty();
  const channel = await createSecureChannel(friend.router, await twin.route(friend), friend.options);
  expect(await channel.ping()).toBeGreaterThan(0);
  await channel.close();
}

describe("what begins no handshake costs nothing", () => {
  test("messages too short or too long", async () => {
    await using twin = await Twin.create();
    const flooder = await Flooder.connect(twin);
    for (const length of [0, 1, 31, MAX_HANDSHAKE_MESSAGE_LENGTH + 1, 1_000_000]) {
      await flooder.send(new Uint8Array(length).fill(9));
    }
    await settle();
    expect([twin.listener.halfOpenHandshakes, flooder.answers]).toEqual([0, []]);
    await serves(twin);
  });

  test("a public key of low order gets no answer", async () => {
    await using twin = await Twin.create();
    const flooder = await Flooder.connect(twin);
    for (const first of [0, 1]) {
      const key = new Uint8Array(32);
      key[0] = first;
      await flooder.send(key);
    }
    await settle();
    expect([twin.listener.halfOpenHandshakes, flooder.answers]).toEqual([0, []]);
    await serves(twin);
  });

  test("a first message with a payload is answered, as Rust does", async () => {
    await using twin = await Twin.create();
    const flooder = await Flooder.connect(twin);
    const message = new Uint8Array(MAX_HANDSHAKE_MESSAGE_LENGTH);
    message.set(firstMessage());
    await flooder.send(message);
    await until(() => flooder.answers.length === 1);
  });
});

describe("half-open handshakes", () => {
  test("expire, and take their worker with them", async () => {
    using time = new FakeTime();
    await using twin = await Twin.create();
    const flooder = await Flooder.connect(twin);
    const before = twin.responder.router.addresses().length;
    await flooder.flood(HANDSHAKES_PER_TURN);
    await time.advance(HANDSHAKE_TIMEOUT - 1);
    expect(twin.listener.halfOpenHandshakes).toBe(HANDSHAKES_PER_TURN);
    expect(twin.responder.router.addresses().length).toBe(before + HANDSHAKES_PER_TURN);
    await time.advance(1);
    expect(twin.listener.halfOpenHandshakes).toBe(0);
    expect(twin.responder.router.addresses().length).toBe(before);
    const consumers = twin.responder.router.flowControls.consumersOf(twin.transportListener.flowControlId);
    expect(consumers).toEqual([twin.listener.address]);
  });

  test(
    "of one connection are bounded, and the oldest ones go first",
    { timeout: SCALED_TIMEOUT },
    async () => {
      await using twin = await Twin.create();
      const flooder = await Flooder.connect(twin);
      const before = twin.responder.router.addresses().length;
      for (let sent = 0; sent < scaled(1_200); sent++) {
        await flooder.send(firstMessage());
        expect(twin.listener.halfOpenHandshakes).toBeLessThanOrEqual(MAX_HALF_OPEN_HANDSHAKES_PER_HOP);
      }
      await until(() => twin.listener.halfOpenHandshakes === MAX_HALF_OPEN_HANDSHAKES_PER_HOP);
      await settle();
      expect(twin.responder.router.addresses().length).toBeLessThanOrEqual(
        before + MAX_HALF_OPEN_HANDSHAKES_PER_HOP,
      );
      const last = flooder.answers.at(-1)!.returnRoute.at(-1)!;
      expect(twin.responder.router.has(last)).toBe(true);
      await serves(twin);
    },
  );

  test("last as long as the listener says, also when that is longer than a timer can count", async () => {
    using time = new FakeTime();
    await using twin = await withLimits({ handshakeTimeout: Infinity });
    const flooder = await Flooder.connect(twin);
    await flooder.flood(1);
    await time.advance(10 * HANDSHAKE_TIMEOUT);
    expect(twin.listener.halfOpenHandshakes).toBe(1);
  });

  test("are begun a few at a time, of each connection in turn", async () => {
    using time = new FakeTime();
    await using twin = await Twin.create();
    const [greedy, modest] = [await Flooder.connect(twin), await Flooder.connect(twin)];
    await greedy.flood(50);
    await modest.flood(2);
    await settle();
    expect([twin.listener.halfOpenHandshakes, modest.answers.length]).toEqual([HANDSHAKES_PER_TURN, 0]);
    await time.advance(1);
    expect(twin.listener.halfOpenHandshakes).toBe(2 * HANDSHAKES_PER_TURN);
    expect(modest.answers.length).toBe(2);
    await time.advance(50);
    expect(twin.listener.halfOpenHandshakes).toBe(52);
    expect(time.timers).toBe(52); // no turn is due
    expect(HANDSHAKES_PER_TURN).toBe(4);
  });

  test("of many connections are bounded, and an honest peer is served during the flood", async () => {
    await using twin = await withLimits({ halfOpenHandshakes: 100, halfOpenHandshakesPerHop: 10 });
    const flooders = await Promise.all(Array.from({ length: 20 }, () => Flooder.connect(twin)));
    const over = new AbortController();
    const flooding = (async () => {
      while (!over.signal.aborted) {
        for (const flooder of flooders) await flooder.send(firstMessage());
        expect(twin.listener.halfOpenHandshakes).toBeLessThanOrEqual(100);
        await settle(1);
      }
    })();
    await until(() => twin.listener.halfOpenHandshakes === 100);
    for (let friend = 0; friend < 5; friend++) await serves(twin);
    over.abort();
    await flooding;
  });

  test("of whoever has most go first when all are too many", async () => {
    await using twin = await withLimits({ halfOpenHandshakes: 10, halfOpenHandshakesPerHop: 8 });
    const [greedy, modest, newcomer] = [
      await Flooder.connect(twin),
      await Flooder.connect(twin),
      await Flooder.connect(twin),
    ];
    const isOpen = ({ returnRoute }: Message): boolean => twin.responder.router.has(returnRoute.at(-1)!);
    await modest.flood(2);
    await greedy.flood(8);
    await until(() => greedy.answers.length === 8 && modest.answers.length === 2);
    await newcomer.flood(3);
    await until(() => newcomer.answers.length === 3);
    expect(twin.listener.halfOpenHandshakes).toBe(10);
    expect(greedy.answers.map(isOpen)).toEqual([false, false, false, true, true, true, true, true]);
    expect([...modest.answers, ...newcomer.answers].every(isOpen)).toBe(true);
  });

  test("of a connection that takes no answers are refused, so that answers do not pile up", async () => {
    await using twin = await withLimits({ halfOpenHandshakesPerHop: 10 });
    const { router } = twin.responder;
    const stuck = deferred<void>();
    let answers = 0;
    const hop = router.start(() => {
      answers += 1;
      return stuck.promise;
    });
    for (let sent = 0; sent < 200; sent++) {
      await router.send(hop.address, new Message([twin.listener.address], [hop.address], firstMessage()));
      await settle(1);
    }
    stuck.resolve();
    await settle(100);
    // One in the worker, seven in its queue before it asks to wait, and ten that wait.
    expect(answers).toBeLessThanOrEqual(18);
    await serves(twin);
  });

  test("that were crowded out count as long as their answer waits for the credential", async () => {
    let asked = 0;
    const credential = deferred<undefined>();
    await using twin = await Twin.create({
      limits: { halfOpenHandshakesPerHop: 10 },
      credential: () => {
        asked += 1;
        return credential.promise;
      },
    });
    const flooder = await Flooder.connect(twin);
    for (let sent = 0; sent < 50; sent++) {
      await flooder.send(firstMessage());
      await settle(1);
    }
    await until(() => asked === 10);
    await flooder.flood(20);
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(asked).toBe(10);
    credential.resolve(undefined);
    await settle();
    await serves(twin);
  });

  test("that expire while the trust policy decides do not become channels", async () => {
    using time = new FakeTime();
    const trusted = deferred<boolean>();
    await using twin = await Twin.create({ trustPolicy: { isTrusted: () => trusted.promise } });
    const before = twin.responder.router.addresses().length;
    const options = { ...twin.initiator.options, confirm: false };
    await createSecureChannel(twin.initiator.router, await twin.route(), options);
    await time.advance(HANDSHAKE_TIMEOUT);
    expect(twin.listener.halfOpenHandshakes).toBe(0);
    trusted.resolve(true);
    await settle();
    expect(twin.listener.channels()).toEqual([]);
    expect(twin.responder.router.addresses().length).toBe(before + 1);
  });

  test("are dropped with the listener and with the router", async () => {
    await using twin = await Twin.create();
    const flooder = await Flooder.connect(twin);
    const before = twin.responder.router.addresses().length;
    await flooder.flood(5);
    await until(() => flooder.answers.length === 5);
    await twin.listener.close();
    expect(twin.listener.halfOpenHandshakes).toBe(0);
    expect(twin.responder.router.addresses().length).toBe(before - 1);
    // In the middle of the first answer, which waits for the credential.
    const credential = deferred<undefined>();
    const options = {
      ...twin.responder.options,
      consumerOf: [twin.transportListener.flowControlId],
      credential: () => credential.promise,
    };
    const listener = createSecureChannelListener(twin.responder.router, twin.listener.address, options);
    await flooder.send(firstMessage());
    await until(() => listener.halfOpenHandshakes === 1);
    await twin.responder.router.close();
    credential.resolve(undefined);
    await settle();
    expect([listener.halfOpenHandshakes, flooder.answers.length]).toEqual([0, 5]);
  });

  test("the limits are the documented ones", () => {
    expect({
      HANDSHAKE_TIMEOUT,
      MAX_HALF_OPEN_HANDSHAKES,
      MAX_HALF_OPEN_HANDSHAKES_PER_HOP,
      MAX_CHANNELS,
      MAX_CHANNELS_PER_HOP,
    }).toEqual({
      HANDSHAKE_TIMEOUT: 60_000,
      MAX_HALF_OPEN_HANDSHAKES: 1_024,
      MAX_HALF_OPEN_HANDSHAKES_PER_HOP: 64,
      MAX_CHANNELS: 16_384,
      MAX_CHANNELS_PER_HOP: 2_048,
    });
  });
});

describe("open channels", () => {
  test("of one connection are bounded: further ones are refused and the open ones stay", async () => {
    await using twin = await withLimits({ channelsPerHop: 3 });
    const { router, options } = twin.initiator;
    const route = await twin.route();
    const open = async (): Promise<unknown> =>
      createSecureChannel(router, route, { ...options, timeout: 200 });
    for (let count = 0; count < 3; count++) await open();
    await expect(open()).rejects.toMatchObject({ code: "OCKAM_SECURE_CHANNEL_TIMEOUT" });
    expect(twin.listener.channels()).toHaveLength(3);
    await serves(twin);
    await twin.listener.channels()[0]!.close();
    await open();
  });

  test("of all connections are bounded: the oldest of whoever holds most is closed", async () => {
    await using twin = await withLimits({ channels: 4 });
    const { router, options } = twin.initiator;
    const greedy = await twin.route();
    const honest = await createSecureChannel(router, await twin.route(), options);
    const others = [];
    for (let count = 0; count < 5; count++) others.push(await createSecureChannel(router, greedy, options));
    expect(twin.listener.channels()).toHaveLength(4);
    expect(await others[0]!.closed).toBeUndefined();
    expect(await others[1]!.closed).toBeUndefined();
    expect(await honest.ping()).toBeGreaterThan(0);
    expect(await others[4]!.ping()).toBeGreaterThan(0);
  });

  test("are announced, with the channel ready for use", async () => {
    const peers: string[] = [];
    await using twin = await Twin.create({
      onChannel: (channel) => peers.push(`${channel.role} ${channel.peer.toString()}`),
    });
    await createSecureChannel(twin.initiator.router, await twin.route(), twin.initiator.options);
    expect(peers).toEqual([`responder ${twin.initiator.identifier.toString()}`]);
  });

  test("stay when their announcement fails", async () => {
    await using twin = await Twin.create({
      onChannel: () => {
        throw new Error("the owner's own fault");
      },
    });
    await createSecureChannel(twin.initiator.router, await twin.route(), twin.initiator.options);
    expect(twin.listener.channels()).toHaveLength(1);
    expect(twin.responder.entries.filter(({ level }) => level === "error")).toHaveLength(1);
  });
});

test("two listeners cannot share an address, and a closed one frees it", async () => {
  await using twin = await Twin.create();
  const again = (): unknown =>
    createSecureChannelListener(twin.responder.router, "api", twin.responder.options);
  expect(again).toThrow(expect.objectContaining({ code: "OCKAM_ROUTING_ADDRESS_IN_USE" }));
  await using listener = twin.listener;
  await listener.close();
  expect(again).not.toThrow();
});
