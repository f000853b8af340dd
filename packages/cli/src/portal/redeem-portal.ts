import { isOckamError, OckamError } from "@ockam/codec";
import type { NamedProject, NodeRecord } from "@ockam/node";

import { cancelled } from "../confirmation.ts";
import { enrol } from "../enrolment.ts";
import { withNode } from "../node-access.ts";
import { formatSocketAddress, parseSocketAddress, type SocketAddress } from "../socket-address.ts";
import { startMember } from "./member-node.ts";
import type { OpenedPortal } from "./opened-portal.ts";
import { ensureInlet, ensureOutlet } from "./portal-ends.ts";
import type { PortalGround } from "./portal-ground.ts";
import { ENROLLERS_ONLY } from "./portal-rights.ts";
import { holderName, type PortalTicket } from "./portal-ticket.ts";
import { connectFailure } from "./reachability.ts";

/** Milliseconds to wait for the other end. */
const CONNECTION_WAIT = 5000;
/** Milliseconds that each step with the authority may take: what a firewall drops is never answered. */
const AUTHORITY_PATIENCE = 15_000;

/**
 * Makes the end of a portal that a ticket is for. The ticket is used up with the first success, and is good again on the
 * same machine: then what is stopped is started, and what is missing is made. `address`: where to listen, or where the
 * service is; what the ticket says when absent.
 * @throws OckamError OCKAM_CLI_TICKET_USED for one that was used up elsewhere, or has expired; others of `enrol`,
 *   OCKAM_NODE_PORT_IN_USE; OCKAM_CLI_CANCELLED when somebody at the terminal does not let the other machine in
 */
export async function redeemPortal(
  ground: PortalGround,
  ticket: PortalTicket,
  address: SocketAddress | undefined,
): Promise<OpenedPortal> {
  const { start, state } = ground;
  const holder = holderName(ticket);
  const known = state.nodes.find(holder);
  const isAgreed = ticket.end === "inlet" || address !== undefined;
  if (known === undefined) {
    if (!isAgreed) await confirmService(ground, ticket);
    const project = await becomeHolder(ground, ticket, holder);
    return openEnd(ground, ticket, address, {
      project,
      node: await startMember(ground, project, { name: holder, identity: holder }),
    });
  }
  const project = projectOf(ground, known);
  const node = known.status === "running" ? known : await start({ state, name: holder });
  if (!isAgreed && !(await hasOutlet(ground, node.name, ticket))) await confirmService(ground, ticket);
  return openEnd(ground, ticket, address, { project, node });
}

interface Holder {
  readonly project: NamedProject;
  readonly node: NodeRecord;
}

async function openEnd(
  { terminal }: PortalGround,
  ticket: PortalTicket,
  address: SocketAddress | undefined,
  { node: { name: at }, project }: Holder,
): Promise<OpenedPortal> {
  const { end, name, relay } = ticket;
  const place = { name, relay, project: project.name };
  const chosen = address ?? parseSocketAddress(ticket.address);
  const common = { name, relay, end, node: at, project, ticket: undefined } as const;
  return withNode({ at, terminal }, async (node) => {
    if (end === "outlet") {
      const failure = await connectFailure(chosen.host, chosen.port);
      const to = formatSocketAddress(chosen);
      if (failure !== undefined)
        terminal.warn(`Nothing answers at ${to} now: ${failure}. The portal leads there once something does`);
      const wanted = { ...place, to, allow: ENROLLERS_ONLY, replace: true };
      return { ...common, address: to, status: await ensureOutlet(node, terminal, wanted) };
    }
    const from = formatSocketAddress(chosen);
    const inlet = await ensureInlet(node, {
      ...place,
      inlet: at,
      from,
      anyPort: address === undefined,
      connectionWait: CONNECTION_WAIT,
    });
    if (inlet.status === "Down")
      terminal.warn(
        `The other end does not answer yet: ${inlet.failure ?? "no reply"}. This end keeps trying`,
      );
    if (inlet.isElsewhere)
      terminal.note(`${from} is in use here; 'ockam portal TICKET PORT' takes the port that you choose`);
    return { ...common, address: inlet.address, status: inlet.status };
  });
}

/** Whoever pastes a ticket may think of a service of the other machine: this one is not to be opened unawares. */
async function confirmService({ terminal }: PortalGround, { address, name }: PortalTicket): Promise<void> {
  const answer = await terminal.ask(
    `The ticket is not to reach a service: the machine that made it is to reach ${address} from here, as ${name}. ` +
      "Let it? [y/N]",
  );
  if (answer !== undefined && !/^y(?:es)?$/i.test(answer)) throw cancelled();
}

/** Whether it was agreed to before: the purpose of a ticket could have been written anew around the same code. */
function hasOutlet(
  { terminal }: PortalGround,
  at: string,
  { address, name }: PortalTicket,
): Promise<boolean> {
  return withNode({ at, terminal }, async (node) =>
    (await node.call("tcp-outlet.list", {})).some(
      (outlet) => outlet.address === `/service/${name}` && outlet.to === address,
    ),
  );
}

async function becomeHolder(
  { state, terminal }: PortalGround,
  { ticket }: PortalTicket,
  identity: string,
): Promise<NamedProject> {
  // The first identity of all becomes the default one, and that must be the user's.
  await state.identities.getDefault();
  try {
    return (await enrol(terminal, { ticket, identity, timeout: AUTHORITY_PATIENCE })).project;
  } catch (cause) {
    const isRefused =
      isOckamError(cause, "OCKAM_CLI_AUTHORITY_REFUSED") &&
      /unknown enrollment token/i.test(String(cause.details["reason"]));
    if (!isRefused) throw cause;
    throw new OckamError(
      "OCKAM_CLI_TICKET_USED",
      "The ticket was used by another machine, or is more than 10 minutes old",
      {
        cause,
        details: { hint: "repeat 'ockam portal' on the machine that printed it: it prints another one" },
      },
    );
  }
}

/** The project of a node that was made for a ticket. */
function projectOf({ state }: PortalGround, { name, options: { trust } }: NodeRecord): NamedProject {
  if (trust?.kind === "project" && trust.project !== undefined) return state.projects.get(trust.project);
  throw new OckamError("OCKAM_CLI_PORTAL_EXISTS", `There is a node ${name} already, which is of no portal`, {
    details: { hint: `'ockam node delete ${name}' deletes it; then run this again` },
  });
}
