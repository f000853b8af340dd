import { boolean, literal, map, named, nullable, number, object, string } from "../json-shape.ts";

/** Whom a node trusts, and its own credential, as `--output json` prints it. */
export const TRUST = named("Trust", {
  project: nullable(string()),
  authority: nullable(string(), "its identifier; null: it trusts nobody"),
  authority_route: nullable(string()),
  authority_reachable: nullable(boolean(), "as the node found last; null where there is nobody to ask"),
  credential: nullable(
    object({
      scope: string(),
      status: literal("valid", "missing"),
      created_at: nullable(number(), "seconds since 1970"),
      expires_at: nullable(number(), "seconds since 1970"),
      renews_at: nullable(number(), "seconds since 1970; null when it is not renewed"),
      attributes: map(string()),
    }),
  ),
  membership_changes: nullable(
    literal("followed", "not offered", "not followed"),
    "whether it hears at once of members that were removed; null without a route to the authority",
  ),
  last_failure: nullable(string(), "why it got no credential the last time"),
});
