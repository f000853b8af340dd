import { concatBytes } from "@ockam/codec";

import { AEAD_TAG_LENGTH } from "./backend.ts";

/**
 * Cuts the trailing tag off a ciphertext in pieces, wherever the pieces are cut. The body is views, without empty ones.
 * @returns undefined when there are fewer bytes than a tag has.
 */
export function splitTag(
  pieces: readonly Uint8Array[],
): { readonly body: readonly Uint8Array[]; readonly tag: Uint8Array } | undefined {
  let remaining = -AEAD_TAG_LENGTH;
  for (const piece of pieces) remaining += piece.length;
  if (remaining < 0) return undefined;
  const body: Uint8Array[] = [];
  const ends: Uint8Array[] = [];
  for (const piece of pieces) {
    const count = Math.min(remaining, piece.length);
    if (count > 0) body.push(count === piece.length ? piece : piece.subarray(0, count));
    if (count < piece.length) ends.push(piece.subarray(count));
    remaining -= count;
  }
  return { body, tag: ends.length === 1 ? ends[0]! : concatBytes(...ends) };
}
