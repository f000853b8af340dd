import { fromHex } from "@ockam/codec";
import type { Identifier } from "@ockam/identity";

import type { NodeGround } from "../node-core.ts";
import { nodeError } from "../node-error.ts";
import { memberScope } from "../projects/project-registry.ts";
import { authorityRouteFromHere } from "../projects/way-from-here.ts";
import type { Projects } from "../projects/project-registry.ts";
import type { TrustedProject } from "./trusted-project.ts";
import type { TrustOptions } from "./trust-options.ts";

/** An authority that is known to the state, and how its credentials are come by. */
export interface TrustAnchor {
  readonly authority: Identifier;
  /** Of the own credential; undefined: there is none. */
  readonly scope: string | undefined;
  /** Where the authority is; undefined: it is not asked. */
  readonly route: string | undefined;
  /** Name of the project that it belongs to. */
  readonly project: string | undefined;
}

/** What has to be known of the projects here. */
export type ProjectDirectory = Pick<Projects, "get" | "findDefault">;

/**
 * The authority that {@link TrustOptions} mean; undefined: none.
 * @throws OckamError OCKAM_NODE_PROJECT_NOT_FOUND, OCKAM_NODE_INVALID_TRUST
 */
export async function resolveTrust(
  options: TrustOptions,
  ground: NodeGround,
  projects: ProjectDirectory,
): Promise<TrustAnchor | undefined> {
  if (options.kind === "none") return undefined;
  if (options.kind === "project") {
    const project = options.project === undefined ? projects.findDefault() : projects.get(options.project);
    return project === undefined ? undefined : anchorOf(project, ground);
  }
  return {
    authority: await importAuthority(ground, readHistory(options.authority)),
    scope: options.scope,
    route: options.route,
    project: undefined,
  };
}

/** The authority of a project, with the own membership. @throws OckamError OCKAM_NODE_INVALID_TRUST */
export async function anchorOf(
  project: TrustedProject,
  ground: NodeGround,
): Promise<TrustAnchor & { readonly scope: string }> {
  const authority = await importAuthority(
    ground,
    project.authorityChangeHistory,
    project.authorityIdentifier,
  );
  return {
    authority,
    scope: memberScope(project.id),
    route: authorityRouteFromHere(project, ground.state.nodes),
    project: project.name,
  };
}

function readHistory(hex: string): Uint8Array {
  try {
    return fromHex(hex);
  } catch (cause) {
    throw nodeError("INVALID_TRUST", "the change history of the authority is not written in hex", { cause });
  }
}

/** Its credentials cannot be verified before its history is known. */
async function importAuthority(
  ground: NodeGround,
  changeHistory: Uint8Array,
  expected?: Identifier,
): Promise<Identifier> {
  const { identities } = ground.state.identities.open(ground.identityName);
  try {
    // What was written down before the authority got its present key is no news.
    const identity = await identities.import(changeHistory, {
      allowOlder: true,
      ...(expected === undefined ? {} : { expected }),
    });
    return identity.identifier;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw nodeError("INVALID_TRUST", `the authority cannot be trusted: ${reason}`, { cause });
  }
}
