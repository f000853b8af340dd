import type { SecretStorage } from "@ockam/vault";
import { memorySecretStorage } from "@ockam/vault";

/** A secret storage in memory that counts what it holds. */
export function countingSecrets(): { storage: SecretStorage; count: () => number } {
  const storage = memorySecretStorage();
  const held = new Set<string>();
  return {
    storage: {
      get: (kind, handle) => storage.get(kind, handle),
      put: async (kind, handle, secret) => {
        held.add(kind + handle);
        await storage.put(kind, handle, secret);
      },
      delete: async (kind, handle) => {
        held.delete(kind + handle);
        return storage.delete(kind, handle);
      },
    },
    count: () => held.size,
  };
}
