import { isOckamError } from "@ockam/codec";
import type { NamedProject, State } from "@ockam/node";
import type { Project } from "@ockam/project";

/**
 * Stores a project that was verified, and the change histories of its node and its authority with it. A history that is
 * older than the known one is no news; one that contradicts it is refused.
 * @throws OckamError OCKAM_IDENTITY_FORK, OCKAM_NODE_PROJECT_EXISTS; nothing is stored then
 */
export async function storeProject(state: State, project: Project, identity: string): Promise<NamedProject> {
  // Whose identity it is makes no difference: all have one storage of histories.
  const { identities } = state.identities.open(identity);
  for (const history of [project.changeHistory, project.authorityChangeHistory]) {
    try {
      await identities.import(history);
    } catch (error) {
      if (!isOckamError(error, "OCKAM_IDENTITY_ROLLBACK")) throw error;
    }
  }
  return state.projects.put(project);
}
