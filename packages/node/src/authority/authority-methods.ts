import type { ControlMethod } from "../control/control-api.ts";
import { nodeError } from "../node-error.ts";
import type { NodeRecord } from "../state/state.ts";

/** What an authority's node does for its owner, beside telling what it has. */
const OFFERED: ReadonlySet<ControlMethod> = new Set(["node.show", "node.set-log-level", "node.stop"]);

/**
 * Refuses what would give an authority's node more than it has.
 * @throws OckamError OCKAM_NODE_OTHER_KIND
 */
export function expectOffered(record: NodeRecord | undefined, method: ControlMethod): void {
  if (record?.options.authority === undefined || OFFERED.has(method) || /\.(?:list|show)$/.test(method))
    return;
  throw nodeError(
    "OTHER_KIND",
    `${record.name} is an authority's node, which has nothing but its services; use another node`,
  );
}
