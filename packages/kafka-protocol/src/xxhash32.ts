const PRIME_1 = 0x9e3779b1;
const PRIME_2 = 0x85ebca77;
const PRIME_3 = 0xc2b2ae3d;
const PRIME_4 = 0x27d4eb2f;
const PRIME_5 = 0x165667b1;

/** XXH32 of the bytes with seed 0, as an unsigned number: the checksum of LZ4 frames (xxHash specification 0.1.1). */
export function xxhash32(bytes: Uint8Array): number {
  let offset = 0;
  let hash = PRIME_5;
  if (bytes.length >= 16) {
    let a = (PRIME_1 + PRIME_2) | 0;
    let b = PRIME_2;
    let c = 0;
    let d = -PRIME_1;
    for (; offset + 16 <= bytes.length; offset += 16) {
      a = round(a, word(bytes, offset));
      b = round(b, word(bytes, offset + 4));
      c = round(c, word(bytes, offset + 8));
      d = round(d, word(bytes, offset + 12));
    }
    hash = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18);
  }
  hash = (hash + bytes.length) | 0;
  for (; offset + 4 <= bytes.length; offset += 4) {
    hash = Math.imul(rotate(hash + Math.imul(word(bytes, offset), PRIME_3), 17), PRIME_4);
  }
  for (; offset < bytes.length; offset++) {
    hash = Math.imul(rotate(hash + Math.imul(bytes[offset]!, PRIME_5), 11), PRIME_1);
  }
  hash = Math.imul(hash ^ (hash >>> 15), PRIME_2);
  hash = Math.imul(hash ^ (hash >>> 13), PRIME_3);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function round(lane: number, input: number): number {
  return Math.imul(rotate(lane + Math.imul(input, PRIME_2), 13), PRIME_1);
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function word(bytes: Uint8Array, offset: number): number {
  return bytes[offset]! | (bytes[offset + 1]! << 8) | (bytes[offset + 2]! << 16) | (bytes[offset + 3]! << 24);
}
