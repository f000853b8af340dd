// Cuts a stream of bytes into frames. docs/protocol/transport-tcp.md, "The stream".
//
//   stream = version *frame        version = 01
//   frame  = length body           length  = u32be, 1 to 16 777 216
import { MAX_TRANSPORT_MESSAGE_LENGTH } from "@ockam/core-routing";
import { OckamError } from "@ockam/codec";

import { FRAME_HEADER_LENGTH, TCP_PROTOCOL_VERSION } from "./limits.ts";

// A frame that arrives in smaller bits than this is collected in buffers of its own: a peer that sends single bytes
// must not cost an object for each.
const SMALL_BIT = 2048;
const COLLECTOR_LENGTH = 65_536;

/**
 * The receiving half of the framing. Bytes go in as they were read, frames come out as lists of views of them: a frame
 * that spans reads is never joined, and a length that was announced reserves nothing.
 */
export class FrameReader {
  // what was read and not cut yet
  #chunk: Uint8Array = new Uint8Array(0);
  #offset = 0;
  // the stream's state
  #hasVersion = false;
  #headerLength = 0;
  #bodyLength = 0;
  // the frame under way
  #missing = 0;
  #pieces: Uint8Array[] = [];
  #collected = 0;
  #collector: Uint8Array | undefined;

  /** Whether the peer's version byte was seen. */
  get hasVersion(): boolean {
    return this.#hasVersion;
  }

  /** The bytes of the frame under way that have come. */
  get heldLength(): number {
    return this.#missing === 0 ? 0 : this.#bodyLength - this.#missing;
  }

  /** Whether the stream stands between two frames, so that its end here is no loss. */
  get atBoundary(): boolean {
    return this.#headerLength === 0 && this.#missing === 0 && this.#offset === this.#chunk.length;
  }

  /** Hands in the next bytes of the stream, which must not be changed afterwards. Call {@link next} until it is empty. */
  push(chunk: Uint8Array): void {
    if (this.#offset !== this.#chunk.length) throw new RangeError("push() before next() returned undefined");
    this.#chunk = chunk;
    this.#offset = 0;
  }

  /**
   * The body of the next frame, or undefined when more bytes are needed.
   * @throws OckamError OCKAM_TCP_INVALID_MESSAGE for a wrong version byte, an empty or an oversized frame: the stream
   * cannot be read on.
   */
  next(): readonly Uint8Array[] | undefined {
    if (!this.#hasVersion && !this.#readVersion()) return undefined;
    if (this.#missing === 0 && !this.#readHeader()) return undefined;
    const take = Math.min(this.#missing, this.#chunk.length - this.#offset);
    if (take === 0) return undefined;
    const bit = this.#chunk.subarray(this.#offset, this.#offset + take);
    this.#offset += take;
    this.#missing -= take;
    if (take < SMALL_BIT && take < this.#bodyLength) {
      this.#collect(bit);
    } else {
      this.#collector = undefined;
      this.#pieces.push(bit);
    }
    if (this.#missing > 0) return undefined;
    const frame = this.#pieces;
    this.#pieces = [];
    this.#collector = undefined;
    return frame;
  }

  #readVersion(): boolean {
    const version = this.#chunk[this.#offset];
    if (version === undefined) return false;
    if (version !== TCP_PROTOCOL_VERSION) {
      throw new OckamError(
        "OCKAM_TCP_INVALID_MESSAGE",
        `the peer's first byte is ${version} instead of ${TCP_PROTOCOL_VERSION}: it does not speak Ockam over TCP`,
      );
    }
    this.#offset += 1;
    this.#hasVersion = true;
    return true;
  }

  #readHeader(): boolean {
    while (this.#headerLength < FRAME_HEADER_LENGTH) {
      const byte = this.#chunk[this.#offset];
      if (byte === undefined) return false;
      this.#bodyLength = this.#headerLength === 0 ? byte : this.#bodyLength * 256 + byte;
      this.#headerLength += 1;
      this.#offset += 1;
    }
    this.#headerLength = 0;
    if (this.#bodyLength === 0 || this.#bodyLength > MAX_TRANSPORT_MESSAGE_LENGTH) {
      throw new OckamError(
        "OCKAM_TCP_INVALID_MESSAGE",
        `the peer announced a message of ${this.#bodyLength} bytes; 1 to ${MAX_TRANSPORT_MESSAGE_LENGTH} are allowed`,
        { details: { length: this.#bodyLength } },
      );
    }
    this.#missing = this.#bodyLength;
    return true;
  }

  /** Copies a small bit behind the last one. A collector is one piece, and twice as large as the one before it. */
  #collect(bit: Uint8Array): void {
    let rest = bit;
    while (rest.length > 0) {
      if (this.#collector === undefined || this.#collected === this.#collector.length) {
        const length = Math.min(COLLECTOR_LENGTH, 2 * (this.#collector?.length ?? SMALL_BIT));
        this.#collector = new Uint8Array(length);
        this.#collected = 0;
        this.#pieces.push(this.#collector);
      }
      const take = Math.min(rest.length, this.#collector.length - this.#collected);
      this.#collector.set(rest.subarray(0, take), this.#collected);
      this.#collected += take;
      rest = rest.subarray(take);
      this.#pieces[this.#pieces.length - 1] = this.#collector.subarray(0, this.#collected);
    }
  }
}
