import { readFileSync } from "node:fs";
import { join } from "node:path";

import { fromHex, toHex } from "@ockam/codec";
import { nobleBackend, nodeBackend } from "@ockam/vault";
import type { CryptoBackend } from "@ockam/vault";
import { describe, expect, test } from "vitest";

import { openStaticKey } from "../testing/static-key.ts";
import { ivOf } from "./channel-keys.ts";
import { concatBytes } from "@ockam/codec";
import type { HandshakePattern, HandshakeToken } from "./handshake-state.ts";
import { HandshakeState, XX } from "./handshake-state.ts";

// The vectors of other Noise implementations stay outside of the repository; vectors/README.md says where they come from.
// vitest.config.ts leaves this file out when the folder is not given.
const FOLDER = process.env["OCKAM_VECTORS"]!;

// Noise § 7.4, 7.5 and 18.1: what each side knows beforehand, then the messages.
const PATTERNS: Readonly<Record<string, string>> = {
  N: "-s: e es",
  K: "ss: e es ss",
  X: "-s: e es s ss",
  NN: "--: e, e ee",
  NK: "-s: e es, e ee",
  NX: "--: e, e ee s es",
  XN: "--: e, e ee, s se",
  XK: "-s: e es, e ee, s se",
  XX: "--: e, e ee s es, s se",
  KN: "s-: e, e ee se",
  KK: "ss: e es ss, e ee se",
  KX: "s-: e, e ee se s es",
  IN: "--: e s, e ee se",
  IK: "-s: e es s ss, e ee se",
  IX: "--: e s, e ee se s es",
  NK1: "-s: e, e ee es",
  NX1: "--: e, e ee s, es",
  X1N: "--: e, e ee, s, se",
  X1K: "-s: e es, e ee, s, se",
  XK1: "-s: e, e ee es, s se",
  X1K1: "-s: e, e ee es, s, se",
  X1X: "--: e, e ee s es, s, se",
  XX1: "--: e, e ee s, es s se",
  X1X1: "--: e, e ee s, es s, se",
  K1N: "s-: e, e ee, se",
  K1K: "ss: e es, e ee, se",
  KK1: "ss: e, e ee se es",
  K1K1: "ss: e, e ee es, se",
  K1X: "s-: e, e ee s es, se",
  KX1: "s-: e, e ee se s, es",
  K1X1: "s-: e, e ee s, se es",
  I1N: "--: e s, e ee, se",
  I1K: "-s: e es s, e ee, se",
  IK1: "-s: e s, e ee se es",
  I1K1: "-s: e s, e ee es, se",
  I1X: "--: e s, e ee s es, se",
  IX1: "--: e s, e ee se s, es",
  I1X1: "--: e s, e ee s, se es",
};

interface NoiseVector {
  readonly protocol_name: string;
  readonly init_prologue: string;
  readonly init_static?: string;
  readonly init_ephemeral: string;
  readonly init_remote_static?: string;
  readonly resp_prologue: string;
  readonly resp_static?: string;
  readonly resp_ephemeral?: string;
  readonly resp_remote_static?: string;
  readonly handshake_hash?: string;
  readonly messages: readonly { readonly payload: string; readonly ciphertext: string }[];
}

function patternOf(name: string): HandshakePattern | undefined {
  const text = PATTERNS[name];
  if (text === undefined) return undefined;
  const [known = "", messages = ""] = text.split(": ");
  return {
    preMessages: [known[0] === "s" ? ["s"] : [], known[1] === "s" ? ["s"] : []],
    messages: messages.split(", ").map((tokens) => tokens.split(" ") as HandshakeToken[]),
  };
}

function sides(vector: NoiseVector, pattern: HandshakePattern, backend: CryptoBackend): HandshakeState[] {
  return (["initiator", "responder"] as const).map((role) => {
    const of = role === "initiator" ? "init" : "resp";
    const own = vector[`${of}_static`];
    const ephemeral = vector[`${of}_ephemeral`];
    const remote = vector[`${of}_remote_static`];
    return new HandshakeState({
      backend,
      pattern,
      role,
      protocolName: vector.protocol_name,
      prologue: fromHex(vector[`${of}_prologue`]),
      ...(own === undefined ? {} : { staticKey: openStaticKey(backend, fromHex(own)) }),
      ...(ephemeral === undefined ? {} : { ephemeralSecret: fromHex(ephemeral) }),
      ...(remote === undefined ? {} : { remoteStaticKey: fromHex(remote) }),
    });
  });
}

async function replay(vector: NoiseVector, pattern: HandshakePattern, backend: CryptoBackend): Promise<void> {
  const [initiator, responder] = sides(vector, pattern, backend) as [HandshakeState, HandshakeState];
  const handshake = vector.messages.slice(0, pattern.messages.length);
  for (const [index, message] of handshake.entries()) {
    const [writer, reader] = index % 2 === 0 ? [initiator, responder] : [responder, initiator];
    expect(toHex(await writer.writeMessage(fromHex(message.payload)))).toBe(message.ciphertext);
    expect(toHex(await reader.readMessage(fromHex(message.ciphertext)))).toBe(message.payload);
  }
  if (vector.handshake_hash !== undefined) expect(toHex(initiator.hash)).toBe(vector.handshake_hash);
  expect(toHex(responder.hash)).toBe(toHex(initiator.hash));
  const keys = initiator.split();
  expect(responder.split()).toEqual(keys);
  // Noise's own order of the keys here: Ockam's is the reverse, and established-channel.test.ts sees to that.
  const ciphers = [backend.aes256Gcm(keys.first), backend.aes256Gcm(keys.second)];
  const nonces = [0, 0];
  for (const [index, message] of vector.messages.slice(handshake.length).entries()) {
    const oneWay = pattern.messages.length === 1;
    const sender = oneWay ? 0 : (index + handshake.length) % 2;
    const sealed = ciphers[sender]!.seal(ivOf(nonces[sender]!++), new Uint8Array(0), [
      fromHex(message.payload),
    ]);
    expect(toHex(concatBytes(...sealed))).toBe(message.ciphertext);
  }
}

const text = readFileSync(join(FOLDER, "noise-25519-aesgcm-sha256.json"), "utf8");
const sets = JSON.parse(text) as Readonly<Record<string, readonly NoiseVector[]>>;

describe.each([nodeBackend()!, nobleBackend()])("Noise vectors by $name", (backend) => {
  test.each(Object.entries(sets).filter(([, vectors]) => vectors.length > 0))("%s", async (_, vectors) => {
    const replayed: string[] = [];
    for (const vector of vectors) {
      const name = vector.protocol_name.split("_")[1]!;
      const pattern = patternOf(name);
      // Pre-shared keys are the one thing that Ockam has no use for.
      expect(pattern === undefined, name).toBe(name.includes("psk"));
      if (pattern === undefined) continue;
      await replay(vector, pattern, backend);
      replayed.push(name);
    }
    expect(replayed.toSorted()).toEqual(Object.keys(PATTERNS).toSorted());
  });
});

test("the pattern of Ockam is the XX of Noise", () => {
  expect(patternOf("XX")!.messages).toEqual(XX.messages);
});
