import { concatBytes, encodeUtf8, fromHex, toHex } from "@ockam/codec";
import { defaultBackend } from "@ockam/vault";
import type { AeadKey, CryptoBackend } from "@ockam/vault";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { cutAt } from "../testing/cut.ts";
import { SCALED_TIMEOUT, scaled } from "../testing/scaled.ts";
import {
  captures,
  channelMessages,
  handshakes,
  keyExchangeOnlyMessages,
  plaintexts,
} from "../testing/vectors.ts";
import type { RecordedMessage } from "../testing/vectors.ts";
import { ivOf } from "./channel-keys.ts";
import { join } from "./gather-list.ts";
import { FreeOpener, WindowedOpener } from "./message-opener.ts";
import type { MessageOpener } from "./message-opener.ts";
import { MessageSealer } from "./message-sealer.ts";
import { MAX_NONCE } from "./replay-window.ts";

const backend = defaultBackend();
const KEY = backend.randomBytes(32);
const notAuthentic = expect.objectContaining({ code: "OCKAM_SECURE_CHANNEL_INVALID_MESSAGE" });

function sealer(options: { rekeys?: boolean; nonce?: number; key?: Uint8Array } = {}): MessageSealer {
  return new MessageSealer(backend, (options.key ?? KEY).slice(), { rekeys: true, ...options });
}

function opener(key: Uint8Array = KEY): WindowedOpener {
  return new WindowedOpener(backend, key.slice());
}

function sealMany(count: number): Uint8Array[] {
  const sending = sealer();
  return Array.from({ length: count }, (_, nonce) => join(sending.seal([encodeUtf8(`message ${nonce}`)])));
}

function accepts(receiving: MessageOpener, message: Uint8Array): boolean {
  try {
    receiving.open([message]);
    return true;
  } catch {
    return false;
  }
}

describe("recorded messages", () => {
  const identities = handshakes.find((vector) => vector.name === "ockam_handshake_identity_payloads")!;

  test.each([
    ["initiator_to_responder", identities.split_k2!],
    ["responder_to_initiator", identities.split_k1!],
  ] as const)("%s", (direction, key) => {
    const recorded = new Map<number, readonly [wire: string, plaintext: string]>();
    for (const { nonce, wire } of channelMessages[direction]) recorded.set(nonce, [wire, plaintexts.payload]);
    const close = channelMessages[`${direction}_close`];
    recorded.set(close.nonce, [close.wire, plaintexts.close]);
    const sending = sealer({ key: fromHex(key) });
    const receiving = opener(fromHex(key));
    for (let nonce = 0; nonce <= 96; nonce++) {
      const [wire, plaintext] = recorded.get(nonce) ?? [undefined, plaintexts.payload];
      const sealed = join(sending.seal([fromHex(plaintext)]));
      if (wire !== undefined) expect(toHex(sealed)).toBe(wire);
      expect(toHex(join(receiving.open([sealed]).plaintext))).toBe(plaintext);
    }
  });

  test("of a key-exchange-only channel, whose key stays", () => {
    const plaintext = new Uint8Array(32).fill(1);
    const sending = sealer({ key: fromHex(keyExchangeOnlyMessages.key), rekeys: false });
    const receiving = new FreeOpener(backend, fromHex(keyExchangeOnlyMessages.key));
    const sealed = Array.from({ length: 65 }, () => join(sending.seal([plaintext])));
    for (const { nonce, wire } of keyExchangeOnlyMessages.messages) {
      expect(toHex(sealed[nonce]!)).toBe(wire);
      expect(join(receiving.open([fromHex(wire)]).plaintext)).toEqual(plaintext);
    }
  });

  const channels = captures.flatMap(({ name, channel, outer_channel, inner_channel }) =>
    [channel, outer_channel, inner_channel]
      .filter((one) => one !== undefined)
      .map((one) => [name, one] as const),
  );
  test.each(channels)("of the exchange %s with Rust", (_, channel) => {
    const [first, second] = [fromHex(channel.split_k1), fromHex(channel.split_k2)];
    const [sendingKey, receivingKey] = channel.our_role === "initiator" ? [second, first] : [first, second];
    const sending = sealer({ key: sendingKey });
    const receiving = opener(receivingKey);
    const replay: Record<RecordedMessage["dir"], (message: RecordedMessage) => void> = {
      sent: ({ wire, plaintext }) => expect(toHex(join(sending.seal([fromHex(plaintext)])))).toBe(wire),
      received: ({ wire, plaintext, nonce }) => {
        const opened = receiving.open([fromHex(wire)]);
        expect([toHex(join(opened.plaintext)), opened.nonce]).toEqual([plaintext, nonce]);
      },
    };
    expect(channel.messages.length).toBeGreaterThan(0);
    for (const message of channel.messages) replay[message.dir](message);
  });
});

