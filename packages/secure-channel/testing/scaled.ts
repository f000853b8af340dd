const scale = Number(process.env["OCKAM_TEST_SCALE"] ?? 1);

/** A count of runs or messages, times the setting OCKAM_TEST_SCALE. */
export function scaled(base: number): number {
  return Math.max(1, Math.round(base * scale));
}

/** Milliseconds for a test whose counts are {@link scaled}. */
export const SCALED_TIMEOUT: number = 20_000 * Math.max(1, scale);
