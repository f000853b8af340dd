import { literal, nullable, object, string, type JsonShape } from "../json-shape.ts";
import type { Result } from "../result.ts";
import type { Style } from "../style.ts";
import type { OpenedPortal } from "./opened-portal.ts";

/** What `--output json` prints. */
export const PORTAL: JsonShape = object({
  name: string(),
  end: literal("inlet", "outlet"),
  node: string("the node here"),
  address: string("where the inlet listens, or where the outlet finds the service"),
  relay: string("by which the node of the outlet is reached"),
  project: object({ id: string(), name: string() }),
  status: literal("Up", "Down"),
  ticket: nullable(string("for the other machine, once, for 10 minutes")),
});

/** How to print one end of a portal, and what comes next. */
export function portalResult(portal: OpenedPortal): Result {
  const { address, end, name, node, project, relay, status, ticket = null } = portal;
  const { id, name: projectName } = project;
  return {
    json: () => ({ name, end, node, address, relay, project: { id, name: projectName }, status, ticket }),
    machine: ticket ?? address,
    plain: (style) => [opened(portal, style), ...(ticket === null ? [] : other(ticket, style))].join("\n"),
    next: (style) => next(portal, style),
  };
}

function opened({ address, end, name, node }: OpenedPortal, style: Style): string {
  const [where, what, who] = [style.name(address), style.name(name), style.name(node)];
  return style.success(
    end === "inlet"
      ? `The portal ${what} begins at ${where}: connect there as if it were the service`
      : `The portal ${what} leads to ${where}, from the node ${who}`,
  );
}

/** One line, ready to be pasted. A shell reads it: tickets have no characters that it would mind. */
function other(ticket: string, style: Style): readonly string[] {
  return [
    "",
    "On the other machine:",
    "",
    `    ${style.name(`ockam portal ${ticket}`)}`,
    "",
    style.info("It works once, for 10 minutes. Run this again for another one"),
  ];
}

function next({ end, name, node, relay, ticket }: OpenedPortal, style: Style): readonly string[] {
  const typed = (words: string): string => style.name(`ockam ${words}`);
  // The inlet that waits for a service is called like its relay.
  const [group, part] = end === "inlet" ? ["tcp-inlet", relay] : ["tcp-outlet", name];
  const ending = ticket === undefined ? `node delete ${node}` : `${group} delete ${part} --at ${node}`;
  return [
    ...(ticket === undefined && end === "outlet" ? ["The other machine notices within seconds"] : []),
    `${typed(`${group} list --at ${node}`)} shows it, ${typed(ending)} ends it`,
    ticket === undefined
      ? `After a restart of this machine, ${typed(`node start ${node}`)} brings it back`
      : "After a restart of this machine, the same command brings all of it back",
  ];
}
