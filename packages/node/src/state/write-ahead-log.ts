import { closeSync, openSync, readSync, statSync } from "node:fs";

import { stateDamaged } from "./migration.ts";
import type { Schema } from "./migration.ts";

/** https://www.sqlite.org/fileformat2.html#the_write_ahead_log */
const HEADER_LENGTH = 32;
/** The lowest bit says in which order the bytes of checksums are. */
const MAGIC = 0x377f0682;

/** Whether commits wait in the log of a database file. */
export function hasLog(path: string): boolean {
  return (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/**
 * Checks that the log of a database file begins as one: SQLite takes one that does not for empty, and what was in it
 * would be gone without a word.
 * @throws OckamError OCKAM_NODE_STATE_DAMAGED
 */
export function expectWholeLog(path: string, schema: Schema): void {
  if (!hasLog(path)) return;
  const log = `${path}-wal`;
  const header = new Uint8Array(HEADER_LENGTH);
  const file = openSync(log, "r");
  try {
    // Shorter: whoever began it has not written anything else.
    if (readSync(file, header) < HEADER_LENGTH) return;
  } finally {
    closeSync(file);
  }
  const magic = new DataView(header.buffer).getUint32(0) & ~1;
  if (magic !== MAGIC) throw stateDamaged(log, schema, new Error("it is no log of SQLite"));
}
