import { fromHex } from "@ockam/codec";
import { createIdentities, Identifier, memoryPurposeKeyStorage } from "@ockam/identity";
import { createSoftwareVault } from "@ockam/vault";

import type { SecureChannelOptions } from "../src/secure-channel.ts";
import type { Capture } from "./vectors.ts";

/** The identity of a recorded exchange, with its clock at the time of the recording. */
export async function recordedParty(capture: Capture): Promise<SecureChannelOptions> {
  const recorded = capture.our_identity;
  const vault = createSoftwareVault();
  await vault.importSigningKey("ed25519", fromHex(recorded.identity_ed25519_seed));
  await vault.importStaticKey(fromHex(recorded.static_x25519_secret));
  const identifier = Identifier.parse(recorded.identifier);
  const purposeKeyStorage = memoryPurposeKeyStorage();
  await purposeKeyStorage.put(identifier, "secure-channel", fromHex(recorded.purpose_key_attestation));
  const identities = createIdentities({ vault, purposeKeyStorage, now: () => capture.captured_at });
  await identities.import(fromHex(recorded.change_history), { expected: identifier });
  const [credential] = recorded.credentials;
  return {
    identities,
    identifier,
    ...(credential === undefined ? {} : { credential: async () => fromHex(credential) }),
  };
}
