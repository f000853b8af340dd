import { concatBytes, fromHex, isOckamError, toHex } from "@ockam/codec";
import { createIdentities, Identifier, memoryIdentityStorage } from "@ockam/identity";
import { createSoftwareVault, nobleBackend, nodeBackend } from "@ockam/vault";
import { describe, expect, test, vi } from "vitest";

import {
  attributesOf,
  credentialVector,
  ISSUER,
  keyVector,
  NOW,
  SUBJECT,
  vectors,
  verifier,
} from "../testing/vectors.ts";
import { Attributes } from "./attributes.ts";
import { decodeCredential, encodeCredential, encodeCredentialData } from "./credential.ts";
import type { CredentialData } from "./credential.ts";
import { verifyCredential } from "./verify-credential.ts";

const EXPECTED = { authorities: [ISSUER], expectedSubject: SUBJECT };
const STRANGER = new Identifier(new Uint8Array(32).fill(7));
const ORIGINAL = fromHex(credentialVector("credential").encoded);

describe.each([nodeBackend()!, nobleBackend()])("with the $name backend", (backend) => {
  test.each(vectors.credentials)("$name: $description", async (vector) => {
    const identities = createIdentities({ now: () => NOW, vault: createSoftwareVault({ backend }) });
    await identities.import(fromHex(vectors.issuer.changeHistory));
    const credential = await verifyCredential(identities, fromHex(vector.encoded), EXPECTED);
    expect(credential.issuer.equals(ISSUER)).toBe(true);
    expect(credential.subject.equals(SUBJECT)).toBe(true);
    expect([...credential.attributes]).toEqual([...attributesOf(vector)]);
    expect(credential.schema).toBe(vector.schema);
    expect([credential.createdAt, credential.expiresAt]).toEqual([vector.createdAt, vector.expiresAt]);
    expect(toHex(credential.encoded)).toBe(vector.encoded);
  });
});

test.each(vectors.acceptance)("$name: $rule", async ({ accept, encoded }) => {
  const verified = verifyCredential(await verifier(), fromHex(encoded), EXPECTED);
  if (accept) await expect(verified).resolves.toMatchObject({ issuer: ISSUER });
  else await expect(verified).rejects.toThrow(/^invalid (credential|purpose key attestation)/);
});

test("every changed bit is refused", async () => {
  const identities = await verifier();
  for (let bit = 0; bit < 8 * ORIGINAL.length; bit++) {
    const changed = ORIGINAL.slice();
    changed[bit >> 3]! ^= 1 << (bit & 7);
    const code = await codeOf(verifyCredential(identities, changed, EXPECTED));
    expect(REFUSALS, `bit ${bit}: ${code}`).toContain(code);
  }
});

test("what follows a credential is ignored, and not handed on", async () => {
  const longer = concatBytes(ORIGINAL, Uint8Array.of(0));
  const credential = await verifyCredential(await verifier(), longer, EXPECTED);
  expect(toHex(credential.encoded)).toBe(toHex(ORIGINAL));
});

describe("who issued it", () => {
  test.each([
    ["nobody is an authority", []],
    ["somebody else is the authority", [STRANGER, SUBJECT]],
  ])("%s", async (_, authorities) => {
    const verified = verifyCredential(await verifier(), ORIGINAL, { authorities });
    expect(await codeOf(verified)).toBe("OCKAM_CREDENTIALS_UNKNOWN_AUTHORITY");
  });

  test("one of several authorities is enough", async () => {
    const credential = await verifyCredential(await verifier(), ORIGINAL, {
      authorities: [STRANGER, ISSUER],
    });
    expect(credential.issuer.equals(ISSUER)).toBe(true);
  });

  test("strangers' credentials are refused before anything is looked up or verified", async () => {
    const storage = memoryIdentityStorage();
    const identities = createIdentities({ storage, now: () => NOW });
    const lookUp = vi.spyOn(storage, "get");
    const verify = vi.spyOn(identities.vault, "verify");
    expect(await codeOf(verifyCredential(identities, ORIGINAL, { authorities: [STRANGER] }))).toBe(
      "OCKAM_CREDENTIALS_UNKNOWN_AUTHORITY",
    );
    expect(lookUp).not.toHaveBeenCalled();
    expect(verify).not.toHaveBeenCalled();
  });

  test("an accepted authority's history must be stored", async () => {
    const verified = verifyCredential(createIdentities({ now: () => NOW }), ORIGINAL, EXPECTED);
    expect(await codeOf(verified)).toBe("OCKAM_IDENTITY_NOT_FOUND");
  });

  test("a rotation of the issuer ends its credentials", async () => {
    const identities = await verifier();
    await verifyCredential(identities, ORIGINAL, EXPECTED);
    await identities.import(fromHex(vectors.issuerRotated.changeHistory));
    expect(await codeOf(verifyCredential(identities, ORIGINAL, EXPECTED))).toBe(
      "OCKAM_IDENTITY_INVALID_ATTESTATION",
    );
  });
});

