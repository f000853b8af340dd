/** `bytes` in pieces, cut at the given offsets; offsets may repeat, lie outside and come in any order. */
export function cutAt(bytes: Uint8Array, offsets: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let start = 0;
  for (const offset of offsets.toSorted((a, b) => a - b)) {
    pieces.push(bytes.subarray(start, offset));
    start = Math.min(offset, bytes.length);
  }
  pieces.push(bytes.subarray(start));
  return pieces;
}
