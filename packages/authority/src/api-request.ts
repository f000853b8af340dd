// A request to a service of an authority. docs/protocol/authority.md, "Requests".
//
//   payload = BARE data: CBOR header, body
//   header  = { 1: id: uint32, 2: path: text, ? 3: method: uint, 4: has-body: bool }
import {
  CborReader,
  CborWriter,
  concatBytes,
  decodeBareBytes,
  encodeBareBytes,
  isOckamError,
} from "@ockam/codec";

import { invalidMessage } from "./authority-error.ts";
import { MAX_BODY_LENGTH } from "./constants.ts";

/** What is asked for. */
export type Method = "GET" | "POST" | "PUT" | "DELETE" | "PATCH";

const METHODS: readonly Method[] = ["GET", "POST", "PUT", "DELETE", "PATCH"];
const MAX_ID = 0xffff_ffff;
/** The longest path that is read, in characters. */
export const MAX_PATH_LENGTH = 256;

/** A request. */
export interface ApiRequest {
  /** Random, not 0; the answer repeats it. */
  readonly id: number;
  readonly path: string;
  /** Undefined for one that is not known here. */
  readonly method: Method | undefined;
  /** CBOR; undefined when there is none. */
  readonly body: Uint8Array | undefined;
}

/** The payload of a request. */
export function encodeApiRequest({ body, id, method, path }: ApiRequest): Uint8Array {
  const writer = new CborWriter()
    .map(method === undefined ? 3 : 4)
    .uint(1)
    .uint(id)
    .uint(2)
    .text(path);
  if (method !== undefined) writer.uint(3).uint(METHODS.indexOf(method));
  const header = writer
    .uint(4)
    .bool(body !== undefined)
    .finish();
  return encodeBareBytes(body === undefined ? header : concatBytes(header, body));
}

/**
 * Reads the payload of a request. Unknown fields are skipped.
 * @throws OckamError OCKAM_AUTHORITY_INVALID_MESSAGE
 */
export function decodeApiRequest(payload: Uint8Array): ApiRequest {
  try {
    return decode(payload);
  } catch (error) {
    if (!isOckamError(error)) throw error;
    throw invalidMessage("a request that cannot be read", error);
  }
}

function decode(payload: Uint8Array): ApiRequest {
  const data = decodeBareBytes(payload);
  if (data.length > MAX_BODY_LENGTH) throw invalidMessage(`a request of ${data.length} bytes`);
  const reader = new CborReader(data);
  const fields = reader.map();
  let id: number | undefined;
  let path: string | undefined;
  let method: number | undefined;
  let hasBody: boolean | undefined;
  while (fields.next()) {
    const key = reader.uint();
    if (key === 1) id = reader.uint(MAX_ID);
    else if (key === 2) path = reader.text();
    else if (key === 3) method = reader.null() ? undefined : reader.uint();
    else if (key === 4) hasBody = reader.bool();
    else reader.skip();
  }
  fields.end();
  if (id === undefined || path === undefined || hasBody === undefined || path.length > MAX_PATH_LENGTH) {
    throw invalidMessage("a request without one of its fields, or with a path that is too long");
  }
  return {
    id,
    path,
    method: method === undefined ? undefined : METHODS[method],
    body: hasBody ? data.subarray(reader.offset) : undefined,
  };
}
