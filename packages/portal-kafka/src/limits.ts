/** How many brokers a portal leads to. */
export const MAX_BROKERS = 1000;
