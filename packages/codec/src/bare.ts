// The BARE subset that Ockam uses: unsigned varints, strings and data. docs/protocol/encodings.md, "BARE".
import { concatBytes, decodeUtf8, encodeUtf8 } from "./bytes.ts";
import { OckamError } from "./error.ts";

/** An unsigned LEB128 number of 64 bits takes at most this many bytes. */
export const MAX_UVARINT_LENGTH = 10;

/** The shortest unsigned LEB128 form of a non-negative safe integer. */
export function encodeUvarint(value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new RangeError(`"value" expected a non-negative safe integer, got ${value}`);
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

/**
 * Reads an unsigned LEB128 number at `offset`; non-shortest forms are accepted, as Rust does.
 * @returns the value and the offset after it.
 * @throws OckamError OCKAM_CODEC_INVALID_BARE when it is cut off or exceeds 2^53 - 1.
 */
export function decodeUvarint(data: Uint8Array, offset = 0): { value: number; end: number } {
  let value = 0;
  let scale = 1;
  for (let i = 0; i < MAX_UVARINT_LENGTH; i++) {
    const byte = data[offset + i];
    if (byte === undefined) throw invalid("a length is cut off");
    const group = byte & 0x7f;
    if (group !== 0) value += group * scale;
    if (value > Number.MAX_SAFE_INTEGER) throw invalid("a length is too large");
    if (byte < 0x80) return { value, end: offset + i + 1 };
    scale *= 0x80;
  }
  throw invalid("a length takes more than 10 bytes");
}

/** BARE data: length, then the bytes. */
export function encodeBareBytes(bytes: Uint8Array): Uint8Array {
  return concatBytes(encodeUvarint(bytes.length), bytes);
}

/**
 * The content of BARE data (a view of `data`); bytes after it are ignored, as Rust does.
 * @throws OckamError OCKAM_CODEC_INVALID_BARE
 */
export function decodeBareBytes(data: Uint8Array): Uint8Array {
  const { value: length, end } = decodeUvarint(data);
  if (length > data.length - end) throw invalid(`announces ${length} bytes, ${data.length - end} follow`);
  return data.subarray(end, end + length);
}

/** A BARE string: length of its UTF-8 form, then that. */
export function encodeBareString(text: string): Uint8Array {
  return encodeBareBytes(encodeUtf8(text));
}

/**
 * The text of a BARE string; bytes after it are ignored.
 * @throws OckamError OCKAM_CODEC_INVALID_BARE, OCKAM_CODEC_INVALID_UTF8
 */
export function decodeBareString(data: Uint8Array): string {
  return decodeUtf8(decodeBareBytes(data));
}

function invalid(what: string): OckamError {
  return new OckamError("OCKAM_CODEC_INVALID_BARE", `invalid BARE value: ${what}`);
}
