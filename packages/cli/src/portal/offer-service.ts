import { withNode } from "../node-access.ts";
import { formatSocketAddress, type SocketAddress } from "../socket-address.ts";
import { memberNode } from "./member-node.ts";
import type { OpenedPortal } from "./opened-portal.ts";
import { ownProject } from "./own-project.ts";
import { ensureOutlet } from "./portal-ends.ts";
import type { PortalGround } from "./portal-ground.ts";
import { holdersOnly } from "./portal-rights.ts";
import { makePortalTicket, ticketMaker } from "./portal-tickets.ts";
import { connectFailure } from "./reachability.ts";

/** A service that this machine reaches, for one other machine. */
export interface ServiceOffer {
  readonly service: SocketAddress;
  readonly name: string;
  /** How others find this machine, should it come to host a project. */
  readonly address: string | undefined;
}

/**
 * Makes the outlet, with what it takes, and the ticket for a machine that may have the inlet.
 * @throws OckamError of `ownProject`, `ticketMaker`, `memberNode`, `ensureOutlet`
 */
export async function offerService(
  ground: PortalGround,
  { address, name, service }: ServiceOffer,
): Promise<OpenedPortal> {
  const { terminal } = ground;
  const failure = await connectFailure(service.host, service.port);
  const to = formatSocketAddress(service);
  if (failure !== undefined)
    terminal.warn(`Nothing answers at ${to} now: ${failure}. The portal leads there once something does`);
  const project = await ownProject(ground, address);
  const maker = await ticketMaker(ground, project);
  const relay = maker.relay ?? `portal-${maker.mark}`;
  const place = { name, relay };
  const { name: at } = await memberNode(ground, project, maker.identity);
  const status = await withNode({ at, terminal }, (node) =>
    ensureOutlet(node, terminal, {
      ...place,
      to,
      allow: holdersOnly(place, "inlet"),
      project: project.name,
      replace: false,
    }),
  );
  const purpose = { ...place, end: "inlet", address: String(service.port) } as const;
  const ticket = await makePortalTicket(ground, maker, purpose);
  return { ...place, end: "outlet", node: at, address: to, project, status, ticket };
}
