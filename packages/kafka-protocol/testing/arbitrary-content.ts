import fc from "fast-check";

/** Bytes with repetitions near and far, as records have them. */
export const arbitraryContent: fc.Arbitrary<Uint8Array> = fc
  .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 60 })), {
    maxLength: 20,
  })
  .map((parts) =>
    Uint8Array.from(
      parts.flatMap(([bytes, times]) => Array.from({ length: times }, () => [...bytes]).flat()),
    ),
  );
