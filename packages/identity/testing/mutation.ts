// What an attacker or a broken disk may do to bytes.
import fc from "fast-check";

/** Every proper beginning of `bytes`, the empty one included. */
export function* truncations(bytes: Uint8Array): Iterable<Uint8Array> {
  for (let length = 0; length < bytes.length; length++) yield bytes.slice(0, length);
}

/** `bytes` with one bit inverted, for every bit. */
export function* bitFlips(bytes: Uint8Array): Iterable<Uint8Array> {
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = bytes.slice();
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    yield flipped;
  }
}

/** `bytes` after one to four edits, each of which replaces a short range by other bytes or repeats a range. */
export function mutations(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  const edit = fc.record({
    start: fc.nat(bytes.length),
    length: fc.nat(8),
    replacement: fc.oneof(
      fc.uint8Array({ maxLength: 8 }),
      fc.tuple(fc.nat(bytes.length), fc.nat(80)).map(([from, count]) => bytes.slice(from, from + count)),
      fc.constantFrom(0x9f, 0xff, 0xf6, 0xf7, 0x80, 0xa0, 0x1b, 0x5f).map((byte) => Uint8Array.of(byte)),
    ),
  });
  return fc.array(edit, { minLength: 1, maxLength: 4 }).map((edits) => {
    let mutated = bytes;
    for (const { start, length, replacement } of edits) {
      mutated = Uint8Array.of(...mutated.slice(0, start), ...replacement, ...mutated.slice(start + length));
    }
    return mutated;
  });
}
