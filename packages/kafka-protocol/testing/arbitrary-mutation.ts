import fc from "fast-check";

/** Changes a message for the worse. */
export type Mutation = (bytes: Uint8Array) => Uint8Array;

const EXTREMES: readonly (readonly number[])[] = [
  [0x7f, 0xff, 0xff, 0xff],
  [0x80, 0x00, 0x00, 0x00],
  [0xff, 0xff, 0xff, 0xff],
  [0x00, 0x0f, 0x42, 0x40],
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0xfe, 0xff, 0xff, 0xff, 0x0f],
  [0x7f, 0xff],
  [0x80, 0x00],
  [0xff, 0xff],
  [0x00],
  [0x01],
  [0x7f],
  [0x80],
  [0xff],
];

/**
 * Sets lengths and counts to their extremes, as integers and as varints of all widths, flips bits, puts in, takes out, repeats parts and
 * cuts off: up to three of these at a time.
 */
export function arbitraryMutation(): fc.Arbitrary<Mutation> {
  const change = fc.record({
    at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    kind: fc.constantFrom("set", "set", "set", "flip", "insert", "remove", "repeat", "cut"),
    bytes: fc.oneof(
      fc.constantFrom(...EXTREMES),
      fc.array(fc.nat({ max: 255 }), { minLength: 1, maxLength: 5 }),
    ),
    length: fc.nat({ max: 64 }),
  });
  return fc.array(change, { minLength: 1, maxLength: 3 }).map((changes) => (original) => {
    let result = Buffer.from(original);
    for (const { at, bytes, kind, length } of changes) {
      const index = Math.floor(at * result.length);
      const before = result.subarray(0, index);
      const behind = result.subarray(index);
      if (kind === "cut") result = Buffer.from(before);
      else if (kind === "insert") result = Buffer.concat([before, Buffer.from(bytes), behind]);
      else if (kind === "remove") result = Buffer.concat([before, behind.subarray(bytes.length)]);
      else if (kind === "repeat") result = Buffer.concat([before, behind.subarray(0, length), behind]);
      else if (kind === "set")
        result = Buffer.concat([before, Buffer.from(bytes), behind.subarray(bytes.length)]);
      else if (behind.length > 0) behind[0]! ^= 1 << (length & 7);
    }
    return new Uint8Array(result);
  });
}
