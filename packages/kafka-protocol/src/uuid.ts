const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const VALUES: ReadonlyMap<string, number> = new Map(
  ALPHABET.split("").map((letter, value) => [letter, value]),
);

/** Bytes of a UUID. */
export const UUID_LENGTH = 16;

/** Kafka's way to say that there is no UUID: all zeros. */
export const ZERO_UUID = "AAAAAAAAAAAAAAAAAAAAAA";

/** The 16 bytes at `offset` as Kafka's tools print a UUID: 22 characters of unpadded base64url (RFC 4648 § 5). */
export function formatUuid(bytes: Uint8Array, offset = 0): string {
  if (bytes.length - offset < UUID_LENGTH) throw new RangeError("a UUID has 16 bytes");
  let text = "";
  for (let i = 0; i < 15; i += 3) {
    const group = (bytes[offset + i]! << 16) | (bytes[offset + i + 1]! << 8) | bytes[offset + i + 2]!;
    text += ALPHABET[group >> 18]! + ALPHABET[(group >> 12) & 63]!;
    text += ALPHABET[(group >> 6) & 63]! + ALPHABET[group & 63]!;
  }
  const last = bytes[offset + 15]!;
  return text + ALPHABET[last >> 2]! + ALPHABET[(last & 3) << 4]!;
}

/**
 * The 16 bytes of a UUID as Kafka's tools print it.
 * @throws RangeError for any other text.
 */
export function parseUuid(text: string): Uint8Array {
  if (!/^[A-Za-z0-9_-]{21}[AQgw]$/.test(text)) {
    throw new RangeError("a Kafka UUID is 22 characters of base64url (A-Z a-z 0-9 - _)");
  }
  const bytes = new Uint8Array(UUID_LENGTH);
  for (let i = 0, bits = 0, held = 0, out = 0; i < text.length; i++) {
    bits = ((bits << 6) | VALUES.get(text[i]!)!) & 0xffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes[out++] = bits >> held;
  }
  return bytes;
}
