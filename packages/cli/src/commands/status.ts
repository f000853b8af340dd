import { openState } from "@ockam/node/state";

import { defineCommand, type Command } from "../command.ts";
import { duration } from "../option.ts";
import { renderNodeRecord } from "../render/node-status.ts";
import { showNode } from "../show-node.ts";
import { version } from "../version.ts";

export const status: Command = defineCommand({
  summary: "Show what is on this machine: version, identities, nodes",
  options: { timeout: duration("", { hidden: true }) },
  async run() {
    using state = openState();
    const [identities, nodes] = [state.identities.list(), state.nodes.list()];
    const shown = await Promise.all(nodes.map((node) => showNode(state, node)));
    return {
      json: () => ({
        ockam_version: { version: version(), hash: "" },
        orchestrator_version: { version: null, project_version: null },
        spaces: [],
        projects: [],
        identities: identities.map((identity) => ({
          identifier: identity.identifier.toString(),
          name: identity.name,
          is_default: identity.isDefault,
          status: "NotEnrolled",
        })),
        nodes: shown,
      }),
      plain: (style) =>
        [
          style.row(`Version ${version()}`),
          ...identities.map((identity) => {
            const mark = identity.isDefault ? " (default)" : "";
            return style.row(
              `Identity ${style.name(identity.name)}${mark} ${identity.identifier.toString()}`,
            );
          }),
          ...nodes.map((node) => renderNodeRecord(node, style)),
        ].join("\n"),
    };
  },
});
