import { nodeError } from "../node-error.ts";

/** One row of a table: columns by name. */
export type Row = Readonly<Record<string, null | number | bigint | string | Uint8Array>>;

/** A text column. */
export function textOf(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== "string") throw unexpected(column);
  return value;
}

/** A text column that may be null. */
export function optionalTextOf(row: Row, column: string): string | undefined {
  return row[column] === null ? undefined : textOf(row, column);
}

/** An integer column. */
export function integerOf(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== "number") throw unexpected(column);
  return value;
}

/** An integer column that may be null. */
export function optionalIntegerOf(row: Row, column: string): number | undefined {
  return row[column] === null ? undefined : integerOf(row, column);
}

/** A blob column, as bytes of their own. */
export function bytesOf(row: Row, column: string): Uint8Array {
  const value = row[column];
  if (!(value instanceof Uint8Array)) throw unexpected(column);
  return Uint8Array.from(value);
}

function unexpected(column: string): Error {
  return nodeError(
    "STATE_DAMAGED",
    `the state holds something unexpected in column ${column}; "ockam reset" starts afresh`,
  );
}
