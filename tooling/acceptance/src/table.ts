/**
 * How many rows each part of the acceptance table has: A1 to A13, and so on. P, rendezvous over UDP, is left out: there
 * is no UDP transport.
 */
const PARTS: Readonly<Record<string, number>> = {
  A: 13,
  B: 7,
  C: 4,
  D: 4,
  E: 5,
  F: 26,
  G: 25,
  H: 9,
  I: 6,
  J: 5,
  K: 5,
  L: 17,
  M: 12,
  N: 3,
  O: 12,
  Q: 1,
  R: 7,
};

/** The ids of the acceptance table: rows that are not among them are our own. */
export const TABLE_IDS: readonly string[] = Object.entries(PARTS).flatMap(([part, rows]) =>
  Array.from({ length: rows }, (_, index) => `${part}${index + 1}`),
);
