// The answer of a service of an authority. docs/protocol/authority.md, "Answers".
//
//   payload = BARE data: CBOR header, body
//   header  = { 1: id: uint32, 2: re: uint32, ? 3: status: uint, 4: has-body: bool }
//   error   = { ? 1: path: text, ? 2: method: uint, ? 3: message: text, ? 4: cause: error }
import {
  CborReader,
  CborWriter,
  concatBytes,
  decodeBareBytes,
  decodeUtf8,
  encodeBareBytes,
  isOckamError,
} from "@ockam/codec";

import type { ApiRequest, Method } from "./api-request.ts";
import { invalidMessage } from "./authority-error.ts";
import { MAX_BODY_LENGTH } from "./constants.ts";

/** Statuses that are sent. */
export const STATUS = { ok: 200, badRequest: 400, forbidden: 403, notFound: 404, failed: 500 } as const;

/** An answer. */
export interface ApiResponse {
  /** Random. */
  readonly id: number;
  /** The id of the request; 0 when that could not be read. */
  readonly re: number;
  /** As HTTP's. Undefined for one that is not known here. */
  readonly status: number | undefined;
  /** CBOR; undefined when there is none. */
  readonly body: Uint8Array | undefined;
}

const MAX_ID = 0xffff_ffff;
const METHODS: readonly Method[] = ["GET", "POST", "PUT", "DELETE", "PATCH"];
/** The longest reason of a peer that is repeated, in characters. */
export const MAX_REASON_LENGTH = 512;
const [BYTES, TEXT] = [2, 3];
// Causes within causes that are read.
const MAX_CAUSES = 4;

/** The payload of an answer. */
export function encodeApiResponse({ body, id, re, status }: ApiResponse): Uint8Array {
  const writer = new CborWriter()
    .map(status === undefined ? 3 : 4)
    .uint(1)
    .uint(id)
    .uint(2)
    .uint(re);
  if (status !== undefined) writer.uint(3).uint(status);
  const header = writer
    .uint(4)
    .bool(body !== undefined)
    .finish();
  return encodeBareBytes(body === undefined ? header : concatBytes(header, body));
}

/**
 * Reads the payload of an answer. Unknown fields are skipped.
 * @throws OckamError OCKAM_AUTHORITY_INVALID_MESSAGE
 */
export function decodeApiResponse(payload: Uint8Array): ApiResponse {
  try {
    return decode(payload);
  } catch (error) {
    if (!isOckamError(error)) throw error;
    throw invalidMessage("an answer that cannot be read", error);
  }
}

function decode(payload: Uint8Array): ApiResponse {
  const data = decodeBareBytes(payload);
  if (data.length > MAX_BODY_LENGTH) throw invalidMessage(`an answer of ${data.length} bytes`);
  const reader = new CborReader(data);
  const fields = reader.map();
  let id: number | undefined;
  let re: number | undefined;
  let status: number | undefined;
  let hasBody: boolean | undefined;
  while (fields.next()) {
    const key = reader.uint();
    if (key === 1) id = reader.uint(MAX_ID);
    else if (key === 2) re = reader.uint(MAX_ID);
    else if (key === 3) status = reader.null() ? undefined : reader.uint();
    else if (key === 4) hasBody = reader.bool();
    else reader.skip();
  }
  fields.end();
  if (id === undefined || re === undefined || hasBody === undefined) {
    throw invalidMessage("an answer without one of its fields");
  }
  return { id, re, status, body: hasBody ? data.subarray(reader.offset) : undefined };
}

/** The body of an answer that is an error. */
export function encodeApiError(
  request: Pick<ApiRequest, "path" | "method"> | undefined,
  message: string,
): Uint8Array {
  const { method, path } = request ?? {};
  const writer = new CborWriter().map(1 + (path === undefined ? 0 : 1) + (method === undefined ? 0 : 1));
  if (path !== undefined) writer.uint(1).text(path);
  if (method !== undefined) writer.uint(2).uint(METHODS.indexOf(method));
  return writer.uint(3).text(message).finish();
}

/**
 * The reason in an error's body, printable and at most {@link MAX_REASON_LENGTH} characters. A body may also be text, or
 * bytes that are text, as older peers send it; of one that makes no sense nothing is left.
 */
export function decodeApiError(body: Uint8Array | undefined): string {
  if (body === undefined) return "";
  try {
    const reader = new CborReader(body);
    const majorType = (body[0] ?? 0) >> 5;
    if (majorType === TEXT) return printable(reader.text());
    if (majorType === BYTES) return printable(decodeUtf8(reader.bytes()));
    return printable(readReason(reader, MAX_CAUSES));
  } catch (error) {
    if (isOckamError(error)) return "";
    throw error;
  }
}

function readReason(reader: CborReader, causes: number): string {
  const fields = reader.map();
  const reasons: string[] = [];
  while (fields.next()) {
    const key = reader.uint();
    if (reader.null()) continue;
    if (key === 3) reasons.push(reader.text());
    else if (key === 4 && causes > 0) reasons.push(readReason(reader, causes - 1));
    else reader.skip();
  }
  fields.end();
  return reasons.filter((reason) => reason !== "").join(": ");
}

function printable(text: string): string {
  return text.slice(0, MAX_REASON_LENGTH).replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "\u{FFFD}");
}
