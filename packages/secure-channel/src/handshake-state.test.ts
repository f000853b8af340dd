import { concatBytes, encodeUtf8, fromHex, toHex } from "@ockam/codec";
import { defaultBackend, nobleBackend, nodeBackend } from "@ockam/vault";
import type { CryptoBackend } from "@ockam/vault";
import { describe, expect, test } from "vitest";

import { openStaticKey } from "../testing/static-key.ts";
import { captures, handshakes } from "../testing/vectors.ts";
import type { HandshakeVector, RecordedChannel } from "../testing/vectors.ts";
import { HandshakeState, MAX_HANDSHAKE_MESSAGE_LENGTH, PROTOCOL_NAME, XX } from "./handshake-state.ts";
import type { StaticKey } from "./handshake-state.ts";

const backend = defaultBackend();
const EMPTY = new Uint8Array(0);
const invalid = expect.objectContaining({ code: "OCKAM_SECURE_CHANNEL_INVALID_MESSAGE" });

type Role = "initiator" | "responder";

function side(
  role: Role,
  options: { staticKey?: StaticKey; ephemeralSecret?: Uint8Array } = {},
): HandshakeState {
  const staticKey = options.staticKey ?? openStaticKey(backend, backend.randomBytes(32));
  return new HandshakeState({ backend, pattern: XX, role, ...options, staticKey });
}

/** Both sides of a handshake up to before message `next` is read, and that message. */
async function upTo(
  next: 1 | 2 | 3,
): Promise<{ initiator: HandshakeState; responder: HandshakeState; message: Uint8Array }> {
  const initiator = side("initiator");
  const responder = side("responder");
  const first = await initiator.writeMessage(EMPTY);
  if (next === 1) return { initiator, responder, message: first };
  await responder.readMessage(first);
  const second = await responder.writeMessage(encodeUtf8("responder's identity"));
  if (next === 2) return { initiator, responder, message: second };
  await initiator.readMessage(second);
  return { initiator, responder, message: await initiator.writeMessage(encodeUtf8("initiator's identity")) };
}

function flipped(message: Uint8Array, bit: number): Uint8Array {
  const copy = message.slice();
  copy[bit >> 3]! ^= 1 << (bit & 7);
  return copy;
}

describe.each([nodeBackend()!, nobleBackend()])("recorded handshakes by $name", (crypto) => {
  const states = (vector: HandshakeVector): HandshakeState[] =>
    (["initiator", "responder"] as const).map(
      (role) =>
        new HandshakeState({
          backend: crypto,
          pattern: XX,
          role,
          protocolName: Buffer.from(vector.protocol_name, "hex").toString("latin1"),
          staticKey: openStaticKey(crypto, fromHex(vector[`${role}_static_secret`])),
          ephemeralSecret: fromHex(vector[`${role}_ephemeral_secret`]),
        }),
    );

  test.each(handshakes.map((vector) => [vector.name, vector] as const))("%s", async (_, vector) => {
    const [initiator, responder] = states(vector) as [HandshakeState, HandshakeState];
    for (const number of [1, 2, 3] as const) {
      const [writer, reader] = number === 2 ? [responder, initiator] : [initiator, responder];
      const payload = vector[`message${number}_payload`];
      expect(toHex(await writer.writeMessage(fromHex(payload)))).toBe(vector[`message${number}`]);
      expect(toHex(await reader.readMessage(fromHex(vector[`message${number}`])))).toBe(payload);
      const step = vector.transcript?.findLast((entry) => entry.step.startsWith(`msg${number}`));
      if (step !== undefined) expect(toHex(reader.hash)).toBe(step.h);
    }
    const keys = initiator.split();
    expect(responder.split()).toEqual(keys);
    if (vector.split_k1 !== undefined) {
      expect([toHex(keys.first), toHex(keys.second)]).toEqual([vector.split_k1, vector.split_k2]);
    }
  });
});

describe("handshakes recorded with Rust", () => {
  const recorded = captures.flatMap((capture) =>
    [capture.channel, capture.outer_channel, capture.inner_channel]
      .filter((channel) => channel !== undefined)
      .map((channel): [string, RecordedChannel, string, string] => [
        `${capture.name} as ${channel.our_role}`,
        channel,
        capture.our_identity.static_x25519_secret,
        capture.our_identity.handshake_payload,
      ]),
  );

  test.each(recorded)("%s", async (_, channel, secret, payload) => {
    const state = side(channel.our_role, {
      staticKey: openStaticKey(backend, fromHex(secret)),
      ephemeralSecret: fromHex(channel.our_ephemeral_x25519_secret),
    });
    const read = async (hex: string): Promise<string> => toHex(await state.readMessage(fromHex(hex)));
    const write = async (hex: string): Promise<string> => toHex(await state.writeMessage(fromHex(hex)));
    if (channel.our_role === "initiator") {
      expect(await write("")).toBe(channel.message_1);
      expect(await read(channel.message_2)).toBe(channel.peer_handshake_payload);
      expect(await write(payload)).toBe(channel.message_3);
    } else {
      await read(channel.message_1);
      expect(await write(payload)).toBe(channel.message_2);
      expect(await read(channel.message_3)).toBe(channel.peer_handshake_payload);
    }
    expect(toHex(state.remoteStaticKey!)).toBe(channel.peer_static_x25519);
    expect(toHex(state.hash)).toBe(channel.final_h);
    const keys = state.split();
    expect([toHex(keys.first), toHex(keys.second)]).toEqual([channel.split_k1, channel.split_k2]);
  });

  test("cover both roles and channels inside channels", () => {
    expect(recorded.map(([, channel]) => channel.our_role)).toContain("initiator");
    expect(recorded.map(([, channel]) => channel.our_role)).toContain("responder");
    expect(recorded.length).toBeGreaterThanOrEqual(7);
  });
});

