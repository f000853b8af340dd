// The sending half of a channel's cipher. docs/protocol/secure-channels.md, "Sending".
import type { AeadKey, CryptoBackend } from "@ockam/vault";
import { channelError } from "./channel-error.ts";
import { importKey, ivOf, REKEY_INTERVAL, rekey } from "./channel-keys.ts";
import type { GatherList } from "./gather-list.ts";
import { MAX_NONCE } from "./replay-window.ts";

const EMPTY = new Uint8Array(0);

/** Encrypts the messages of one direction, each under its own nonce. */
export class MessageSealer {
  readonly #backend: CryptoBackend;
  readonly #rekeys: boolean;
  #key: AeadKey | undefined;
  #nonce: number;

  /**
   * @param key the 32-byte key, which is taken over and overwritten.
   * @param options.rekeys false on key-exchange-only channels, which keep one key for good.
   * @param options.nonce for tests: the first nonce, 0 by default.
   */
  constructor(
    backend: CryptoBackend,
    key: Uint8Array,
    options: { readonly rekeys: boolean; readonly nonce?: number },
  ) {
    this.#backend = backend;
    this.#key = importKey(backend, key);
    this.#rekeys = options.rekeys;
    this.#nonce = options.nonce ?? 0;
  }

  /** The nonce of the next message. */
  get nonce(): number {
    return this.#nonce;
  }

  /**
   * Nonce, ciphertext and tag as pieces. A failure spends the nonce, so that none is ever used twice.
   * @throws OckamError OCKAM_SECURE_CHANNEL_NONCES_EXHAUSTED, OCKAM_SECURE_CHANNEL_CLOSED
   */
  seal(plaintext: GatherList): Uint8Array[] {
    if (this.#key === undefined) throw channelError("CLOSED", "the secure channel is closed");
    const nonce = this.#nonce;
    if (nonce > MAX_NONCE) {
      throw channelError("NONCES_EXHAUSTED", "the secure channel has sent all its messages: make a new one");
    }
    this.#nonce = nonce + 1;
    if (this.#rekeys && nonce > 0 && nonce % REKEY_INTERVAL === 0) {
      const spent = this.#key;
      this.#key = rekey(this.#backend, spent);
      spent.destroy();
    }
    const iv = ivOf(nonce);
    return [iv.subarray(4), ...this.#key.seal(iv, EMPTY, plaintext)];
  }

  /** Gives the key up. */
  destroy(): void {
    this.#key?.destroy();
    this.#key = undefined;
  }
}
