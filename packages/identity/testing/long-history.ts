import type { Vault } from "@ockam/vault";
import { encodeChange, encodeChangeData } from "../src/change.ts";

/** The encoded changes of an identity with one key of `vault`, which it replaces by itself again and again. */
export async function longHistory(vault: Vault, length: number): Promise<readonly Uint8Array[]> {
  const handle = await vault.generateSigningKey();
  const publicKey = await vault.verifyingKey(handle);
  const changes: Uint8Array[] = [];
  let previousHash: Uint8Array | undefined;
  for (let i = 0; i < length; i++) {
    const data = encodeChangeData({
      previousHash,
      publicKey,
      revokeAllPurposeKeys: false,
      validFrom: i,
      validUntil: i,
    });
    const hash = vault.sha256(data);
    const signature = await vault.sign(handle, hash);
    changes.push(encodeChange(data, signature, previousHash === undefined ? undefined : signature));
    previousHash = hash;
  }
  return changes;
}