test("the protocol name is 32 ASCII characters, so that it is the first chaining key as it is", () => {
  expect(encodeUtf8(PROTOCOL_NAME)).toHaveLength(32);
});

describe("hostile messages", () => {
  test("any bit of message 1 flipped makes the initiator refuse message 2", async () => {
    const first = await side("initiator").writeMessage(EMPTY);
    for (let bit = 0; bit < first.length * 8; bit++) {
      const ephemeralSecret = backend.randomBytes(32);
      const initiator = side("initiator", { ephemeralSecret });
      const responder = side("responder");
      await responder.readMessage(flipped(await initiator.writeMessage(EMPTY), bit));
      const second = await responder.writeMessage(EMPTY);
      await expect(initiator.readMessage(second)).rejects.toEqual(invalid);
    }
  });

  test.each([2, 3] as const)(
    "message %i with any bit flipped is refused, and the good one is still accepted",
    async (number) => {
      const { initiator, responder, message } = await upTo(number);
      const reader = number === 2 ? initiator : responder;
      const before = reader.hash;
      for (let bit = 0; bit < message.length * 8; bit++) {
        await expect(reader.readMessage(flipped(message, bit))).rejects.toEqual(invalid);
      }
      expect(reader.hash).toEqual(before);
      await reader.readMessage(message);
    },
  );

  test.each([1, 2, 3] as const)(
    "message %i cut off anywhere is refused, and the good one is still accepted",
    async (number) => {
      const { initiator, responder, message } = await upTo(number);
      const reader = number === 2 ? initiator : responder;
      for (let length = 0; length < message.length; length++) {
        await expect(reader.readMessage(message.subarray(0, length))).rejects.toEqual(invalid);
      }
      await reader.readMessage(message);
    },
  );

  test.each([2, 3] as const)("message %i with bytes after it is refused", async (number) => {
    const { initiator, responder, message } = await upTo(number);
    const reader = number === 2 ? initiator : responder;
    await expect(reader.readMessage(concatBytes(message, Uint8Array.of(0)))).rejects.toEqual(invalid);
    await reader.readMessage(message);
  });

  test("a payload of message 1 is mixed and handed on, as Noise says", async () => {
    const initiator = side("initiator");
    const responder = side("responder");
    expect(await responder.readMessage(await initiator.writeMessage(encodeUtf8("hello")))).toEqual(
      encodeUtf8("hello"),
    );
    await initiator.readMessage(await responder.writeMessage(EMPTY));
  });

  test("one's own message sent back is refused", async () => {
    const { initiator, responder, message } = await upTo(3);
    await expect(responder.readMessage(await upTo(3).then((other) => other.message))).rejects.toEqual(
      invalid,
    );
    await responder.readMessage(message);
    expect(initiator.finished && responder.finished).toBe(true);
    const { initiator: waiting } = await upTo(2);
    const reflected = await side("initiator").writeMessage(EMPTY);
    await expect(waiting.readMessage(reflected)).rejects.toEqual(invalid);
  });

  test("a message of another handshake is refused", async () => {
    const [here, there] = [await upTo(2), await upTo(2)];
    await expect(here.initiator.readMessage(there.message)).rejects.toEqual(invalid);
    await here.initiator.readMessage(here.message);
  });

  test("messages of up to 65,535 bytes pass, and none beyond", async () => {
    const limits = { 2: 65_439, 3: 65_471 } as const;
    const initiator = side("initiator");
    const responder = side("responder");
    await responder.readMessage(await initiator.writeMessage(EMPTY));
    await expect(responder.writeMessage(new Uint8Array(limits[2] + 1))).rejects.toEqual(invalid);
    const second = await responder.writeMessage(new Uint8Array(limits[2]));
    expect(second).toHaveLength(MAX_HANDSHAKE_MESSAGE_LENGTH);
    await initiator.readMessage(second);
    await expect(initiator.writeMessage(new Uint8Array(limits[3] + 1))).rejects.toEqual(invalid);
    const third = await initiator.writeMessage(new Uint8Array(limits[3]));
    expect(third).toHaveLength(MAX_HANDSHAKE_MESSAGE_LENGTH);
    await expect(responder.readMessage(concatBytes(third, Uint8Array.of(0)))).rejects.toEqual(invalid);
    await responder.readMessage(third);
  });
});

