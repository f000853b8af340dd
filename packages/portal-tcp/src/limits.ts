// What a peer, a client or a backend may make a portal hold or wait for. docs/protocol/portals.md, "Limits".

/** The data of one Payload message, in bytes: the most that Rust sends. Longer ones are accepted. */
export const MAX_PAYLOAD_LENGTH = 131_072;

/** The credit that each stream starts with, in bytes: what its reader may leave lying. */
export const INITIAL_WINDOW = 262_144;

/** What a window grows to while its reader keeps up, in bytes. */
export const MAX_WINDOW = 4_194_304;

/** What all streams of one inlet or outlet together may leave lying beyond {@link MIN_WINDOW} each, in bytes. */
export const WINDOW_BUDGET = 268_435_456;

/** The window of a stream that opens when the budget is used up, in bytes. */
export const MIN_WINDOW = 16_384;

/**
 * Bytes that a stream without credit (a Rust peer) may leave lying before the way they came by is held, which stops
 * its neighbours too: without credit there is no other way to say "wait".
 */
export const MAX_UNCREDITED_LENGTH = 1_048_576;

/** How long such a stream may hold the way, in milliseconds; then it is reset so that its neighbours go on. */
export const STALL_TIMEOUT = 30_000;

/** Streams that one inlet or outlet has open at a time unless told otherwise. */
export const MAX_STREAMS = 16_384;

/** Answers of an outlet that has no room for another stream, which may wait for a congested way; others are left out. */
export const MAX_REFUSALS = 64;

/** How long an inlet waits for the outlet's Pong, in milliseconds. */
export const PONG_TIMEOUT = 30_000;

/** How long a client of an inlet with TLS may take for the handshake unless told otherwise, in milliseconds. */
export const TLS_HANDSHAKE_TIMEOUT = 10_000;

/** Streams of one inlet whose client left before the Pong, and that wait to tell a late one so. */
export const MAX_LATE_PONGS = 1024;

/** How long an outlet tries to reach its target, in milliseconds: less than {@link PONG_TIMEOUT}, so that its reason arrives. */
export const TARGET_TIMEOUT = 15_000;

/** Silence after which a stream between two peers with credit asks whether the other one still is there, in milliseconds. */
export const KEEP_ALIVE_INTERVAL = 60_000;

/** Silence after which such a stream is reset, in milliseconds. */
export const KEEP_ALIVE_TIMEOUT = 180_000;

/**
 * How long a client of an inlet towards a Rust outlet may still receive after it ended its sending side, counted from
 * the last bytes, in milliseconds: such an outlet knows no half-closed connections.
 */
export const LINGER_TIMEOUT = 1_000;

/** How long an application may take nothing of what is left for it after the end of a stream, in milliseconds. */
export const LEFTOVER_TIMEOUT = 300_000;

/** How long a socket that was ended waits for its other side to end, in milliseconds. */
export const CLOSE_TIMEOUT = 2_000;

/** How often a portal looks whether the ways of its streams still exist, in milliseconds. */
export const WATCH_INTERVAL = 100;

/** How often each stream looks whether its peer or its reader has been silent for too long, in milliseconds. */
export const TICK_INTERVAL = 1_000;
