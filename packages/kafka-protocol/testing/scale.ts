/** How many times the usual number of cases a test runs: `OCKAM_TEST_SCALE`, 1 by default. */
export const SCALE: number = Number(process.env["OCKAM_TEST_SCALE"] ?? 1);
