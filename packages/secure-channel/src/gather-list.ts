// A payload as pieces in order: what arrives and leaves is never joined to one array.
import { concatBytes } from "@ockam/codec";

/** Bytes in pieces: their concatenation is what is meant, and where the cuts lie means nothing. */
export type GatherList = readonly Uint8Array[];

/** The number of bytes in all pieces. */
export function lengthOf(pieces: GatherList): number {
  let length = 0;
  for (const piece of pieces) length += piece.length;
  return length;
}

/** One array of all bytes: the piece itself when there is only one. */
export function join(pieces: GatherList): Uint8Array {
  return pieces.length === 1 ? pieces[0]! : concatBytes(...pieces);
}

/**
 * The first `length` bytes as one array (a view if they lie within one piece), or undefined when there are fewer.
 */
export function headOf(pieces: GatherList, length: number): Uint8Array | undefined {
  const first = pieces[0];
  if (first !== undefined && first.length >= length) return first.subarray(0, length);
  const head = new Uint8Array(length);
  let filled = 0;
  for (const piece of pieces) {
    if (filled === length) break;
    const part = piece.subarray(0, length - filled);
    head.set(part, filled);
    filled += part.length;
  }
  return filled === length ? head : undefined;
}

/** Views of the bytes from `start` to before `end`. */
export function sliceOf(pieces: GatherList, start: number, end: number): Uint8Array[] {
  const slice: Uint8Array[] = [];
  let offset = 0;
  for (const piece of pieces) {
    const from = Math.max(start - offset, 0);
    const to = Math.min(end - offset, piece.length);
    if (from < to) slice.push(from === 0 && to === piece.length ? piece : piece.subarray(from, to));
    offset += piece.length;
    if (offset >= end) break;
  }
  return slice;
}
