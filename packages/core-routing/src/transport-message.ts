// The message that connections carry. docs/protocol/routing.md, "Transport messages".
//
//   transport_message = [ onward_route : route, return_route : route, payload : bstr, ? tracing : tstr / null ]
//
// Written without the tracing element; read with it, and with whatever a newer peer may add.
import { CborReader, CborWriter, concatBytes, isOckamError, OckamError } from "@ockam/codec";

import { MAX_ADDRESS_LENGTH } from "./address.ts";
import { Message } from "./message.ts";
import { MAX_ROUTE_LENGTH, readRoute, writeRoute } from "./route.ts";

/** The longest encoded transport message, in bytes. */
export const MAX_TRANSPORT_MESSAGE_LENGTH: number = 16 * 1024 * 1024;

// A head that was cut in two is joined with the pieces after it until it is this long, then twice as long, and so on.
const FIRST_JOIN_LENGTH = 1024;
// No head of two allowed routes is longer; the nine bytes are the longest form of each of CBOR's heads.
const MAX_HEAD_LENGTH = 2 * (9 + MAX_ROUTE_LENGTH * (9 + 9 + 9 + MAX_ADDRESS_LENGTH)) + 9 + 9;
const INDEFINITE_ARRAY = 0x9f;
const NULL = 0xf6;
const TEXT_MAJOR = 3;

/**
 * The encoded form of `message`: its routes and the head of the payload as the first piece, then the pieces of the
 * payload, which are not copied. Local information is left out.
 * @throws OckamError OCKAM_ROUTING_MESSAGE_TOO_LARGE beyond {@link MAX_TRANSPORT_MESSAGE_LENGTH}, or
 * OCKAM_ROUTING_INVALID_ROUTE for a route that is too long.
 */
export function encodeTransportMessage(message: Message): readonly Uint8Array[] {
  const writer = new CborWriter();
  writer.array(3);
  writeRoute(writer, message.onwardRoute);
  writeRoute(writer, message.returnRoute);
  const payloadLength = message.payloadLength;
  writer.bytesHead(payloadLength);
  const length = writer.length + payloadLength;
  if (length > MAX_TRANSPORT_MESSAGE_LENGTH) {
    throw new OckamError(
      "OCKAM_ROUTING_MESSAGE_TOO_LARGE",
      `a message of ${length} bytes exceeds the limit of ${MAX_TRANSPORT_MESSAGE_LENGTH}; send smaller ones`,
      { details: { length } },
    );
  }
  return [writer.finish(), ...message.pieces];
}

/**
 * Reads a transport message that arrives in pieces, cut anywhere. The payload is made of views of them; bytes after
 * the message are ignored.
 * @throws OckamError OCKAM_ROUTING_INVALID_MESSAGE, with the cause: the peer sent something else.
 */
export function decodeTransportMessage(pieces: readonly Uint8Array[]): Message {
  let head = pieces[0] ?? new Uint8Array(0);
  let joined = 1;
  for (;;) {
    try {
      return decode(head, pieces, joined);
    } catch (cause) {
      if (!isOckamError(cause)) throw cause;
      if (joined >= pieces.length || cause.code === "OCKAM_ROUTING_INVALID_ROUTE") throw invalid(cause);
      if (head.length > MAX_HEAD_LENGTH && head[0] !== INDEFINITE_ARRAY) throw invalid(cause);
    }
    const wanted = head[0] === INDEFINITE_ARRAY ? Infinity : Math.max(FIRST_JOIN_LENGTH, head.length * 2);
    let length = head.length;
    const start = joined;
    while (joined < pieces.length && length < wanted) length += pieces[joined++]!.length;
    head = concatBytes(head, ...pieces.slice(start, joined));
  }
}

/** `head` holds the first `joined` pieces. */
function decode(head: Uint8Array, pieces: readonly Uint8Array[], joined: number): Message {
  const reader = new CborReader(head);
  const items = reader.array();
  items.need("onward_route");
  const onwardRoute = readRoute(reader);
  items.need("return_route");
  const returnRoute = readRoute(reader);
  items.need("payload");
  if (joined >= pieces.length) {
    const payload = reader.bytes();
    if (items.next()) readTracing(reader);
    items.end();
    return new Message(onwardRoute, returnRoute, payload);
  }
  // An array of indefinite length ends somewhere behind the payload: all pieces are joined for it.
  if (head[0] === INDEFINITE_ARRAY) throw cutOff();
  const length = reader.bytesHead();
  const { payload, tail } = cut([head.subarray(reader.offset), ...pieces.slice(joined)], length);
  if (items.next()) {
    const tailReader = new CborReader(concatBytes(...tail));
    readTracing(tailReader);
    while (items.next()) tailReader.skip();
  }
  return new Message(onwardRoute, returnRoute, payload);
}

/** The first `length` bytes of `pieces`, and the rest. */
function cut(
  pieces: readonly Uint8Array[],
  length: number,
): { payload: readonly Uint8Array[]; tail: readonly Uint8Array[] } {
  const payload: Uint8Array[] = [];
  let missing = length;
  for (const [index, piece] of pieces.entries()) {
    if (piece.length <= missing) {
      if (piece.length > 0) payload.push(piece);
      missing -= piece.length;
      continue;
    }
    if (missing > 0) payload.push(piece.subarray(0, missing));
    return { payload, tail: [piece.subarray(missing), ...pieces.slice(index + 1)] };
  }
  if (missing > 0) throw cutOff();
  return { payload, tail: [] };
}

/** Another node's trace has no meaning here. */
function readTracing(reader: CborReader): void {
  const first = reader.raw()[0]!;
  if (first !== NULL && first >> 5 !== TEXT_MAJOR) {
    throw new OckamError("OCKAM_CODEC_INVALID_CBOR", "invalid CBOR: expected text or null as tracing");
  }
}

function cutOff(): OckamError {
  return new OckamError("OCKAM_CODEC_INVALID_CBOR", "invalid CBOR: the data is cut off");
}

function invalid(cause: OckamError): OckamError {
  return new OckamError("OCKAM_ROUTING_INVALID_MESSAGE", `not a transport message: ${cause.message}`, {
    cause,
  });
}
