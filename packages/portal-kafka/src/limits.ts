/** How many brokers a portal leads to. */
export const MAX_BROKERS = 1000;
/**
 * How long after a key could not be agreed on, deposited or fetched the next attempt is made, ms: until then the same
 * failure is reported.
 */
export const KEY_RETRY_DELAY = 2000;
/** How many keys are in memory at a time; the one that was not used longest is read from the storage again when it is needed. */
export const MAX_OPEN_KEYS = 1000;
