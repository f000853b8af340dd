import { isOckamError } from "@ockam/codec";

import { nameOf } from "./partition.ts";
import type { Partition } from "./partition.ts";

interface Group {
  readonly partition: Partition;
  readonly cause: Error;
  readonly first: bigint;
  last: bigint;
  count: number;
}

/** The records of a response that are not delivered as they should be: told of together, as there may be a million of them. */
export class UndeliveredRecords {
  readonly #groups = new Map<string, Group>();

  /** In the order of their offsets. */
  add(partition: Partition, offset: bigint, cause: Error): void {
    const reason = isOckamError(cause) ? cause.code : cause.name;
    const key = `${reason} ${partition.partition} ${partition.topic}`;
    const group = this.#groups.get(key);
    if (group === undefined)
      this.#groups.set(key, { partition, cause, first: offset, last: offset, count: 1 });
    else {
      group.last = offset;
      group.count += 1;
    }
  }

  get count(): number {
    return Array.from(this.#groups.values()).reduce((sum, { count }) => sum + count, 0);
  }

  /** One text for each partition and reason, with the first cause. */
  told(): readonly { readonly text: string; readonly cause: Error }[] {
    return Array.from(this.#groups.values(), ({ cause, count, first, last, partition }) => {
      const name = nameOf(partition);
      const text =
        count === 1
          ? `the record of ${name} at ${first} is not delivered as it should be`
          : `${count} records of ${name} from ${first} to ${last} are not delivered as they should be`;
      return { text, cause };
    });
  }
}