test("a message may be cut anywhere", { timeout: SCALED_TIMEOUT }, () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.array(fc.nat(240), { maxLength: 6 }), (bytes, cuts) => {
      const sealed = join(sealer().seal(cutAt(bytes, cuts)));
      expect(join(opener().open(cutAt(sealed, cuts)).plaintext)).toEqual(bytes);
    }),
    { numRuns: scaled(200) },
  );
});

test(
  "the window, the keys and a set of all nonces agree, whatever is lost, repeated or out of order",
  { timeout: SCALED_TIMEOUT },
  () => {
    const messages = sealMany(400);
    const step = fc.oneof(fc.constant(1), fc.integer({ min: -36, max: 36 }), fc.integer({ min: -2, max: 4 }));
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 120 }), (steps) => {
        const receiving = opener();
        const accepted = new Set<number>();
        let top = 0;
        let last = 0;
        for (const delta of steps) {
          const nonce = Math.min(Math.max(last + delta, 0), messages.length - 1);
          last = nonce;
          const expected = Math.abs(nonce - top) <= 32 && !accepted.has(nonce);
          // A key that went by is kept for one interval, and the window is no wider: no acceptable nonce lacks a key.
          expect({ nonce, ok: accepts(receiving, messages[nonce]!) }).toEqual({ nonce, ok: expected });
          if (!expected) continue;
          accepted.add(nonce);
          top = Math.max(top, nonce);
        }
      }),
      { numRuns: scaled(60) },
    );
  },
);

describe("hostile messages", () => {
  test("any bit flipped is refused, changes nothing, and the good message still passes", () => {
    const messages = sealMany(66);
    const receiving = opener();
    for (const [nonce, message] of messages.entries()) {
      if (nonce % 32 < 2) {
        for (let bit = 0; bit < message.length * 8; bit++) {
          const forged = message.slice();
          forged[bit >> 3]! ^= 1 << (bit & 7);
          expect(accepts(receiving, forged)).toBe(false);
        }
      }
      expect(join(receiving.open([message]).plaintext)).toEqual(encodeUtf8(`message ${nonce}`));
    }
  });

  test("any truncation is refused, and so are bytes added", () => {
    const [message] = sealMany(1);
    const receiving = opener();
    for (let length = 0; length < message!.length; length++) {
      expect(() => receiving.open([message!.subarray(0, length)])).toThrow(notAuthentic);
    }
    expect(() => receiving.open([message!, Uint8Array.of(0)])).toThrow(notAuthentic);
    expect(() => receiving.open([])).toThrow(notAuthentic);
    expect(accepts(receiving, message!)).toBe(true);
  });

  test("a forged nonce of the next interval does not advance the keys", () => {
    const messages = sealMany(34);
    const receiving = opener();
    for (const nonce of [0, 1, 2]) receiving.open([messages[nonce]!]);
    for (let attempt = 0; attempt < 40; attempt++) {
      const forged = concatBytes(ivOf(32).subarray(4), backend.randomBytes(40));
      expect(() => receiving.open([forged])).toThrow(notAuthentic);
    }
    for (let nonce = 3; nonce < messages.length; nonce++) receiving.open([messages[nonce]!]);
  });

  test("each message passes once, also after a change of keys", () => {
    const messages = sealMany(100);
    const receiving = opener();
    for (const [nonce, message] of messages.entries()) {
      receiving.open([message]);
      for (let back = 0; back <= Math.min(nonce, 40); back += 8) {
        expect(accepts(receiving, messages[nonce - back]!)).toBe(false);
      }
    }
  });

  test("what one sent comes back in vain: the directions have different keys", () => {
    const [first, second] = [backend.randomBytes(32), backend.randomBytes(32)];
    const sent = join(sealer({ key: first }).seal([encodeUtf8("hello")]));
    expect(() => opener(second).open([sent])).toThrow(notAuthentic);
  });

  test("33 lost messages leave the direction deaf, 32 do not", () => {
    const messages = sealMany(70);
    const deaf = opener();
    deaf.open([messages[0]!]);
    for (let nonce = 33; nonce < messages.length; nonce++)
      expect(accepts(deaf, messages[nonce]!)).toBe(false);
    const alive = opener();
    alive.open([messages[0]!]);
    expect(accepts(alive, messages[32]!)).toBe(true);
  });
});

