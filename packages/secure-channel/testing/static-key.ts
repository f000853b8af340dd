import type { CryptoBackend } from "@ockam/vault";

import type { StaticKey } from "../src/handshake-state.ts";

/** A static key whose secret lies open, as in vectors. */
export function openStaticKey(backend: CryptoBackend, secret: Uint8Array): StaticKey {
  return {
    publicKey: backend.x25519PublicKey(secret),
    diffieHellman: (publicKey) => backend.x25519(secret, publicKey),
  };
}