// The u-coordinates of small order, and their non-canonical forms (RFC 7748 § 6.1 leaves their refusal to the user).
const LOW_ORDER_POINTS = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

describe.each(LOW_ORDER_POINTS)("the low-order point %s", (hex) => {
  const point = fromHex(hex);

  test("is refused as an ephemeral key of either side", async () => {
    const responder = side("responder");
    await responder.readMessage(point);
    await expect(responder.writeMessage(EMPTY)).rejects.toMatchObject({
      code: "OCKAM_VAULT_LOW_ORDER_POINT",
    });
    const { initiator, message } = await upTo(2);
    await expect(initiator.readMessage(concatBytes(point, message.subarray(32)))).rejects.toMatchObject({
      code: "OCKAM_SECURE_CHANNEL_INVALID_MESSAGE",
      cause: { code: "OCKAM_VAULT_LOW_ORDER_POINT" },
    });
  });

  test("is refused as a static key of either side, though its owner can compute with it", async () => {
    const staticKey: StaticKey = { publicKey: point, diffieHellman: () => new Uint8Array(32) };
    const refused = {
      code: "OCKAM_SECURE_CHANNEL_INVALID_MESSAGE",
      cause: { code: "OCKAM_VAULT_LOW_ORDER_POINT" },
    };
    const initiator = side("initiator");
    const attacker = side("responder", { staticKey });
    await attacker.readMessage(await initiator.writeMessage(EMPTY));
    await expect(initiator.readMessage(await attacker.writeMessage(EMPTY))).rejects.toMatchObject(refused);
    const attackingInitiator = side("initiator", { staticKey });
    const responder = side("responder");
    await responder.readMessage(await attackingInitiator.writeMessage(EMPTY));
    await attackingInitiator.readMessage(await responder.writeMessage(EMPTY));
    const third = await attackingInitiator.writeMessage(EMPTY);
    await expect(responder.readMessage(third)).rejects.toMatchObject(refused);
  });
});

describe("misuse and the end", () => {
  test("messages are written and read in turn", async () => {
    const initiator = side("initiator");
    await expect(initiator.readMessage(EMPTY)).rejects.toThrow(TypeError);
    await initiator.writeMessage(EMPTY);
    await expect(initiator.writeMessage(EMPTY)).rejects.toThrow(TypeError);
    expect(() => initiator.split()).toThrow(TypeError);
  });

  test("a pattern that needs a key that was not given is an error", () => {
    const known = { preMessages: [[], ["s"]], messages: [["e", "es"]] } as const;
    expect(() => new HandshakeState({ backend, pattern: known, role: "initiator" })).toThrow(TypeError);
    expect(() => new HandshakeState({ backend, pattern: known, role: "responder" })).toThrow(TypeError);
  });

  test("a destroyed state neither goes on nor takes a message that was being worked on", async () => {
    const { initiator, message } = await upTo(2);
    const pending = initiator.readMessage(message);
    initiator.destroy();
    await expect(pending).rejects.toEqual(invalid);
    expect(initiator.finished).toBe(false);
    await expect(initiator.readMessage(message)).rejects.toThrow();
    const { initiator: writing } = await upTo(3).then(() => upTo(1));
    writing.destroy();
    await expect(writing.writeMessage(EMPTY)).rejects.toThrow();
  });

  test("a state that was destroyed after its last message yields no keys", async () => {
    const { initiator, responder, message } = await upTo(3);
    await responder.readMessage(message);
    for (const state of [initiator, responder]) {
      state.destroy();
      expect(() => state.split()).toThrow(expect.objectContaining({ code: "OCKAM_SECURE_CHANNEL_CLOSED" }));
    }
  });

  test("the ephemeral secret and the keys derived from shared secrets are overwritten", async () => {
    const seen: Uint8Array[] = [];
    const spy = (secret: Uint8Array, publicKey: Uint8Array): Uint8Array => {
      const shared = backend.x25519(secret, publicKey);
      seen.push(secret, shared);
      return shared;
    };
    const spying: CryptoBackend = new Proxy(backend, {
      get(target, name): unknown {
        const value: unknown = Reflect.get(target, name);
        if (name === "x25519") return spy;
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    });
    const initiator = new HandshakeState({
      backend: spying,
      pattern: XX,
      role: "initiator",
      staticKey: openStaticKey(backend, backend.randomBytes(32)),
    });
    const responder = side("responder");
    await responder.readMessage(await initiator.writeMessage(EMPTY));
    await initiator.readMessage(await responder.writeMessage(EMPTY));
    await responder.readMessage(await initiator.writeMessage(EMPTY));
    initiator.split();
    expect(seen.length).toBeGreaterThanOrEqual(4);
    for (const secret of seen) expect(secret.every((byte) => byte === 0)).toBe(true);
  });
});
