import type { CredentialStatus, TrustStatus } from "@ockam/node";

import { escaped } from "../escaped.ts";
import { boolean, literal, map, named, nullable, number, object, string } from "../json-shape.ts";
import type { Style } from "../style.ts";

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

/** Whom a node believes, and its own credential, over several lines; nothing for a node that trusts nobody. */
export function renderTrust(trust: TrustStatus, style: Style): readonly string[] {
  if (trust.authority === null) return [];
  const project = trust.project === null ? "" : ` of the project ${style.name(trust.project)}`;
  const { authority_reachable: reachable, authority_route: route, last_failure: failure } = trust;
  return [
    style.row(`Authority${project} ${style.name(trust.authority)}${reachText(reachable, style)}`),
    ...(route === null ? [] : [style.row(`  at ${style.name(route)}`)]),
    ...(trust.credential === null ? [] : renderOwnCredential(trust.credential, style)),
    ...(failure === null ? [] : [style.row(`  last failure: ${escaped(failure)}`)]),
  ];
}

function renderOwnCredential(credential: CredentialStatus, style: Style): readonly string[] {
  const { attributes, expires_at: expiresAt, renews_at: renewsAt, status } = credential;
  if (status === "missing") return [style.row(`Credential ${style.down("MISSING")}`)];
  const until = expiresAt === null ? "" : ` until ${timeText(expiresAt)}`;
  const renewal = renewsAt === null ? "" : `, to be renewed at ${timeText(renewsAt)}`;
  const said = Object.entries(attributes).map(([name, value]) => escaped(`${name}=${value}`));
  return [
    style.row(`Credential ${style.up("VALID")}${until}${renewal}`),
    ...(said.length === 0 ? [] : [style.row(`  ${said.join(", ")}`)]),
  ];
}

function reachText(reachable: boolean | null | undefined, style: Style): string {
  if (reachable === undefined || reachable === null) return "";
  return reachable ? ` ${style.up("REACHABLE")}` : ` ${style.down("NOT REACHABLE")}`;
}

function timeText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, "Z");
}
