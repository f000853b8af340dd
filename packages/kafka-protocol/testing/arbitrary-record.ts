import fc from "fast-check";

import type { KafkaRecord } from "../src/kafka-record.ts";
import { arbitraryText } from "./arbitrary-text.ts";

const bytes = fc.option(fc.uint8Array({ maxLength: 20 }), { freq: 4 });
const header = fc.record({ key: arbitraryText, value: bytes }, { noNullPrototype: true });

/** Records with ascending offsets that have gaps, and times in any order. Header names repeat now and then. */
export const arbitraryRecords: fc.Arbitrary<readonly KafkaRecord[]> = fc
  .tuple(
    fc.bigInt({ min: 0n, max: 2n ** 40n }),
    fc.array(
      fc.record(
        {
          gap: fc.bigInt({ min: 1n, max: 1000n }),
          timestamp: fc.bigInt({ min: -1n, max: 2n ** 50n }),
          key: bytes,
          value: bytes,
          headers: fc.array(header, { maxLength: 3 }),
          attributes: fc.integer({ min: -128, max: 127 }),
        },
        { noNullPrototype: true },
      ),
      { minLength: 1, maxLength: 5 },
    ),
  )
  .map(([base, parts]) => {
    let offset = base;
    return parts.map(({ gap, ...record }) => ({ ...record, offset: (offset += gap) }));
  });
