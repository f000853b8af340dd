import type { NamedIdentity, NamedProject } from "@ockam/node";
import { openState } from "@ockam/node/state";

import { defineCommand, type Command } from "../command.ts";
import { array, boolean, emptyArray, literal, object, string } from "../json-shape.ts";
import type { StatusReport } from "../live/status-view.ts";
import { duration, flag } from "../option.ts";
import { renderNodeStatus } from "../render/node-status.ts";
import { NODE } from "../render/node.ts";
import { PROJECT, describeProject } from "../render/project.ts";
import { showNode, type NodeReport } from "../show-node.ts";
import type { Style } from "../style.ts";
import { version } from "../version.ts";

/** How long each node has to answer, ms. They are asked side by side. */
const NODE_TIMEOUT = 2000;

export const status: Command = defineCommand({
  summary:
    "Show what is on this machine and how it fares: identities, projects, nodes, and all that they have",
  description:
    "At a terminal this is a view that stays and is drawn anew each second: the nodes with their inlets, outlets and relays, their connections, bytes in all and a second, the time that the other end takes to answer, the way there, and what failed last. q or Ctrl-C ends it. With --once, and in a pipe, everything is printed once.\n\nNodes are asked side by side; one that does not answer is told of from its record, with the reason. Nothing outside of this machine is asked: whether an authority is reachable is what its members found last.",
  examples: ["status", "status --once", "status --jq '.nodes[] | select(.answers | not) | .name'"],
  json: object({
    ockam_version: object({ version: string(), hash: literal("") }),
    orchestrator_version: object({ version: literal(null), project_version: literal(null) }),
    spaces: emptyArray(),
    projects: array(PROJECT),
    identities: array(
      object({
        identifier: string(),
        name: string(),
        is_default: boolean(),
        status: literal("NotEnrolled"),
      }),
    ),
    nodes: array(NODE),
  }),
  options: {
    once: flag("Print it once, also at a terminal (as with --quiet, --output, --jq and TERM=dumb)"),
    timeout: duration("How long each node may take to answer", { fallback: "2s" }),
  },
  async run({ once, timeout = NODE_TIMEOUT }, terminal) {
    using state = openState();
    using screen = once ? undefined : await terminal.openScreen();
    if (screen !== undefined) {
      const look = async (signal: AbortSignal): Promise<StatusReport> => ({
        nodes: await Promise.all(state.nodes.list().map((node) => showNode(state, node, timeout, signal))),
        at: Date.now(),
      });
      const { runLiveView, SYSTEM_CLOCK } = await import("../live/live-view.ts");
      const { statusLines } = await import("../live/status-view.ts");
      const { hasKeys, style } = screen;
      const how = { endKey: hasKeys ? "q" : "Ctrl-C", style };
      await runLiveView(
        screen,
        { look, lines: (report, previous, size) => statusLines(report, previous, size, how) },
        { clock: SYSTEM_CLOCK, ends: [terminal.signal, terminal.unread] },
      );
      return undefined;
    }
    const [identities, nodes, projects] = [
      state.identities.list(),
      state.nodes.list(),
      state.projects.list(),
    ];
    const shown = await Promise.all(nodes.map((node) => showNode(state, node, timeout)));
    return {
      json: () => ({
        ockam_version: { version: version(), hash: "" },
        orchestrator_version: { version: null, project_version: null },
        spaces: [],
        projects: projects.map(describeProject),
        identities: identities.map((identity) => ({
          identifier: identity.identifier.toString(),
          name: identity.name,
          is_default: identity.isDefault,
          status: "NotEnrolled",
        })),
        nodes: shown,
      }),
      plain: (style) => render(style, { identities, nodes: shown, projects }),
    };
  },
});

interface Shown {
  readonly identities: readonly NamedIdentity[];
  readonly projects: readonly NamedProject[];
  readonly nodes: readonly NodeReport[];
}

function render(style: Style, { identities, nodes, projects }: Shown): string {
  return [
    style.row(`Version ${version()}`),
    ...identities.map(({ identifier, isDefault, name }) =>
      style.row(`Identity ${style.name(name)}${mark(isDefault)} ${identifier.toString()}`),
    ),
    ...projects.map(({ accessRoute, isDefault, name }) =>
      style.row(`Project ${style.name(name)}${mark(isDefault)} at ${style.name(accessRoute)}`),
    ),
    ...nodes.map((node) => `\n${renderNodeStatus(node, style)}`),
  ].join("\n");
}

function mark(isDefault: boolean): string {
  return isDefault ? " (default)" : "";
}
