import { fromHex } from "@ockam/codec";
import type { Vault } from "@ockam/vault";
import { createSoftwareVault } from "@ockam/vault";
import type { Identities } from "../src/identities.ts";
import { createIdentities } from "../src/identities.ts";
import type { Identity } from "../src/identity.ts";
import type { PurposeKeyStorage } from "../src/purpose-key-storage.ts";
import { memoryPurposeKeyStorage } from "../src/purpose-key-storage.ts";
import { histories, history, identity, named } from "./vectors.ts";

/** The identifier of identity A of the vectors. */
export const A = identity("ed25519_identity").identifier;

/** Identity A of the vectors with its secret, 100 s after its creation. */
export async function withA(changeHistory: Uint8Array = history("ed25519_identity")): Promise<{
  identities: Identities;
  vault: Vault;
  purposeKeyStorage: PurposeKeyStorage;
  oldKey: string;
  before: Identity;
}> {
  const vault = createSoftwareVault();
  const oldKey = await vault.importSigningKey(
    "ed25519",
    fromHex(named(histories.histories, "ed25519_identity").secretKey ?? ""),
  );
  const purposeKeyStorage = memoryPurposeKeyStorage();
  const identities = createIdentities({ vault, purposeKeyStorage, now: () => 1_700_000_100 });
  const before = await identities.import(changeHistory, { expected: A });
  return { identities, vault, purposeKeyStorage, oldKey, before };
}
