const scale = Number(process.env["OCKAM_TEST_SCALE"] ?? 1);

/** A count of runs, times the setting OCKAM_TEST_SCALE. */
export function scaled(count: number): number {
  return Math.ceil(count * scale);
}
