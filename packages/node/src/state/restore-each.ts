import type { NodeCore } from "../node-core.ts";
import type { Resource, ResourceKind } from "./resource-registry.ts";

/**
 * Brings back what a node was told to have of one kind. What cannot be brought back now (its port is taken, its
 * identity was deleted) is logged, and tried again at the next start: it must not keep the node down.
 */
export async function restoreEach<Definition>(
  core: NodeCore,
  kind: ResourceKind,
  start: (resource: Resource<Definition>) => unknown,
): Promise<void> {
  for (const resource of core.resources.list<Definition>(kind)) {
    try {
      await start(resource);
    } catch (error) {
      const message = `the ${kind} ${resource.name} could not be started again`;
      core.log({ level: "error", area: "node", message, error });
    }
  }
}
