// A member as an authority tells about it. docs/protocol/authority.md, "Members".
//
//   member-list      = { * identifier => attributes-entry }
//   attributes-entry = { 1: stored attributes, 2: added-at: seconds, ? 3: expires-at: seconds, ? 4: attested-by: identifier }
import type { CborReader, CborWriter } from "@ockam/codec";
import { readStoredAttributes, writeStoredAttributes } from "@ockam/credentials";
import type { Attributes } from "@ockam/credentials";
import { Identifier, IDENTIFIER_LENGTH } from "@ockam/identity";

import { invalidMessage } from "./authority-error.ts";

/** A member. Times are seconds since 1970. */
export interface Member {
  readonly identifier: Identifier;
  readonly attributes: Attributes;
  readonly addedAt: number;
  readonly expiresAt?: number;
  /** Who added it. */
  readonly attestedBy?: Identifier;
}

/** Writes what is told about a member, without its identifier. */
export function writeAttributesEntry(
  writer: CborWriter,
  { addedAt, attestedBy, attributes, expiresAt }: Omit<Member, "identifier">,
): void {
  writer.map(2 + (expiresAt === undefined ? 0 : 1) + (attestedBy === undefined ? 0 : 1));
  writeStoredAttributes(writer.uint(1), attributes);
  writer.uint(2).uint(addedAt);
  if (expiresAt !== undefined) writer.uint(3).uint(expiresAt);
  if (attestedBy !== undefined) writer.uint(4).bytes(attestedBy.bytes);
}

/** Reads what is told about a member. @throws OckamError OCKAM_AUTHORITY_INVALID_MESSAGE and of the codec */
export function readAttributesEntry(reader: CborReader, identifier: Identifier): Member {
  const fields = reader.map();
  let attributes: Attributes | undefined;
  let addedAt: number | undefined;
  let expiresAt: number | undefined;
  let attestedBy: Identifier | undefined;
  while (fields.next()) {
    const key = reader.uint();
    if (reader.null()) continue;
    if (key === 1) attributes = readStoredAttributes(reader);
    else if (key === 2) addedAt = reader.uint();
    else if (key === 3) expiresAt = reader.uint();
    else if (key === 4) attestedBy = new Identifier(reader.bytes(IDENTIFIER_LENGTH));
    else reader.skip();
  }
  fields.end();
  if (attributes === undefined || addedAt === undefined) throw invalidMessage("a member without a field");
  return {
    identifier,
    attributes,
    addedAt,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(attestedBy === undefined ? {} : { attestedBy }),
  };
}
