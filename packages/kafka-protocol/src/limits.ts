/** Longest message behind a length prefix, in bytes: a broker's default `socket.request.max.bytes`. */
export const MAX_FRAME_LENGTH: number = 100 * 1024 * 1024;

/** Longest string, in UTF-8 bytes. */
export const MAX_STRING_LENGTH = 0x7fff;

/**
 * Most structs and unknown tagged fields in one message. A struct may take one byte on the wire and takes a hundred as an object;
 * arrays of numbers are bounded by the bytes that are left alone.
 */
export const MAX_MESSAGE_STRUCTS = 1_000_000;

/** Most batches in one record set; before magic 2, a record that is not compressed is one. */
export const MAX_SET_BATCHES = 500_000;

/** Most records in one batch. */
export const MAX_BATCH_RECORDS = 1_000_000;

/** Most bytes that the batches of one record set may grow to, whatever their ratio. */
export const MAX_DECOMPRESSED_LENGTH: number = 512 * 1024 * 1024;

/** Most decompressed bytes for each byte of a record set… */
export const MAX_DECOMPRESSION_RATIO = 256;

/** …but this many bytes may come out of any record set, however short. */
export const MIN_DECOMPRESSION_ALLOWANCE: number = 32 * 1024 * 1024;
