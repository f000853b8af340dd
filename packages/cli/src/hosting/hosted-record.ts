import { fromHex } from "@ockam/codec";
import type { State } from "@ockam/node";
import { verifyProject, type Project } from "@ockam/project";

/**
 * The project of an authority on this machine, as the authority knows it; it becomes the default one when it is new.
 * Undefined as long as its node has not registered.
 */
export async function rememberProject(
  state: State,
  authorityNode: string,
  isNew: boolean,
): Promise<Project | undefined> {
  const { identityName, options } = state.nodes.get(authorityNode);
  const { project, projectIdentifier = "" } = options.authority ?? {};
  if (project?.node === undefined) return undefined;
  const { changeHistory: authorityChangeHistory } = await state.identities.identity(identityName);
  const known = verifyProject({
    id: projectIdentifier,
    name: project.name,
    accessRoute: project.node.accessRoute,
    changeHistory: fromHex(project.node.changeHistory),
    authorityRoute: project.authorityRoute,
    authorityChangeHistory,
  });
  const stored = state.projects.put(known);
  if (isNew && !stored.isDefault) state.projects.setDefault(stored.name);
  return known;
}
