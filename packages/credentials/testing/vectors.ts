import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { fromHex } from "@ockam/codec";
import { createIdentities, memoryPurposeKeyStorage } from "@ockam/identity";
import type { Identities } from "@ockam/identity";
import { Identifier } from "@ockam/identity";
import { createSoftwareVault } from "@ockam/vault";
import type { CryptoBackend } from "@ockam/vault";

import { Attributes } from "../src/attributes.ts";

interface IdentityVector {
  readonly identifier: string;
  readonly secretKey: string;
  readonly changeHistory: string;
}

interface KeyVector {
  readonly name: string;
  readonly keyType: "ed25519" | "p256";
  readonly secretKey: string;
  readonly attestation: string;
  readonly createdAt: number;
  readonly expiresAt: number;
}

export interface CredentialVector {
  readonly name: string;
  readonly description: string;
  readonly key: string;
  readonly schema: number;
  readonly attributes: readonly (readonly [string, string])[];
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly versionedData: string;
  readonly signature: string;
  readonly encoded: string;
}

interface Vectors {
  readonly clock: { readonly from: number; readonly until: number };
  readonly issuer: IdentityVector;
  readonly issuerRotated: Omit<IdentityVector, "secretKey">;
  readonly subject: IdentityVector;
  readonly keys: readonly KeyVector[];
  readonly credentials: readonly CredentialVector[];
  readonly acceptance: readonly { name: string; accept: boolean; rule: string; encoded: string }[];
  readonly storedAttributes: { readonly of: string; readonly encoded: string };
}

const file = fileURLToPath(new URL("../vectors/credentials.json", import.meta.url));

export const vectors = JSON.parse(readFileSync(file, "utf8")) as Vectors;
export const ISSUER = Identifier.parse(vectors.issuer.identifier);
export const SUBJECT = Identifier.parse(vectors.subject.identifier);
export const NOW = vectors.clock.from;

/** The credential vector of this name. */
export function credentialVector(name: string): CredentialVector {
  const found = vectors.credentials.find((vector) => vector.name === name);
  if (found === undefined) throw new Error(`no credential vector ${name}`);
  return found;
}

/** The key vector of this name. */
export function keyVector(name: string): KeyVector {
  const found = vectors.keys.find((vector) => vector.name === name);
  if (found === undefined) throw new Error(`no key vector ${name}`);
  return found;
}

/** The attributes of a credential vector. */
export function attributesOf(vector: CredentialVector): Attributes {
  return new Attributes(vector.attributes.map(([name, value]) => [fromHex(name), fromHex(value)]));
}

/** Identities that know issuer and subject, and, of the issuer, no secret: as a verifier does. */
export async function verifier(now: () => number = () => NOW): Promise<Identities> {
  const identities = createIdentities({ now });
  await identities.import(fromHex(vectors.issuer.changeHistory));
  await identities.import(fromHex(vectors.subject.changeHistory));
  return identities;
}

/** Identities of the issuer itself, with the purpose key of a key vector, that know the subject. */
export async function issuer(now: () => number, key: string, backend?: CryptoBackend): Promise<Identities> {
  const vault = createSoftwareVault(backend === undefined ? {} : { backend });
  const purposeKeyStorage = memoryPurposeKeyStorage();
  const identities = createIdentities({ vault, purposeKeyStorage, now });
  const { keyType, secretKey, attestation } = keyVector(key);
  await vault.importSigningKey("ed25519", fromHex(vectors.issuer.secretKey));
  await vault.importSigningKey(keyType, fromHex(secretKey));
  await purposeKeyStorage.put(ISSUER, "credentials", fromHex(attestation));
  await identities.import(fromHex(vectors.issuer.changeHistory));
  await identities.import(fromHex(vectors.subject.changeHistory));
  return identities;
}
