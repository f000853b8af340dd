import { CborWriter, concatBytes, fromHex, isOckamError } from "@ockam/codec";
import { Message } from "@ockam/core-routing";
import { createIdentities, decodeAttestation } from "@ockam/identity";
import type { Identifier, Identities } from "@ockam/identity";
import { defaultBackend } from "@ockam/vault";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { SCALED_TIMEOUT, scaled } from "../testing/scaled.ts";
import { openStaticKey } from "../testing/static-key.ts";
import { settle, Twin, until } from "../testing/twin.ts";
import { createSecureChannel } from "./create-secure-channel.ts";
import { HandshakeState, XX } from "./handshake-state.ts";
import type { StaticKey } from "./handshake-state.ts";
import { PeerVerifier } from "./peer-verifier.ts";
import { encodePresentedIdentity } from "./presented-identity.ts";

const NOW = 1_800_000_000;
const misbehaved = expect.objectContaining({ code: "OCKAM_SECURE_CHANNEL_PEER_MISBEHAVED" });

/** A verifier with a clock, and a peer that can be made to present anything. */
async function scene(): Promise<{
  verifier: PeerVerifier;
  own: Identities;
  peers: Identities;
  peer: Identifier;
  present: (changes?: { history?: Uint8Array; attestation?: Uint8Array }) => Promise<Uint8Array>;
  staticKey: () => Promise<Uint8Array>;
  clock: { now: number };
}> {
  const clock = { now: NOW };
  const own = createIdentities({ now: () => clock.now });
  const peers = createIdentities({ now: () => NOW });
  const { identifier } = await own.create();
  const { identifier: peer } = await peers.create();
  return {
    verifier: new PeerVerifier({ identities: own, identifier }),
    own,
    peers,
    peer,
    clock,
    present: async ({ history, attestation } = {}) =>
      encodePresentedIdentity({
        changeHistory: history ?? (await peers.export(peer)),
        attestation: attestation ?? (await peers.purposeKey(peer, "secure-channel")).attestation,
        credentials: [],
      }),
    staticKey: async () => (await peers.purposeKey(peer, "secure-channel")).publicKey,
  };
}

test("an identity that attests the static key of the handshake is accepted and stored", async () => {
  const { verifier, own, peer, present, staticKey } = await scene();
  expect((await verifier.verify(await present(), await staticKey())).equals(peer)).toBe(true);
  expect(await own.get(peer)).toBeDefined();
});

