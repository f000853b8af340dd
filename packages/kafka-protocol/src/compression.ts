import { decompressionLimit } from "./bounded-output.ts";
import { invalidRecords, kafkaError } from "./kafka-error.ts";
import { lz4Compress, lz4Decompress } from "./lz4.ts";
import { snappyCompress, snappyDecompress } from "./snappy.ts";

/** How the records of a batch are compressed; the index is Kafka's number for it. */
export const COMPRESSIONS = ["none", "gzip", "snappy", "lz4", "zstd"] as const;

/** One of {@link COMPRESSIONS}. */
export type Compression = (typeof COMPRESSIONS)[number];

interface Codec {
  compress(data: Uint8Array, magic: number): Uint8Array;
  decompress(data: Uint8Array, magic: number, limit: number): Uint8Array;
}

/**
 * Compressed bytes. gzip needs Node.js, zstd Node.js 22.15 or later; snappy and lz4 work anywhere.
 * @throws OckamError OCKAM_KAFKA_PROTOCOL_COMPRESSION_UNAVAILABLE
 */
export function compress(compression: Compression, data: Uint8Array, magic: number): Uint8Array {
  return CODECS[compression].compress(data, magic);
}

/**
 * Decompressed bytes, at most `limit`.
 * @throws OckamError OCKAM_KAFKA_PROTOCOL_INVALID_RECORDS, OCKAM_KAFKA_PROTOCOL_DECOMPRESSION_LIMIT,
 * OCKAM_KAFKA_PROTOCOL_COMPRESSION_UNAVAILABLE
 */
export function decompress(
  compression: Compression,
  data: Uint8Array,
  magic: number,
  limit: number,
): Uint8Array {
  return CODECS[compression].decompress(data, magic, limit);
}

const CODECS: Readonly<Record<Compression, Codec>> = {
  none: {
    compress: (data) => data,
    decompress: (data) => data,
  },
  gzip: {
    compress: (data) => plain(zlib("gzip").gzipSync(data)),
    decompress: (data, _, limit) =>
      inflate(limit, (maxOutputLength) => zlib("gzip").gunzipSync(data, { maxOutputLength })),
  },
  snappy: {
    compress: (data) => snappyCompress(data),
    decompress: (data, _, limit) => snappyDecompress(data, limit),
  },
  lz4: {
    compress: (data, magic) => lz4Compress(data, { legacyHeader: magic === 0 }),
    decompress: (data, magic, limit) => lz4Decompress(data, limit, { legacyHeader: magic === 0 }),
  },
  zstd: {
    compress: (data) => plain(zlib("zstd").zstdCompressSync(data)),
    decompress: (data, _, limit) =>
      inflate(limit, (maxOutputLength) => zlib("zstd").zstdDecompressSync(data, { maxOutputLength })),
  },
};

function inflate(limit: number, run: (limit: number) => Uint8Array): Uint8Array {
  // zlib takes no limit below one byte.
  if (limit < 1) throw decompressionLimit(limit);
  try {
    return plain(run(limit));
  } catch (cause) {
    if (!(cause instanceof Error) || !("code" in cause)) throw cause;
    if (cause.code === "ERR_BUFFER_TOO_LARGE") throw decompressionLimit(limit);
    if (String(cause.code).startsWith("OCKAM_")) throw cause;
    throw invalidRecords("the compressed records are damaged", cause);
  }
}

/** A Uint8Array for Node's Buffer, of the same memory. */
function plain(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

/** The module's type, named without importing it: this package also loads where it does not exist. */
type Zlib = ReturnType<typeof globalThis.process.getBuiltinModule<"node:zlib">>;

function zlib(compression: "gzip" | "zstd"): Zlib {
  const found = globalThis.process?.getBuiltinModule?.("node:zlib");
  if (found === undefined || (compression === "zstd" && found.zstdDecompressSync === undefined)) {
    throw kafkaError(
      "OCKAM_KAFKA_PROTOCOL_COMPRESSION_UNAVAILABLE",
      compression === "zstd"
        ? "zstd needs Node.js 22.15 or later: update it, or use another compression"
        : "gzip needs Node.js: use snappy or lz4",
    );
  }
  return found;
}
