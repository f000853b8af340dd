// Attributes as requests carry them. docs/protocol/authority.md, "Attributes".
import type { CborReader, CborWriter } from "@ockam/codec";
import { Attributes, MAX_ATTRIBUTES, RESERVED_ATTRIBUTES } from "@ockam/credentials";

import { invalidMessage } from "./authority-error.ts";
import { MAX_ATTRIBUTES_LENGTH, MAX_MEMBER_ATTRIBUTES } from "./constants.ts";

/** Writes `{ * text => text }`, sorted. */
export function writeAttributeTexts(writer: CborWriter, attributes: ReadonlyMap<string, string>): void {
  const entries = [...attributes].toSorted(([a], [b]) => (a < b ? -1 : 1));
  writer.map(entries.length);
  for (const [name, value] of entries) writer.text(name).text(value);
}

/** Reads `{ * text => text }`. @throws OckamError OCKAM_AUTHORITY_INVALID_MESSAGE, OCKAM_CODEC_INVALID_CBOR */
export function readAttributeTexts(reader: CborReader): Attributes {
  const entries: [string, string][] = [];
  const items = reader.map();
  while (items.next()) {
    if (entries.length === MAX_ATTRIBUTES) throw invalidMessage(`more than ${MAX_ATTRIBUTES} attributes`);
    entries.push([reader.text(), reader.text()]);
  }
  items.end();
  return new Attributes(entries);
}

/** Why a credential could not carry these attributes; undefined when it can. */
export function faultOfAttributes(attributes: Attributes): string | undefined {
  const reserved = RESERVED_ATTRIBUTES.find((name) => attributes.has(name));
  if (reserved !== undefined) return `the attribute ${reserved} is reserved`;
  if (attributes.size > MAX_MEMBER_ATTRIBUTES)
    return `there are more than ${MAX_MEMBER_ATTRIBUTES} attributes`;
  let length = 0;
  for (const [name, value] of attributes) length += name.length + value.length;
  if (length > MAX_ATTRIBUTES_LENGTH) return `the attributes have more than ${MAX_ATTRIBUTES_LENGTH} bytes`;
  return undefined;
}
