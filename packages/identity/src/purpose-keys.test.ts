import { EventEmitter, once } from "node:events";

import { fromHex, OckamError } from "@ockam/codec";
import type { Vault } from "@ockam/vault";
import { createSoftwareVault } from "@ockam/vault";
import { describe, expect, test } from "vitest";
import { attestation, attestations, histories, history, identity, named, NOW } from "../testing/vectors.ts";
import { IDENTITY_KEY_LIFETIME, MAX_CLOCK_SKEW, PURPOSE_KEY_LIFETIME } from "./constants.ts";
import type { Identifier } from "./identifier.ts";
import type { Identities } from "./identities.ts";
import { createIdentities } from "./identities.ts";
import { memoryIdentityStorage } from "./identity-storage.ts";
import type { PurposeKeyStorage } from "./purpose-key-storage.ts";
import { memoryPurposeKeyStorage } from "./purpose-key-storage.ts";
import type { Purpose } from "./purpose.ts";

const PURPOSES: readonly Purpose[] = ["secure-channel", "credentials"];
const START = 1_700_000_000;

describe.each(PURPOSES)("the %s key", (purpose) => {
  test("is made once, verified by others, and found again by another process", async () => {
    const own = await setUp();
    const key = await own.identities.purposeKey(own.identifier, purpose);
    expect(key.purpose).toBe(purpose);
    expect([key.createdAt, key.expiresAt]).toEqual([START, START + PURPOSE_KEY_LIFETIME]);
    expect(await own.identities.purposeKey(own.identifier, purpose)).toEqual(key);
    expect(await own.reopen().purposeKey(own.identifier, purpose)).toEqual(key);
    expect(await secretOf(own.vault, purpose, key.handle)).toEqual(key.publicKey);

    const other = createIdentities({ now: () => own.clock.now });
    await other.import(await own.identities.export(own.identifier));
    const verified = await other.verifyPurposeKeyAttestation(key.attestation, {
      purpose,
      expectedSubject: own.identifier,
    });
    expect(verified).toEqual({
      subject: own.identifier,
      purpose,
      publicKey: key.publicKey,
      createdAt: key.createdAt,
      expiresAt: key.expiresAt,
    });
  });

  test("is made anew when its secret is gone", async () => {
    const own = await setUp();
    const key = await own.identities.purposeKey(own.identifier, purpose);
    if (purpose === "credentials") await own.vault.deleteSigningKey(key.handle);
    else await own.vault.deleteStaticKey(key.handle);
    const next = await own.identities.purposeKey(own.identifier, purpose);
    expect(next.handle).not.toBe(key.handle);
    expect(await secretOf(own.vault, purpose, next.handle)).toEqual(next.publicKey);
  });

  test("is made anew after a rotation, and the old attestation is refused", async () => {
    const own = await setUp();
    const key = await own.identities.purposeKey(own.identifier, purpose);
    await own.identities.rotate(own.identifier);
    const next = await own.identities.purposeKey(own.identifier, purpose);
    expect(next.handle).not.toBe(key.handle);
    await expect(
      own.identities.verifyPurposeKeyAttestation(key.attestation, { purpose }),
    ).rejects.toMatchObject({ code: "OCKAM_IDENTITY_INVALID_ATTESTATION" });
    await own.identities.verifyPurposeKeyAttestation(next.attestation, { purpose });
    await expect(secretOf(own.vault, purpose, key.handle)).rejects.toMatchObject({
      code: "OCKAM_VAULT_KEY_NOT_FOUND",
    });
  });

  test("that another process has made meanwhile keeps its secret", async () => {
    const own = await setUp();
    const steps = new EventEmitter();
    const [hasLooked, isMade] = [once(steps, "looked"), once(steps, "made")];
    let looks = 0;
    const slow = createIdentities({
      ...own.options,
      purposeKeyStorage: {
        ...own.purposeKeyStorage,
        async get(...of) {
          if (looks++ > 0) await isMade;
          steps.emit("looked");
          return own.purposeKeyStorage.get(...of);
        },
        async put(...of) {
          await isMade;
          return own.purposeKeyStorage.put(...of);
        },
      },
    });
    const late = slow.purposeKey(own.identifier, purpose);
    await hasLooked;
    const first = await own.identities.purposeKey(own.identifier, purpose);
    steps.emit("made");
    for (const key of [first, await late])
      expect(await secretOf(own.vault, purpose, key.handle)).toEqual(key.publicKey);
  });

  test("ends with a rotation to the same key in the same second, too", async () => {
    const own = await setUp();
    const key = await own.identities.purposeKey(own.identifier, purpose);
    const { latest } = (await own.identities.get(own.identifier))!;
    await own.identities.rotate(own.identifier, { key: own.vault.handleOf(latest.publicKey) });
    await expect(
      own.identities.verifyPurposeKeyAttestation(key.attestation, { purpose }),
    ).rejects.toMatchObject({ code: "OCKAM_IDENTITY_INVALID_ATTESTATION" });
  });

  test("is made anew when it has expired, and not a second before", async () => {
    const own = await setUp();
    const key = await own.identities.purposeKey(own.identifier, purpose);
    own.clock.now = key.expiresAt;
    expect((await own.identities.purposeKey(own.identifier, purpose)).handle).toBe(key.handle);
    own.clock.now += 1;
    expect((await own.identities.purposeKey(own.identifier, purpose)).handle).not.toBe(key.handle);
  });

  test.each<[string, Uint8Array]>([
    ["no attestation", Uint8Array.of(0)],
    ["empty", new Uint8Array()],
    ["an attestation of another identity", attestation("secure_channel_purpose_key")],
  ])("is made anew when what is stored is %s", async (_, stored) => {
    const own = await setUp();
    await own.purposeKeyStorage.put(own.identifier, purpose, stored);
    const key = await own.identities.purposeKey(own.identifier, purpose);
    await own.identities.verifyPurposeKeyAttestation(key.attestation, { purpose });
    expect(await own.purposeKeyStorage.get(own.identifier, purpose)).toEqual(key.attestation);
  });

  test("is made anew when the stored one is for the other purpose", async () => {
    const own = await setUp();
    const other = purpose === "credentials" ? "secure-channel" : "credentials";
    const { attestation: stored } = await own.identities.purposeKey(own.identifier, other);
    await own.purposeKeyStorage.put(own.identifier, purpose, stored);
    const key = await own.identities.purposeKey(own.identifier, purpose);
    await own.identities.verifyPurposeKeyAttestation(key.attestation, { purpose });
  });

  test("is one for all who ask at the same time", async () => {
    const own = await setUp();
    const keys = await Promise.all(
      Array.from({ length: 20 }, async () => own.identities.purposeKey(own.identifier, purpose)),
    );
    expect(new Set(keys.map(({ handle }) => handle)).size).toBe(1);
    expect(await own.purposeKeyStorage.get(own.identifier, purpose)).toEqual(keys[0]!.attestation);
  });

  test("is tried again after a failure", async () => {
    const own = await setUp();
    const unknown = createIdentities({ ...own.options, storage: memoryIdentityStorage() });
    const attempts = [1, 2].map(async () => unknown.purposeKey(own.identifier, purpose));
    for (const attempt of await Promise.allSettled(attempts)) {
      expect(attempt).toMatchObject({ reason: { code: "OCKAM_IDENTITY_NOT_FOUND" } });
    }
    await unknown.import(await own.identities.export(own.identifier));
    expect((await unknown.purposeKey(own.identifier, purpose)).purpose).toBe(purpose);
  });

  test("ends with the identity key", async () => {
    const own = await setUp();
    own.clock.now = START + IDENTITY_KEY_LIFETIME - 100;
    const { validUntil } = (await own.identities.get(own.identifier))!.latest;
    const key = await own.identities.purposeKey(own.identifier, purpose);
    expect(key.expiresAt).toBe(validUntil);
    await own.identities.verifyPurposeKeyAttestation(key.attestation, { purpose });

    own.clock.now = validUntil;
    expect((await own.identities.purposeKey(own.identifier, purpose)).handle).toBe(key.handle);
    own.clock.now = validUntil + 1;
    await expect(own.identities.purposeKey(own.identifier, purpose)).rejects.toMatchObject({
      code: "OCKAM_IDENTITY_KEY_NOT_VALID",
    });
    await own.identities.rotate(own.identifier);
    expect((await own.identities.purposeKey(own.identifier, purpose)).createdAt).toBe(validUntil + 1);
  });

  test("made under a clock that was set back is dated so that peers accept it", async () => {
    const own = await setUp();
    own.clock.now = START - MAX_CLOCK_SKEW;
    const key = await own.identities.purposeKey(own.identifier, purpose);
    expect(key.createdAt).toBe(START);
    await own.identities.verifyPurposeKeyAttestation(key.attestation, { purpose });

    const other = await setUp();
    other.clock.now = START - MAX_CLOCK_SKEW - 1;
    await expect(other.identities.purposeKey(other.identifier, purpose)).rejects.toMatchObject({
      code: "OCKAM_IDENTITY_KEY_NOT_VALID",
    });
  });

  test("is replaced when it does not live as long as needed, and not with each call", async () => {
    const own = await setUp();
    const key = await own.identities.purposeKey(own.identifier, purpose);
    const ask = async (minimumLifetime: number): Promise<string> =>
      (await own.identities.purposeKey(own.identifier, purpose, { minimumLifetime })).handle;
    own.clock.now = key.expiresAt - 50;
    expect(await ask(50)).toBe(key.handle);
    const replaced = await ask(51);
    expect(replaced).not.toBe(key.handle);
    own.clock.now += 1000;
    expect(await ask(2 * IDENTITY_KEY_LIFETIME)).toBe(replaced);

    own.clock.now = START + IDENTITY_KEY_LIFETIME - 100;
    const last = await ask(1000);
    expect(last).not.toBe(replaced);
    own.clock.now += 1;
    expect(await ask(1000)).toBe(last);
  });

  test("of a peer cannot be made", async () => {
    const own = await setUp();
    const other = createIdentities({ now: () => START });
    await other.import(await own.identities.export(own.identifier));
    await expect(other.purposeKey(own.identifier, purpose)).rejects.toMatchObject({
      code: "OCKAM_IDENTITY_KEY_NOT_FOUND",
    });
  });

  test("stays while the vault cannot be reached", async () => {
    const own = await setUp();
    const { attestation: stored } = await own.identities.purposeKey(own.identifier, purpose);
    const vault: Vault = Object.assign(Object.create(own.vault) as Vault, {
      sha256: own.vault.sha256.bind(own.vault),
      verify: own.vault.verify.bind(own.vault),
      handleOf: own.vault.handleOf.bind(own.vault),
      verifyingKey: away,
      staticPublicKey: away,
    });
    const cut = createIdentities({ ...own.options, vault });
    await expect(cut.purposeKey(own.identifier, purpose)).rejects.toMatchObject({
      code: "OCKAM_VAULT_UNREACHABLE",
    });
    expect(await own.purposeKeyStorage.get(own.identifier, purpose)).toEqual(stored);
  });
});

