/** Reflected polynomial of CRC-32 (IEEE 802.3): messages of magic 0 and 1. */
const IEEE = 0xedb88320;
/** Reflected polynomial of CRC-32C (Castagnoli, RFC 3720 appendix B.4): batches of magic 2. */
const CASTAGNOLI = 0x82f63b78;

const SLICES = 8;
let ieeeTables: Int32Array | undefined;
let castagnoliTables: Int32Array | undefined;

/** CRC-32 of the bytes, as an unsigned number. */
export function crc32(bytes: Uint8Array): number {
  ieeeTables ??= makeTables(IEEE);
  return checksum(bytes, ieeeTables);
}

/** CRC-32C of the bytes, as an unsigned number. */
export function crc32c(bytes: Uint8Array): number {
  castagnoliTables ??= makeTables(CASTAGNOLI);
  return checksum(bytes, castagnoliTables);
}

/** Eight bytes at a time, with a table for each ("slicing-by-8"): about six times as fast as byte by byte. */
function checksum(bytes: Uint8Array, tables: Int32Array): number {
  const sliced = bytes.length - (bytes.length % SLICES);
  let crc = -1;
  let i = 0;
  for (; i < sliced; i += SLICES) {
    const low = crc ^ (bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24));
    crc =
      tables[1792 + (low & 0xff)]! ^
      tables[1536 + ((low >>> 8) & 0xff)]! ^
      tables[1280 + ((low >>> 16) & 0xff)]! ^
      tables[1024 + (low >>> 24)]! ^
      tables[768 + bytes[i + 4]!]! ^
      tables[512 + bytes[i + 5]!]! ^
      tables[256 + bytes[i + 6]!]! ^
      tables[bytes[i + 7]!]!;
  }
  for (; i < bytes.length; i++) crc = (crc >>> 8) ^ tables[(crc ^ bytes[i]!) & 0xff]!;
  return ~crc >>> 0;
}

function makeTables(polynomial: number): Int32Array {
  const tables = new Int32Array(SLICES * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    tables[byte] = crc;
  }
  for (let at = 256; at < tables.length; at++) {
    const before = tables[at - 256]!;
    tables[at] = (before >>> 8) ^ tables[before & 0xff]!;
  }
  return tables;
}
