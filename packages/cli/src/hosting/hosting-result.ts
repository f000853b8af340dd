import type { Result } from "../result.ts";
import type { Style } from "../style.ts";
import type { FirstTickets } from "./first-tickets.ts";
import { RELAY_NAME } from "./first-tickets.ts";
import type { Hosting } from "./host-project.ts";

/** How to print what is hosted, and what comes next. */
export function hostingResult(hosting: Hosting, tickets: FirstTickets, reach: Reach): Result {
  return {
    json: () => ({
      project: { id: hosting.id, name: hosting.name },
      authority: { node: hosting.authority.name, address: hosting.authority.tcpListenerAddress },
      node:
        hosting.node === undefined
          ? null
          : { node: hosting.node.name, address: hosting.node.tcpListenerAddress },
      tickets,
    }),
    machine: Object.values(tickets).join("\n"),
    plain: (style) =>
      [...summary(hosting, reach, style), "", ...nextSteps(hosting, tickets, style)].join("\n"),
  };
}

/** For whom the project is. */
export interface Reach {
  /** Nobody but this machine finds its authority. */
  readonly isLocal: boolean;
}

function summary(
  { authority, isNew, name, node }: Hosting,
  { isLocal }: Reach,
  style: Style,
): readonly string[] {
  const done = isNew ? "Created" : "Up:";
  const at = (where: string | undefined): string => style.name(where ?? "no address");
  const lines = [
    style.success(
      `${done} the project ${style.name(name)}, with its authority at ${at(authority.tcpListenerAddress)}`,
    ),
  ];
  if (node !== undefined) lines.push(style.success(`Its relay listens at ${at(node.tcpListenerAddress)}`));
  if (isLocal)
    lines.push(style.info("It is for this machine alone: --address HOST makes one that others find"));
  return lines;
}

/** What to type, ready to be pasted. Each line is read by a shell: tickets have no characters that it would mind. */
function nextSteps({ name }: Hosting, tickets: FirstTickets, style: Style): readonly string[] {
  const lines: string[] = [];
  const machine = (title: string, ...commands: readonly string[]): void => {
    lines.push(`${title}:`, "", ...commands.map((command) => `    ${style.name(command)}`), "");
  };
  if (tickets.node !== undefined)
    machine(
      "On the machine that the others will reach",
      `echo ${tickets.node} | ockam project serve - --address HOST`,
    );
  machine(
    "On the machine of the service",
    joined(tickets.service),
    `ockam tcp-outlet create --from postgres --to 5432 --relay ${RELAY_NAME}`,
  );
  machine(
    "On the machine of the client",
    joined(tickets.client),
    "ockam tcp-inlet create --from 15432 --to postgres",
  );
  lines.push(
    style.info(
      `Each ticket works once, for 10 minutes; 'ockam project create ${name}' again makes others, ` +
        `and so does 'ockam project ticket'`,
    ),
  );
  return lines;
}

function joined(ticket: string): string {
  return `echo ${ticket} | ockam project enroll -`;
}
