import type { Member } from "@ockam/authority";

import type { Style } from "../style.ts";
import { attributesText, timeText } from "./credential.ts";

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
