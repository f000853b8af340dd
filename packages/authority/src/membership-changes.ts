// Whose membership changed. docs/protocol/authority.md, "Changes".
//
//   request = { ? 1: since: uint }
//   answer  = { 1: sequence: uint, 2: [* [identifier, changed-at: seconds]], 3: complete: bool }
import { CborReader, CborWriter } from "@ockam/codec";
import { Identifier, IDENTIFIER_LENGTH } from "@ockam/identity";

import { invalidMessage } from "./authority-error.ts";

/** A member was removed, or has other attributes: credentials that were made in that second or before are void. */
export interface MembershipChange {
  readonly subject: Identifier;
  /** Seconds since 1970. */
  readonly changedAt: number;
}

/** What changed since a sequence number. */
export interface MembershipChanges {
  /** What to ask with next. */
  readonly sequence: number;
  readonly changes: readonly MembershipChange[];
  /** False when some are forgotten: whatever is known of members may be out of date, and is to be asked anew once. */
  readonly complete: boolean;
}

/** The body of a request. */
export function encodeChangesRequest(since: number | undefined): Uint8Array {
  const writer = new CborWriter().map(since === undefined ? 0 : 1);
  if (since !== undefined) writer.uint(1).uint(since);
  return writer.finish();
}

/** Reads the body of a request. @throws OckamError of the codec */
export function decodeChangesRequest(body: Uint8Array): { readonly since: number | undefined } {
  const reader = new CborReader(body);
  const fields = reader.map();
  let since: number | undefined;
  while (fields.next()) {
    if (reader.uint() === 1) since = reader.null() ? undefined : reader.uint();
    else reader.skip();
  }
  fields.end();
  return { since };
}

/** The body of an answer. */
export function encodeChanges({ changes, complete, sequence }: MembershipChanges): Uint8Array {
  const writer = new CborWriter().map(3).uint(1).uint(sequence).uint(2).array(changes.length);
  for (const { changedAt, subject } of changes) writer.array(2).bytes(subject.bytes).uint(changedAt);
  return writer.uint(3).bool(complete).finish();
}

/** Reads the body of an answer. @throws OckamError OCKAM_AUTHORITY_INVALID_MESSAGE and of the codec */
export function decodeChanges(body: Uint8Array): MembershipChanges {
  const reader = new CborReader(body);
  const fields = reader.map();
  let sequence: number | undefined;
  let complete: boolean | undefined;
  const changes: MembershipChange[] = [];
  while (fields.next()) {
    const key = reader.uint();
    if (key === 1) sequence = reader.uint();
    else if (key === 3) complete = reader.bool();
    else if (key === 2) {
      const items = reader.array();
      while (items.next()) changes.push(readChange(reader));
      items.end();
    } else reader.skip();
  }
  fields.end();
  if (sequence === undefined || complete === undefined) throw invalidMessage("changes without a field");
  return { sequence, changes, complete };
}

function readChange(reader: CborReader): MembershipChange {
  const fields = reader.array();
  fields.need("subject");
  const subject = new Identifier(reader.bytes(IDENTIFIER_LENGTH));
  fields.need("changed-at");
  const changedAt = reader.uint();
  fields.end();
  return { subject, changedAt };
}
