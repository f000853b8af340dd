// The messages of a portal. docs/protocol/portals.md, "Messages".
//
//   ping       = 00 *bytes              pong = 01 *bytes              disconnect = 02 *bytes
//   payload    = 03 length data ?trailer                              length = uvarint
//   trailer    = 01 counter *bytes      counter = u16le
//   progress   = 10 flags sent limit *bytes                           sent, limit = u64be
//   reset      = 11 reason *bytes       flags, reason = u8
import { concatBytes, encodeUvarint, OckamError } from "@ockam/codec";

import { PieceCursor } from "./piece-cursor.ts";

/** A portal message as received. Data are views of what was received, never joined. */
export type PortalMessage =
  | { readonly type: "ping" | "pong"; readonly extension: Uint8Array }
  | { readonly type: "disconnect" }
  | PayloadMessage
  | ({ readonly type: "progress" } & Progress)
  | { readonly type: "reset"; readonly reason: number };

/** Bytes of the stream. `counter` is there when the sender numbers its messages. */
export interface PayloadMessage {
  readonly type: "payload";
  readonly data: readonly Uint8Array[];
  readonly length: number;
  readonly counter: number | undefined;
}

/** How far the sender of this message is. Each one repeats everything, so that a lost one is made good by the next. */
export interface Progress {
  /** No more data follow those already sent. */
  readonly finished: boolean;
  /** The sender wants a Progress back. */
  readonly wantsAnswer: boolean;
  /** The bytes of data sent before this message. */
  readonly sent: number;
  /** How many bytes of data, from the first one on, the receiver of this message may send. */
  readonly limit: number;
}

const PING = 0x00;
const PONG = 0x01;
const DISCONNECT = 0x02;
const PAYLOAD = 0x03;
const PROGRESS = 0x10;
const RESET = 0x11;
const COUNTED = 0x01;
const FINISHED = 0b01;
const WANTS_ANSWER = 0b10;
const TRAILER_LENGTH = 3;
const PROGRESS_LENGTH = 17;
const MAX_UVARINT_LENGTH = 10;
// What follows a Ping or Pong is looked at up to here.
const MAX_EXTENSION_LENGTH = 1024;

const EMPTY = new Uint8Array(0);

/** A Ping or Pong, with or without an extension. */
export function encodeHandshake(type: "ping" | "pong", extension: Uint8Array = EMPTY): Uint8Array {
  return concatBytes(Uint8Array.of(type === "ping" ? PING : PONG), extension);
}

/** The end of a stream towards a peer without {@link encodeProgress}. */
export function encodeDisconnect(): Uint8Array {
  return Uint8Array.of(DISCONNECT);
}

/** A Payload of `length` bytes as pieces: head, the data as they are, trailer with the counter if one is given. */
export function encodePayload(
  data: readonly Uint8Array[],
  length: number,
  counter: number | undefined,
): readonly Uint8Array[] {
  const head = payloadHead(length);
  if (counter === undefined) return [head, ...data];
  return [head, ...data, Uint8Array.of(COUNTED, counter & 0xff, counter >>> 8)];
}

/** A Progress. */
export function encodeProgress(progress: Progress): Uint8Array {
  const bytes = new Uint8Array(1 + PROGRESS_LENGTH);
  const view = new DataView(bytes.buffer);
  bytes[0] = PROGRESS;
  bytes[1] = (progress.finished ? FINISHED : 0) | (progress.wantsAnswer ? WANTS_ANSWER : 0);
  view.setBigUint64(2, BigInt(progress.sent));
  view.setBigUint64(10, BigInt(progress.limit));
  return bytes;
}

/** A Reset; `reason` is 1 to 255. */
export function encodeReset(reason: number): Uint8Array {
  return Uint8Array.of(RESET, reason);
}

/**
 * Reads a message. Bytes behind what is known are ignored, so that later versions may add.
 * @throws OckamError OCKAM_PORTAL_INVALID_MESSAGE for an empty message, an unknown first byte or one that is cut off.
 */
export function decodePortalMessage(pieces: readonly Uint8Array[]): PortalMessage {
  const cursor = new PieceCursor(pieces);
  switch (cursor.byte()) {
    case PING:
      return { type: "ping", extension: cursor.bytes(Math.min(cursor.remaining, MAX_EXTENSION_LENGTH)) };
    case PONG:
      return { type: "pong", extension: cursor.bytes(Math.min(cursor.remaining, MAX_EXTENSION_LENGTH)) };
    case DISCONNECT:
      return { type: "disconnect" };
    case PAYLOAD:
      return decodePayload(cursor);
    case PROGRESS:
      return decodeProgress(cursor);
    case RESET:
      if (cursor.remaining < 1) throw invalid("a Reset without its reason");
      return { type: "reset", reason: cursor.byte() };
    case -1:
      throw invalid("an empty message");
    default:
      throw invalid("an unknown first byte");
  }
}

/** Whether a message that cannot be read was meant to carry data. */
export function isPayload({ payload }: { readonly payload: Uint8Array }): boolean {
  return payload[0] === PAYLOAD;
}

function decodePayload(cursor: PieceCursor): PayloadMessage {
  const length = readUvarint(cursor);
  if (length > cursor.remaining) throw invalid(`a Payload of ${length} bytes with ${cursor.remaining}`);
  const data = cursor.take(length);
  let counter: number | undefined;
  if (cursor.remaining >= TRAILER_LENGTH && cursor.byte() === COUNTED)
    counter = cursor.byte() + cursor.byte() * 256;
  return { type: "payload", data, length, counter };
}

function decodeProgress(cursor: PieceCursor): PortalMessage {
  const bytes = cursor.bytes(Math.min(PROGRESS_LENGTH, cursor.remaining));
  if (bytes.length < PROGRESS_LENGTH) throw invalid("a Progress that is cut off");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return {
    type: "progress",
    finished: (bytes[0]! & FINISHED) !== 0,
    wantsAnswer: (bytes[0]! & WANTS_ANSWER) !== 0,
    sent: readUint64(view, 1),
    limit: readUint64(view, 9),
  };
}

function readUint64(view: DataView, offset: number): number {
  const value = Number(view.getBigUint64(offset));
  if (!Number.isSafeInteger(value)) throw invalid("a number of bytes above 2^53 - 1");
  return value;
}

function readUvarint(cursor: PieceCursor): number {
  let value = 0;
  let scale = 1;
  for (let i = 0; i < MAX_UVARINT_LENGTH; i++) {
    const byte = cursor.byte();
    if (byte < 0) throw invalid("a length that is cut off");
    if ((byte & 0x7f) !== 0) value += (byte & 0x7f) * scale;
    if (value > Number.MAX_SAFE_INTEGER) throw invalid("a length above 2^53 - 1");
    if (byte < 0x80) return value;
    scale *= 0x80;
  }
  throw invalid("a length of more than 10 bytes");
}

/** `03` and the length: up to 128 KiB written by hand, since this runs for every message. */
function payloadHead(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(PAYLOAD, length);
  if (length < 0x4000) return Uint8Array.of(PAYLOAD, (length & 0x7f) | 0x80, length >>> 7);
  if (length < 0x200000) {
    return Uint8Array.of(PAYLOAD, (length & 0x7f) | 0x80, ((length >>> 7) & 0x7f) | 0x80, length >>> 14);
  }
  return concatBytes(Uint8Array.of(PAYLOAD), encodeUvarint(length));
}

function invalid(what: string): OckamError {
  return new OckamError("OCKAM_PORTAL_INVALID_MESSAGE", `the peer sent ${what} to a portal`);
}