describe("whom it is about", () => {
  test("another subject is refused", async () => {
    const verified = verifyCredential(await verifier(), ORIGINAL, { ...EXPECTED, expectedSubject: STRANGER });
    expect(await codeOf(verified)).toBe("OCKAM_CREDENTIALS_INVALID_CREDENTIAL");
  });

  test("without an expectation, any subject is taken", async () => {
    const credential = await verifyCredential(await verifier(), ORIGINAL, { authorities: [ISSUER] });
    expect(credential.subject.equals(SUBJECT)).toBe(true);
  });
});

describe("the time", () => {
  const { createdAt, expiresAt } = credentialVector("credential");
  const key = keyVector("credential_purpose_key");

  test.each([
    ["61 s before its creation", createdAt - 61, "OCKAM_CREDENTIALS_INVALID_CREDENTIAL"],
    ["60 s before its creation", createdAt - 60, undefined],
    ["at its expiry", expiresAt, undefined],
  ])("%s", async (_, now, code) => {
    expect(await codeOf(verifyCredential(await verifier(() => now), ORIGINAL, EXPECTED))).toBe(code);
  });

  test("a second after its expiry", async () => {
    const own = await signed({ createdAt, expiresAt: createdAt + 30 });
    expect(await codeOf(verifyCredential(await verifier(() => createdAt + 30), own, EXPECTED))).toBe(
      undefined,
    );
    expect(await codeOf(verifyCredential(await verifier(() => createdAt + 31), own, EXPECTED))).toBe(
      "OCKAM_CREDENTIALS_EXPIRED",
    );
  });

  test.each([
    ["exactly the key's lifetime", key.createdAt, key.expiresAt, undefined],
    ["older than its key", key.createdAt - 1, key.expiresAt, "OCKAM_CREDENTIALS_INVALID_CREDENTIAL"],
    ["outliving its key", key.createdAt, key.expiresAt + 1, "OCKAM_CREDENTIALS_INVALID_CREDENTIAL"],
    ["created after its expiry", NOW + 20, NOW + 10, undefined],
  ])("%s", async (_, created, expires, code) => {
    const own = await signed({ createdAt: created, expiresAt: expires });
    expect(await codeOf(verifyCredential(await verifier(), own, EXPECTED))).toBe(code);
  });
});

// Everything that a peer can bring about. OCKAM_IDENTITY_NOT_FOUND is not among them: it would blame ourselves.
const REFUSALS = [
  "OCKAM_CREDENTIALS_INVALID_CREDENTIAL",
  "OCKAM_CREDENTIALS_UNKNOWN_AUTHORITY",
  "OCKAM_IDENTITY_INVALID_ATTESTATION",
];

// A credential of the vector's key with other times.
async function signed(changes: Partial<CredentialData>): Promise<Uint8Array> {
  const original = decodeCredential(ORIGINAL);
  const vault = createSoftwareVault();
  const handle = await vault.importSigningKey(
    "ed25519",
    fromHex(keyVector("credential_purpose_key").secretKey),
  );
  const data = encodeCredentialData({ ...original, attributes: new Attributes(), ...changes });
  return encodeCredential(data, await vault.sign(handle, vault.sha256(data)), original.attestation);
}

async function codeOf(promise: Promise<unknown>): Promise<string | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    if (isOckamError(error)) return error.code;
    throw error;
  }
}