describe("verifyPurposeKeyAttestation", () => {
  const A = identity("ed25519_identity").identifier;
  const purpose = "secure-channel";

  test("tells the types of keys apart by purpose", async () => {
    const identities = createIdentities({ now: () => NOW });
    await identities.import(history("ed25519_identity"));
    const channel = await identities.verifyPurposeKeyAttestation(attestation("secure_channel_purpose_key"), {
      purpose: "secure-channel",
    });
    const x25519: Uint8Array = channel.publicKey;
    expect(x25519).toEqual(fromHex(named(attestations.attestations, "secure_channel_purpose_key").publicKey));
    const credentials = await identities.verifyPurposeKeyAttestation(
      attestation("credential_purpose_key_p256"),
      { purpose: "credentials" },
    );
    expect(credentials.publicKey.type).toBe("p256");
  });

  test.each<[string, string, Partial<{ purpose: Purpose; expectedSubject: Identifier }>]>([
    ["the other purpose", "credential_purpose_key", {}],
    ["the other purpose", "secure_channel_purpose_key", { purpose: "credentials" }],
    [
      "another subject",
      "secure_channel_purpose_key",
      { expectedSubject: identity("p256_identity").identifier },
    ],
    ["a later change", "credential_purpose_key_after_rotation", { purpose: "credentials" }],
  ])("%s than expected is refused (%s)", async (_, name, expectation) => {
    const identities = createIdentities({ now: () => NOW });
    await identities.import(history("ed25519_identity"));
    await expect(
      identities.verifyPurposeKeyAttestation(attestation(name), { purpose, ...expectation }),
    ).rejects.toMatchObject({ code: "OCKAM_IDENTITY_INVALID_ATTESTATION" });
  });

  test("an unknown subject is an error, unless its identity is handed in", async () => {
    const identities = createIdentities({ now: () => NOW });
    const encoded = attestation("secure_channel_purpose_key");
    await expect(identities.verifyPurposeKeyAttestation(encoded, { purpose })).rejects.toMatchObject({
      code: "OCKAM_IDENTITY_NOT_FOUND",
    });
    const received = await identities.verify(history("ed25519_identity"));
    const verified = await identities.verifyPurposeKeyAttestation(encoded, { purpose, identity: received });
    expect(verified.subject.equals(A)).toBe(true);
    await expect(
      identities.verifyPurposeKeyAttestation(encoded, { purpose, identity: identity("p256_identity") }),
    ).rejects.toMatchObject({ code: "OCKAM_IDENTITY_INVALID_ATTESTATION" });
  });

  test("a stored rotation ends earlier attestations and admits later ones", async () => {
    const identities = createIdentities({ now: () => NOW });
    await identities.import(history("ed25519_identity"));
    const before = attestation("credential_purpose_key");
    const after = attestation("credential_purpose_key_after_rotation");
    await identities.verifyPurposeKeyAttestation(before, { purpose: "credentials" });
    await identities.import(history("ed25519_identity_rotated"));
    await identities.verifyPurposeKeyAttestation(after, { purpose: "credentials" });
    await expect(
      identities.verifyPurposeKeyAttestation(before, { purpose: "credentials" }),
    ).rejects.toMatchObject({ code: "OCKAM_IDENTITY_INVALID_ATTESTATION" });
  });
});