test("every key is given up in the end, those of forged messages at once", () => {
  let alive = 0;
  const counting: CryptoBackend = new Proxy(backend, {
    get(target, name): unknown {
      if (name !== "aes256Gcm") return Reflect.get(target, name);
      return (bytes: Uint8Array): AeadKey => {
        const key = backend.aes256Gcm(bytes);
        alive += 1;
        return {
          seal: (...values) => key.seal(...values),
          open: (...values) => key.open(...values),
          destroy: () => {
            alive -= 1;
            key.destroy();
          },
        };
      };
    },
  });
  const messages = sealMany(100);
  const receiving = new WindowedOpener(counting, KEY.slice());
  receiving.open([messages[0]!]);
  for (let attempt = 0; attempt < 10; attempt++) {
    expect(accepts(receiving, concatBytes(ivOf(32).subarray(4), backend.randomBytes(40)))).toBe(false);
  }
  expect(alive).toBe(1);
  for (const message of messages.slice(1)) receiving.open([message]);
  expect(alive).toBe(2);
  receiving.destroy();
  expect(alive).toBe(0);
  const sending = new MessageSealer(counting, KEY.slice(), { rekeys: true });
  for (let count = 0; count < 100; count++) sending.seal([]);
  expect(alive).toBe(1);
  sending.destroy();
  expect(alive).toBe(0);
});

test("tells how far a message lies from the one that was due", () => {
  const messages = sealMany(12);
  const receiving = opener();
  expect([0, 1, 3, 2, 4, 9, 8, 10].map((nonce) => receiving.open([messages[nonce]!]).gap)).toEqual([
    0, 0, 1, -2, 0, 4, -2, 0,
  ]);
});

test("a key-exchange-only opener takes any nonce, as often as it comes", () => {
  const sending = sealer({ rekeys: false, nonce: 2 ** 40 });
  const sealed = Array.from({ length: 40 }, () => join(sending.seal([encodeUtf8("record")])));
  const receiving = new FreeOpener(backend, KEY.slice());
  for (const message of [...sealed, ...sealed.toReversed()]) expect(accepts(receiving, message)).toBe(true);
  sealed[0]![20]! ^= 1;
  expect(() => receiving.open([sealed[0]!])).toThrow(notAuthentic);
});

describe("the end of a channel's life", () => {
  test("nonces end at 2^53 - 1", () => {
    const sending = sealer({ nonce: MAX_NONCE });
    sending.seal([]);
    expect(() => sending.seal([])).toThrow(
      expect.objectContaining({ code: "OCKAM_SECURE_CHANNEL_NONCES_EXHAUSTED" }),
    );
  });

  test("a failed encryption spends its nonce", () => {
    const sending = sealer();
    const notBytes = Object.assign(Object.create(null), { length: 1 }) as Uint8Array;
    expect(() => sending.seal([notBytes])).toThrow();
    expect(sending.nonce).toBe(1);
  });

  test("destroyed keys neither seal nor open", () => {
    const [message] = sealMany(1);
    const closed = expect.objectContaining({ code: "OCKAM_SECURE_CHANNEL_CLOSED" });
    const sending = sealer();
    sending.destroy();
    expect(() => sending.seal([])).toThrow(closed);
    for (const receiving of [opener(), new FreeOpener(backend, KEY.slice())]) {
      receiving.destroy();
      expect(() => receiving.open([message!])).toThrow(closed);
    }
  });
});
