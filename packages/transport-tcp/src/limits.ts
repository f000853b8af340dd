// What a peer may make this transport hold or wait for. docs/protocol/transport-tcp.md, "Limits".

/** The first byte of each direction of a connection. */
export const TCP_PROTOCOL_VERSION = 1;

/** The bytes of the length in front of each message: an unsigned 32-bit number, big endian. */
export const FRAME_HEADER_LENGTH = 4;

/** How long an accepted or opened connection may stay without its version byte, in milliseconds. */
export const VERSION_TIMEOUT = 10_000;

/** How many connections one listener keeps at a time unless told otherwise; further ones are closed at once. */
export const MAX_CONNECTIONS = 10_000;

/** Bytes of messages that have arrived in part, on all connections of one listener together: 16 of the longest. */
export const MAX_UNFINISHED_LENGTH = 268_435_456;

/** How long `connect` tries all addresses of a host together, in milliseconds. */
export const CONNECT_TIMEOUT = 30_000;

/** How long `connect` tries one of several addresses before it goes on to the next, in milliseconds. */
export const CONNECT_ATTEMPT_TIMEOUT = 2_500;

/** Bytes that wait in front of a socket before `send` asks its caller to wait. */
export const SEND_BUFFER_LENGTH = 1_048_576;

/** How long `close` waits for the peer to take what was written, in milliseconds. */
export const CLOSE_TIMEOUT = 2_000;

/** How long `close` then waits for the peer to close its side, in milliseconds. */
export const LINGER_TIMEOUT = 500;

/** Idle time after which the kernel probes a connection, in milliseconds: a peer that vanished must not hold a place. */
export const KEEP_ALIVE_DELAY = 300_000;
