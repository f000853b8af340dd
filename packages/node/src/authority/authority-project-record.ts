import { fromHex, toHex } from "@ockam/codec";
import type { Identifier } from "@ockam/identity";
import { formatProject, verifyProject, type Project } from "@ockam/project";

import type { NodeCore } from "../node-core.ts";
import { nodeError } from "../node-error.ts";
import type { AuthorityProject, AuthoritySettings, ProjectNode } from "./authority-settings.ts";

/** What a project's node says of itself when it registers. */
export interface Registration {
  readonly accessRoute: string;
  readonly changeHistory: Uint8Array;
}

/** The project that an authority tells its members about: kept in the authority's settings, completed by its node. */
export class AuthorityProjectRecord {
  readonly #core: NodeCore;
  readonly #authorityChangeHistory: Uint8Array;
  #settings: AuthoritySettings;

  constructor(core: NodeCore, settings: AuthoritySettings, authorityChangeHistory: Uint8Array) {
    this.#core = core;
    this.#settings = settings;
    this.#authorityChangeHistory = authorityChangeHistory;
  }

  /** JSON of its record: of a whole project, or of one without a route and an identity as long as its node is missing. */
  text(): string | undefined {
    const { project, projectIdentifier } = this.#settings;
    if (project === undefined) return undefined;
    if (project.node !== undefined) return JSON.stringify(formatProject(this.#whole(project, project.node)));
    return JSON.stringify({
      id: projectIdentifier,
      name: project.name,
      access_route: "",
      identity: null,
      authority_access_route: project.authorityRoute,
      authority_identity: toHex(this.#authorityChangeHistory),
    });
  }

  /**
   * Completes the record with what its node says, which must speak for itself. The owner of the authority's state has
   * the project then, too.
   * @throws OckamError OCKAM_NODE_INVALID_PARAMETERS, OCKAM_PROJECT_INVALID_PROJECT
   */
  register(caller: Identifier, registration: Registration): void {
    const { project } = this.#settings;
    if (project === undefined) throw nodeError("INVALID_PARAMETERS", "this authority has no project");
    const node: ProjectNode = {
      accessRoute: registration.accessRoute,
      changeHistory: toHex(registration.changeHistory),
    };
    const whole = this.#whole(project, node);
    if (!whole.identifier.equals(caller))
      throw nodeError("INVALID_PARAMETERS", "a project's node registers itself, and no other identity");
    const settings = { ...this.#settings, project: { ...project, node } };
    const { log, name, state } = this.#core;
    state.database.transaction(() => {
      state.nodes.setAuthority(name, settings);
      state.projects.put(whole);
    });
    this.#settings = settings;
    log({
      level: "info",
      area: "authority",
      message: `${caller.toString()} is the project's node at ${whole.accessRoute}`,
    });
  }

  #whole({ name, authorityRoute }: AuthorityProject, node: ProjectNode): Project {
    return verifyProject({
      id: this.#settings.projectIdentifier,
      name,
      accessRoute: node.accessRoute,
      changeHistory: fromHex(node.changeHistory),
      authorityRoute,
      authorityChangeHistory: this.#authorityChangeHistory,
    });
  }
}
