// The receiving half of a channel's cipher. docs/protocol/secure-channels.md, "Receiving".
import { concatBytes } from "@ockam/codec";
import type { AeadKey, CryptoBackend } from "@ockam/vault";
import { channelError } from "./channel-error.ts";
import { importKey, NONCE_LENGTH, readNonce, rekey, selectKey } from "./channel-keys.ts";
import { headOf, join, lengthOf, sliceOf } from "./gather-list.ts";
import type { GatherList } from "./gather-list.ts";
import { ReplayWindow } from "./replay-window.ts";

const EMPTY = new Uint8Array(0);
const IV_PREFIX = new Uint8Array(4);
// Messages up to this many bytes are joined first, which costs less than the cipher's work for another piece.
const SHORT_LENGTH = 4096;

/** An authentic message. */
export interface OpenedMessage {
  readonly nonce: number;
  /** How far the nonce lies from the one that was due: 0 in order, above 0 messages are missing, below 0 it is late. */
  readonly gap: number;
  readonly plaintext: GatherList;
}

/** Decrypts the messages of one direction. */
export interface MessageOpener {
  /**
   * Opens nonce, ciphertext and tag, cut anywhere. A message that is refused changes nothing.
   * @throws OckamError OCKAM_SECURE_CHANNEL_INVALID_MESSAGE, OCKAM_SECURE_CHANNEL_REPLAYED,
   * OCKAM_SECURE_CHANNEL_OUT_OF_WINDOW, OCKAM_SECURE_CHANNEL_CLOSED
   */
  open(message: GatherList): OpenedMessage;
  /** Gives the keys up. */
  destroy(): void;
}

/**
 * The opener of an ordinary channel: each nonce once, within the window, and the keys follow one another.
 * @param key the 32-byte key, which is taken over and overwritten.
 */
export class WindowedOpener implements MessageOpener {
  readonly #backend: CryptoBackend;
  readonly #window = new ReplayWindow();
  #current: AeadKey | undefined;
  #previous: AeadKey | undefined;
  #rekeys = 0;
  #due = 0;

  constructor(backend: CryptoBackend, key: Uint8Array) {
    this.#backend = backend;
    this.#current = importKey(backend, key);
  }

  open(message: GatherList): OpenedMessage {
    if (this.#current === undefined) throw closed();
    const head = nonceOf(message);
    const nonce = readNonce(head);
    this.#window.check(nonce);
    const which = selectKey(nonce, this.#rekeys);
    const key = which === "next" ? rekey(this.#backend, this.#current) : this.#keyOf(which);
    let plaintext: GatherList;
    try {
      plaintext = openWith(key, head, message);
    } catch (error) {
      if (which === "next") key.destroy();
      throw error;
    }
    if (which === "next") {
      this.#previous?.destroy();
      this.#previous = this.#current;
      this.#current = key;
      this.#rekeys += 1;
    }
    this.#window.accept(nonce);
    const gap = nonce - this.#due;
    if (gap >= 0) this.#due = nonce + 1;
    return { nonce, gap, plaintext };
  }

  destroy(): void {
    this.#current?.destroy();
    this.#previous?.destroy();
    this.#current = undefined;
    this.#previous = undefined;
  }

  #keyOf(which: "previous" | "current" | undefined): AeadKey {
    const key = which === "current" ? this.#current : which === "previous" ? this.#previous : undefined;
    if (key === undefined) throw channelError("OUT_OF_WINDOW", "the key of this nonce is not at hand");
    return key;
  }
}

/**
 * The opener of a key-exchange-only channel: one key, and any nonce as often as it comes, because stored messages
 * are read again.
 * @param key the 32-byte key, which is taken over and overwritten.
 */
export class FreeOpener implements MessageOpener {
  #key: AeadKey | undefined;

  constructor(backend: CryptoBackend, key: Uint8Array) {
    this.#key = importKey(backend, key);
  }

  open(message: GatherList): OpenedMessage {
    if (this.#key === undefined) throw closed();
    const head = nonceOf(message);
    return { nonce: readNonce(head), gap: 0, plaintext: openWith(this.#key, head, message) };
  }

  destroy(): void {
    this.#key?.destroy();
    this.#key = undefined;
  }
}

function nonceOf(message: GatherList): Uint8Array {
  const head = headOf(message, NONCE_LENGTH);
  if (head === undefined)
    throw channelError("INVALID_MESSAGE", "a channel message is shorter than its nonce");
  return head;
}

function openWith(key: AeadKey, head: Uint8Array, message: GatherList): GatherList {
  try {
    const length = lengthOf(message);
    const whole = message.length > 1 && length <= SHORT_LENGTH ? [join(message)] : message;
    const ciphertext = sliceOf(whole, NONCE_LENGTH, length);
    return key.open(concatBytes(IV_PREFIX, head), EMPTY, ciphertext);
  } catch (cause) {
    throw channelError(
      "INVALID_MESSAGE",
      "a channel message is not authentic: damaged or forged on the way, or of another channel",
      { cause },
    );
  }
}

function closed(): Error {
  return channelError("CLOSED", "the secure channel is closed");
}
