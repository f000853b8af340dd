// The record of a project. docs/protocol/projects.md, "The record".
import { encodeUtf8, fromHex, isOckamError, toHex } from "@ockam/codec";
import { Identifier, Identity } from "@ockam/identity";
import { createSoftwareVault, type VerifyingVault } from "@ockam/vault";

import { JsonObject } from "./json-object.ts";
import { MAX_PROJECT_ID_LENGTH, MAX_PROJECT_NAME_LENGTH, MAX_PROJECT_RECORD_LENGTH } from "./limits.ts";
import { invalidProject } from "./project-error.ts";
import { expectProjectRoute } from "./project-route.ts";

/** A relay node, an authority that says who is a member, and the names that people give to both together. */
export interface Project {
  /** Names it for programs: a project that is imported again replaces the one with its id. */
  readonly id: string;
  /** Names it for people, as in `/project/<name>`. */
  readonly name: string;
  /** A multiaddress that ends in the secure channel listener of the project's node. */
  readonly accessRoute: string;
  /** The identity of the project's node. */
  readonly identifier: Identifier;
  readonly changeHistory: Uint8Array;
  /** A multiaddress that ends in the secure channel listener of the authority. */
  readonly authorityRoute: string;
  readonly authorityIdentifier: Identifier;
  readonly authorityChangeHistory: Uint8Array;
  /** Known to hosted projects only, else empty. */
  readonly spaceId: string;
  readonly spaceName: string;
}

/** What somebody says that a project is, not checked yet. */
export interface ProjectClaim {
  readonly id: string;
  readonly name: string;
  readonly accessRoute: string;
  /** Who the project's node is said to be; its change history decides. */
  readonly identifier?: Identifier;
  readonly changeHistory: Uint8Array;
  readonly authorityRoute: string;
  readonly authorityChangeHistory: Uint8Array;
  readonly spaceId?: string;
  readonly spaceName?: string;
}

/**
 * Checks that a claim is a whole project: names, routes, and the signatures of both change histories.
 * @throws OckamError OCKAM_PROJECT_INVALID_PROJECT; `details.key` is the key in the record that is to blame
 */
export function verifyProject(claim: ProjectClaim): Project {
  const { id, name, spaceId = "", spaceName = "" } = claim;
  expectLabel("id", id, MAX_PROJECT_ID_LENGTH);
  expectLabel("name", name, MAX_PROJECT_NAME_LENGTH);
  if (spaceId !== "") expectLabel("space_id", spaceId, MAX_PROJECT_NAME_LENGTH);
  if (spaceName !== "") expectLabel("space_name", spaceName, MAX_PROJECT_NAME_LENGTH);
  const identity = verifyHistory("project_change_history", claim.changeHistory);
  if (claim.identifier?.equals(identity.identifier) === false) {
    throw invalidProject("identity", "is not the identity that its change history makes");
  }
  const authority = verifyHistory("authority_identity", claim.authorityChangeHistory);
  return {
    id,
    name,
    accessRoute: expectRoute("access_route", claim.accessRoute),
    identifier: identity.identifier,
    changeHistory: identity.changeHistory,
    authorityRoute: expectRoute("authority_access_route", claim.authorityRoute),
    authorityIdentifier: authority.identifier,
    authorityChangeHistory: authority.changeHistory,
    spaceId,
    spaceName,
  };
}

/**
 * The project of its record: JSON as `ockam project show --output json` prints it. Keys that are not known are ignored;
 * `users` and `user_roles`, which hosted projects have, too.
 * @throws OckamError OCKAM_PROJECT_INVALID_PROJECT; `details.key` is the key that is to blame
 */
export function parseProject(json: string): Project {
  if (json.length > MAX_PROJECT_RECORD_LENGTH) {
    throw invalidProject(undefined, `is longer than ${MAX_PROJECT_RECORD_LENGTH} characters`);
  }
  return readProject(JsonObject.parse(json, invalidProject));
}

/** The project of a record that has been parsed. @throws OckamError OCKAM_PROJECT_INVALID_PROJECT */
export function readProject(record: JsonObject): Project {
  const identifier = record.optionalText("identity");
  return verifyProject({
    id: record.text("id"),
    name: record.text("name"),
    accessRoute: record.text("access_route"),
    ...(identifier === undefined ? {} : { identifier: parseIdentifier(identifier) }),
    changeHistory: parseHex("project_change_history", record.text("project_change_history")),
    authorityRoute: record.text("authority_access_route"),
    authorityChangeHistory: parseHex("authority_identity", record.text("authority_identity")),
    spaceId: record.optionalText("space_id") ?? "",
    spaceName: record.optionalText("space_name") ?? "",
  });
}

/** The record of a project: what {@link parseProject} reads, ready for `JSON.stringify`. */
export function formatProject(project: Project): Record<string, unknown> {
  return {
    id: project.id,
    name: project.name,
    space_name: project.spaceName,
    access_route: project.accessRoute,
    users: [],
    space_id: project.spaceId,
    identity: project.identifier.toString(),
    authority_access_route: project.authorityRoute,
    authority_identity: toHex(project.authorityChangeHistory),
    version: null,
    running: null,
    operation_id: null,
    user_roles: [],
    project_change_history: toHex(project.changeHistory),
  };
}

/** Names are shown on terminals and used in routes: no slashes, no control characters, not endless. */
function expectLabel(key: string, value: string, limit: number): void {
  if (value === "") throw invalidProject(key, "is empty");
  if (encodeUtf8(value).length > limit) throw invalidProject(key, `is longer than ${limit} bytes`);
  if (/[/\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(value) || value !== value.trim()) {
    throw invalidProject(key, "has a slash, a control character or white space at its ends");
  }
}

function expectRoute(key: string, route: string): string {
  try {
    return expectProjectRoute(route);
  } catch (cause) {
    throw blame(key, cause);
  }
}

let vault: VerifyingVault | undefined;

function verifyHistory(key: string, history: Uint8Array): Identity {
  vault ??= createSoftwareVault();
  try {
    return Identity.verify(history, vault);
  } catch (cause) {
    throw blame(key, cause);
  }
}

function parseIdentifier(text: string): Identifier {
  try {
    return Identifier.parse(text);
  } catch (cause) {
    throw blame("identity", cause);
  }
}

function parseHex(key: string, hex: string): Uint8Array {
  try {
    return fromHex(hex.trim());
  } catch (cause) {
    throw blame(key, cause);
  }
}

function blame(key: string, cause: unknown): unknown {
  return isOckamError(cause) ? invalidProject(key, `is wrong: ${cause.message}`, cause) : cause;
}
