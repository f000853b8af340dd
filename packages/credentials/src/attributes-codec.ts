// The two forms of attributes: byte strings in a credential, arrays of integers where they are stored.
// docs/protocol/credentials.md, "Attributes".
import { CborReader, CborWriter, isOckamError, OckamError } from "@ockam/codec";

import { Attributes } from "./attributes.ts";
import { MAX_ATTRIBUTES } from "./constants.ts";
import { CREDENTIALS_ERROR_CODES } from "./credential-error.ts";

/** Writes `{ * bstr => bstr }`, as inside a credential. */
export function writeAttributes(writer: CborWriter, attributes: Attributes): void {
  writer.map(attributes.size);
  for (const [name, value] of attributes) writer.bytes(name).bytes(value);
}

/**
 * Reads `{ * bstr => bstr }`.
 * @param refuse makes the error for more than {@link MAX_ATTRIBUTES} from a reason.
 * @throws what `refuse` returns, or OckamError OCKAM_CODEC_INVALID_CBOR.
 */
export function readAttributes(reader: CborReader, refuse: (reason: string) => Error): Attributes {
  return readEntries(reader, refuse, () => reader.bytes());
}

/**
 * The form in which attributes are stored: `{ * [* 0..255] => [* 0..255] }`, as in the Rust implementation's database.
 */
export function encodeStoredAttributes(attributes: Attributes): Uint8Array {
  const writer = new CborWriter();
  writeStoredAttributes(writer, attributes);
  return writer.finish();
}

/** Writes what {@link encodeStoredAttributes} encodes, as a part of something larger. */
export function writeStoredAttributes(writer: CborWriter, attributes: Attributes): void {
  writer.map(attributes.size);
  for (const [name, value] of attributes) {
    for (const bytes of [name, value]) {
      writer.array(bytes.length);
      for (const byte of bytes) writer.uint(byte);
    }
  }
}

/**
 * Decodes what {@link encodeStoredAttributes} made.
 * @throws OckamError OCKAM_CREDENTIALS_INVALID_ATTRIBUTES
 */
export function decodeStoredAttributes(encoded: Uint8Array): Attributes {
  try {
    return readStoredAttributes(new CborReader(encoded));
  } catch (error) {
    if (!isOckamError(error, "OCKAM_CODEC_INVALID_CBOR")) throw error;
    throw invalidAttributes("they cannot be decoded", error);
  }
}

/**
 * Reads what {@link encodeStoredAttributes} made, as a part of something larger.
 * @throws OckamError OCKAM_CREDENTIALS_INVALID_ATTRIBUTES for too many, OCKAM_CODEC_INVALID_CBOR
 */
export function readStoredAttributes(reader: CborReader): Attributes {
  return readEntries(reader, invalidAttributes, () => readIntegers(reader));
}

function readEntries(
  reader: CborReader,
  refuse: (reason: string) => Error,
  read: () => Uint8Array,
): Attributes {
  const entries: [Uint8Array, Uint8Array][] = [];
  const items = reader.map();
  while (items.next()) {
    if (entries.length === MAX_ATTRIBUTES) throw refuse(`there are more than ${MAX_ATTRIBUTES} attributes`);
    entries.push([read(), read()]);
  }
  items.end();
  return new Attributes(entries);
}

function readIntegers(reader: CborReader): Uint8Array {
  const bytes: number[] = [];
  const items = reader.array();
  while (items.next()) bytes.push(reader.uint(0xff));
  items.end();
  return Uint8Array.from(bytes);
}

function invalidAttributes(reason: string, cause?: unknown): OckamError {
  return new OckamError(
    CREDENTIALS_ERROR_CODES.invalidAttributes,
    `the stored attributes are damaged: ${reason}`,
    { cause },
  );
}