describe("refused, and not stored", () => {
  test("a static key that another identity attests, which is how one would pose as it", async () => {
    const { verifier, own, peer, present } = await scene();
    const thief = defaultBackend().x25519PublicKey(defaultBackend().randomBytes(32));
    await expect(verifier.verify(await present(), thief)).rejects.toEqual(misbehaved);
    expect(await own.get(peer)).toBeUndefined();
  });

  test("an attestation of another subject", async () => {
    const { verifier, peers, present, staticKey } = await scene();
    const { identifier: other } = await peers.create();
    const attestation = (await peers.purposeKey(other, "secure-channel")).attestation;
    await expect(verifier.verify(await present({ attestation }), await staticKey())).rejects.toEqual(
      misbehaved,
    );
    const history = await peers.export(other);
    await expect(verifier.verify(await present({ history }), await staticKey())).rejects.toEqual(misbehaved);
  });

  test("an attested key for credentials", async () => {
    const { verifier, peers, peer, present } = await scene();
    const { attestation, publicKey } = await peers.purposeKey(peer, "credentials");
    await expect(verifier.verify(await present({ attestation }), publicKey.bytes)).rejects.toEqual(
      misbehaved,
    );
  });

  test("an attestation that has expired, or is not valid yet", async () => {
    const { verifier, clock, present, staticKey, peers, peer } = await scene();
    const { expiresAt } = decodeAttestation((await peers.purposeKey(peer, "secure-channel")).attestation);
    const verify = async (): Promise<Identifier> => verifier.verify(await present(), await staticKey());
    for (const now of [expiresAt + 1, NOW - 61]) {
      clock.now = now;
      await expect(verify()).rejects.toEqual(misbehaved);
    }
    for (const now of [expiresAt, NOW - 60]) {
      clock.now = now;
      expect((await verify()).equals(peer)).toBe(true);
    }
  });

  test("a history that is older than the known one, and the attestation that goes with it", async () => {
    const { verifier, own, peers, peer, present, staticKey } = await scene();
    const [before, key] = [await present(), await staticKey()];
    const rotated = await peers.rotate(peer);
    await own.import(rotated.changeHistory);
    await expect(verifier.verify(before, key)).rejects.toEqual(misbehaved);
    const old = decodeAttestation((await peers.purposeKey(peer, "secure-channel")).attestation);
    expect(old.subject.equals(peer)).toBe(true);
    expect((await verifier.verify(await present(), await staticKey())).equals(peer)).toBe(true);
  });

  test.each([
    ["nothing", ""],
    ["an empty array", "80"],
    ["an empty history", "83808080"],
    ["arrays nested by the thousand", "83" + "81".repeat(60_000)],
    ["arrays of indefinite length nested by the thousand", "9f".repeat(60_000)],
    ["a history that claims 2^32 - 1 changes", "839affffffff"],
    ["a byte string that claims 2^63 bytes", "83815b7fffffffffffffff"],
  ])("%s", async (_, hex) => {
    const { verifier, own } = await scene();
    await expect(verifier.verify(fromHex(hex), new Uint8Array(32))).rejects.toEqual(misbehaved);
    expect(await own.list()).toHaveLength(1);
  });

  test(
    "a payload with any byte changed, added or missing, unless it means the same",
    { timeout: SCALED_TIMEOUT },
    async () => {
      const { verifier, own, peer, present, staticKey } = await scene();
      const [payload, key] = [await present(), await staticKey()];
      const edit = fc.tuple(fc.nat(payload.length - 1), fc.nat(255), fc.constantFrom(0, 1, 2));
      await fc.assert(
        fc.asyncProperty(edit, async ([at, byte, kind]) => {
          const after = payload.subarray(kind === 1 ? at : at + 1);
          const changed = concatBytes(
            payload.subarray(0, at),
            kind === 2 ? new Uint8Array(0) : Uint8Array.of(byte),
            after,
          );
          try {
            const accepted = await verifier.verify(changed, key);
            expect(accepted.equals(peer)).toBe(true);
          } catch (error) {
            expect(isOckamError(error, "OCKAM_SECURE_CHANNEL_PEER_MISBEHAVED")).toBe(true);
          }
          for (const stored of await own.list())
            expect((await own.get(stored))?.identifier.equals(stored)).toBe(true);
        }),
        { numRuns: scaled(500) },
      );
    },
  );
});

/** A peer that masters the handshake and then presents whatever it likes. */
class Impostor {
  readonly staticKey: StaticKey = openStaticKey(defaultBackend(), defaultBackend().randomBytes(32));

  state(role: "initiator" | "responder"): HandshakeState {
    return new HandshakeState({ backend: defaultBackend(), pattern: XX, role, staticKey: this.staticKey });
  }
}

describe("a peer that presents nonsense after a perfect handshake", () => {
  const payloads = [
    new Uint8Array(0),
    fromHex("83" + "81".repeat(60_000)),
    new CborWriter().array(3).finish(),
  ];

  test.each(payloads)("as initiator is dropped without an answer", async (payload) => {
    await using twin = await Twin.create();
    const { router } = twin.initiator;
    const connection = await twin.connect();
    const answers: Message[] = [];
    const { address } = router.start((message) => void answers.push(message));
    router.flowControls.addConsumer(address, connection.flowControlId);
    const before = twin.responder.router.addresses().length;
    const state = new Impostor().state("initiator");
    const first = await state.writeMessage(new Uint8Array(0));
    await router.send(address, new Message([connection.address, twin.listener.address], [address], first));
    await until(() => answers.length === 1);
    await state.readMessage(answers[0]!.payload);
    const third = await state.writeMessage(payload);
    await router.send(address, new Message(answers[0]!.returnRoute, [address], third));
    await until(() => twin.listener.halfOpenHandshakes === 0);
    await settle();
    expect([answers.length, twin.listener.channels()]).toEqual([1, []]);
    expect(twin.responder.router.addresses().length).toBe(before);
    expect(await twin.responder.identities.list()).toHaveLength(1);
  });

  test.each(payloads)("as responder is refused at once", async (payload) => {
    await using twin = await Twin.create();
    const { router, options } = twin.initiator;
    const listener = router.start(async (message, context) => {
      const state = new Impostor().state("responder");
      await state.readMessage(message.payload);
      await context.reply(message, await state.writeMessage(payload));
    });
    const before = router.addresses().length;
    await expect(createSecureChannel(router, [listener.address], options)).rejects.toEqual(misbehaved);
    expect(router.addresses().length).toBe(before);
  });
});