test.each([Number.NaN, -1, Infinity])("a clock that says %s lets nothing pass for valid", async (broken) => {
  const own = await setUp();
  const { attestation: encoded } = await own.identities.purposeKey(own.identifier, "secure-channel");
  own.clock.now = broken;
  await expect(
    own.identities.verifyPurposeKeyAttestation(encoded, { purpose: "secure-channel" }),
  ).rejects.toThrow(RangeError);
});

test("the stored attestation of the vectors is used with its planted secret", async () => {
  const vector = named(attestations.attestations, "secure_channel_purpose_key");
  const vault = createSoftwareVault();
  await vault.importSigningKey(
    "ed25519",
    fromHex(histories.histories.find(({ name }) => name === "ed25519_identity")?.secretKey ?? ""),
  );
  const handle = await vault.importStaticKey(fromHex(vector.secretKey));
  const purposeKeyStorage = memoryPurposeKeyStorage();
  const identities = createIdentities({ vault, purposeKeyStorage, now: () => NOW });
  const { identifier } = await identities.import(history("ed25519_identity"));
  await purposeKeyStorage.put(identifier, "secure-channel", fromHex(vector.attestation));
  expect(await identities.purposeKey(identifier, "secure-channel")).toMatchObject({ handle });
});

interface SetUp {
  readonly identities: Identities;
  readonly identifier: Identifier;
  readonly vault: Vault;
  readonly purposeKeyStorage: PurposeKeyStorage;
  readonly options: Parameters<typeof createIdentities>[0];
  readonly clock: { now: number };
  reopen(): Identities;
}

async function setUp(): Promise<SetUp> {
  const clock = { now: START };
  const vault = createSoftwareVault();
  const purposeKeyStorage = memoryPurposeKeyStorage();
  const options = { vault, storage: memoryIdentityStorage(), purposeKeyStorage, now: () => clock.now };
  const identities = createIdentities(options);
  const { identifier } = await identities.create();
  const reopen = (): Identities => createIdentities(options);
  return { identities, identifier, vault, purposeKeyStorage, options, clock, reopen };
}

async function secretOf(vault: Vault, purpose: Purpose, handle: string): Promise<unknown> {
  return purpose === "credentials" ? vault.verifyingKey(handle) : vault.staticPublicKey(handle);
}

async function away(): Promise<never> {
  throw new OckamError("OCKAM_VAULT_UNREACHABLE", "the vault is away");
}
