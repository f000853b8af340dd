// The plaintext of a channel message. docs/protocol/secure-channels.md, "Messages".
//
//   padded-message         = [ secure-channel-message, padding: bstr ]
//   secure-channel-message = [0, [payload-message]] / [1, [refresh-credentials]] / [2, []]
//   payload-message        = [ onward-route: route, return-route: route, payload: bstr ]
import { CborReader, CborWriter } from "@ockam/codec";
import { readRoute, writeRoute } from "@ockam/core-routing";
import type { Route } from "@ockam/core-routing";
import { channelError } from "./channel-error.ts";
import { headOf, join, lengthOf, sliceOf } from "./gather-list.ts";
import type { GatherList } from "./gather-list.ts";
import { readPresentedCredentials, writePresentedCredentials } from "./presented-identity.ts";
import type { PresentedCredentials } from "./presented-identity.ts";

/** The longest plaintext, in bytes, that may refresh credentials: what fits a handshake message fits here. */
export const MAX_REFRESH_LENGTH = 65_535;

/** A message for a worker behind the other end. */
export interface PayloadMessage {
  readonly kind: "payload";
  readonly onwardRoute: Route;
  readonly returnRoute: Route;
  readonly payload: GatherList;
}

/** What the two ends of a channel say to each other. */
export type ChannelMessage =
  | PayloadMessage
  | { readonly kind: "refresh-credentials"; readonly presented: PresentedCredentials }
  | { readonly kind: "close" };

const PAYLOAD = 0;
const REFRESH_CREDENTIALS = 1;
const CLOSE = 2;

// [[0, [[onward, return, payload]]], padding] up to the routes, as every known peer writes it.
const PAYLOAD_HEAD = Uint8Array.of(0x82, 0x82, PAYLOAD, 0x81, 0x83);
const NO_PADDING = Uint8Array.of(0x40);
// Routes longer than this are decoded as well, but by joining the pieces.
const HEAD_ROOM = 1024;
// Payloads up to this many bytes are copied.
const SHORT_LENGTH = 2048;
// The bytes of a CBOR head at most.
const MAX_HEAD_LENGTH = 9;

/**
 * A payload for the other end's workers, in pieces: those of a long `payload` are passed on uncopied. A short one is
 * copied into one piece, which costs less than the cipher's work for another.
 */
export function encodePayload(onwardRoute: Route, returnRoute: Route, payload: GatherList): Uint8Array[] {
  const length = lengthOf(payload);
  const short = length <= SHORT_LENGTH;
  const routes = routeCapacity(onwardRoute) + routeCapacity(returnRoute);
  const head = new CborWriter(PAYLOAD_HEAD.length + routes + MAX_HEAD_LENGTH + (short ? length + 1 : 0));
  head.raw(PAYLOAD_HEAD);
  writeRoute(head, onwardRoute);
  writeRoute(head, returnRoute);
  head.bytesHead(length);
  if (!short) return [head.finish(), ...payload, NO_PADDING];
  for (const piece of payload) head.raw(piece);
  return [head.raw(NO_PADDING).finish()];
}

/** At most how many bytes a route takes: three heads for each address. */
function routeCapacity(route: Route): number {
  let capacity = MAX_HEAD_LENGTH;
  for (const address of route) capacity += address.value.length + MAX_HEAD_LENGTH;
  return capacity;
}

/** New credentials of the sender. */
export function encodeRefreshCredentials(presented: PresentedCredentials): Uint8Array {
  const writer = new CborWriter(1024).array(2).variant(REFRESH_CREDENTIALS).array(1);
  writePresentedCredentials(writer, presented);
  return writer.raw(NO_PADDING).finish();
}

/** The last message of a channel. */
export function encodeClose(): Uint8Array {
  return new CborWriter(8).array(2).variant(CLOSE).array(0).raw(NO_PADDING).finish();
}

/**
 * The message in an opened plaintext, cut anywhere; a payload comes as views of it.
 * @throws OckamError OCKAM_SECURE_CHANNEL_INVALID_MESSAGE
 */
export function decodeChannelMessage(plaintext: GatherList): ChannelMessage {
  try {
    return decodeUsualPayload(plaintext) ?? decodeAny(join(plaintext));
  } catch (cause) {
    throw channelError("INVALID_MESSAGE", "the peer sent a channel message that cannot be decoded", {
      cause,
    });
  }
}

/** A payload as known peers write it, without joining pieces; undefined for anything else, errors included. */
function decodeUsualPayload(plaintext: GatherList): ChannelMessage | undefined {
  const total = lengthOf(plaintext);
  const first = plaintext[0];
  if (first === undefined) return undefined;
  const head =
    plaintext.length === 1 || first.length >= HEAD_ROOM
      ? first
      : headOf(plaintext, Math.min(total, HEAD_ROOM));
  if (head === undefined || !startsWith(head, PAYLOAD_HEAD)) return undefined;
  try {
    const reader = new CborReader(head.subarray(PAYLOAD_HEAD.length));
    const onwardRoute = readRoute(reader);
    const returnRoute = readRoute(reader);
    const length = reader.bytesHead();
    const start = PAYLOAD_HEAD.length + reader.offset;
    const tail = sliceOf(plaintext, start + length, start + length + 1);
    if (tail[0]?.[0] !== NO_PADDING[0]) return undefined;
    return { kind: "payload", onwardRoute, returnRoute, payload: sliceOf(plaintext, start, start + length) };
  } catch {
    return undefined;
  }
}

function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  for (let i = 0; i < prefix.length; i++) if (bytes[i] !== prefix[i]) return false;
  return true;
}

function decodeAny(plaintext: Uint8Array): ChannelMessage {
  const reader = new CborReader(plaintext);
  const padded = reader.array();
  padded.need("message");
  const message = decodeVariant(reader, plaintext.length);
  padded.need("padding");
  reader.bytes();
  return message;
}

function decodeVariant(reader: CborReader, length: number): ChannelMessage {
  const variant = reader.variant();
  const fields = reader.array();
  let message: ChannelMessage;
  if (variant === PAYLOAD) {
    fields.need("payload message");
    const items = reader.array();
    items.need("onward route");
    const onwardRoute = readRoute(reader);
    items.need("return route");
    const returnRoute = readRoute(reader);
    items.need("payload");
    message = { kind: "payload", onwardRoute, returnRoute, payload: [reader.bytes()] };
    items.end();
  } else if (variant === REFRESH_CREDENTIALS) {
    if (length > MAX_REFRESH_LENGTH) {
      throw channelError("INVALID_MESSAGE", `a refresh of credentials exceeds ${MAX_REFRESH_LENGTH} bytes`);
    }
    fields.need("credentials");
    message = { kind: "refresh-credentials", presented: readPresentedCredentials(reader) };
  } else if (variant === CLOSE) {
    message = { kind: "close" };
  } else {
    throw channelError("INVALID_MESSAGE", `there is no channel message of kind ${variant}`);
  }
  fields.end();
  return message;
}
