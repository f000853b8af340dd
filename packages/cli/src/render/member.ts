import type { Member } from "@ockam/authority";

import { map, named, nullable, number, object, string } from "../json-shape.ts";
import type { Style } from "../style.ts";
import { attributesText, timeText } from "./credential.ts";

/** A member of a project as `--output json` prints it. */
export const MEMBER = named("Member", {
  identifier: string("I and 64 hex digits"),
  attributes: object({
    attributes: map(string()),
    added_at: number("seconds since 1970"),
    expires_at: nullable(number(), "seconds since 1970"),
    attested_by: nullable(string(), "who made it a member: I and 64 hex digits"),
  }),
});

/** A member as `--output json` prints it. Times are seconds since 1970. */
export function describeMember(member: Member): Record<string, unknown> {
  const { addedAt, attestedBy, attributes, expiresAt, identifier } = member;
  return {
    identifier: identifier.toString(),
    attributes: {
      attributes: Object.fromEntries(attributes.toText()),
      added_at: addedAt,
      expires_at: expiresAt ?? null,
      attested_by: attestedBy?.toString() ?? null,
    },
  };
}

/** A member in two lines. */
export function renderMember({ addedAt, attestedBy, attributes, identifier }: Member, style: Style): string {
  const by = attestedBy === undefined ? "" : ` by ${attestedBy.toString()}`;
  return [
    style.row(`${style.name(identifier.toString())} ${attributesText(attributes)}`),
    style.row(style.dim(`  added ${timeText(addedAt)}${by}`)),
  ].join("\n");
}
