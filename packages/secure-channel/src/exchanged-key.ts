// What a key-exchange-only channel leaves behind. docs/protocol/secure-channels.md, "Key-exchange-only channels".
import { expectBytes } from "@ockam/codec";
import type { Address } from "@ockam/core-routing";
import type { Identifier } from "@ockam/identity";
import type { CryptoBackend } from "@ockam/vault";
import { join } from "./gather-list.ts";
import { FreeOpener } from "./message-opener.ts";

/** What it takes to decrypt later, in another process, what the peer encrypts. */
export interface ExchangedKey {
  /** The own decryptor, which the peer knows as the last hop of its route: by this address the key is found again. */
  readonly decryptor: Address;
  readonly peer: Identifier;
  /** 32 bytes, a copy: whoever is given them overwrites them after use. */
  readonly secret: Uint8Array;
}

/** Decrypts with a key of a channel that may be gone. */
export class ExchangedKeyReader {
  readonly #opener: FreeOpener;

  /** @param secret of the {@link ExchangedKey}, which is taken over and overwritten. */
  constructor(backend: CryptoBackend, secret: Uint8Array) {
    this.#opener = new FreeOpener(backend, secret);
  }

  /**
   * Decrypts what the peer's `encrypt` made, in any order and as often as it comes.
   * @throws OckamError OCKAM_SECURE_CHANNEL_INVALID_MESSAGE, and OCKAM_SECURE_CHANNEL_CLOSED after {@link destroy}
   */
  decrypt(message: Uint8Array): Uint8Array {
    return join(this.#opener.open([expectBytes(message, undefined, "message")]).plaintext);
  }

  /** Gives the key up. */
  destroy(): void {
    this.#opener.destroy();
  }
}
