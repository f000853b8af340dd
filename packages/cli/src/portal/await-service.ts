import { withNode } from "../node-access.ts";
import { formatSocketAddress, type SocketAddress } from "../socket-address.ts";
import { memberNode } from "./member-node.ts";
import type { OpenedPortal } from "./opened-portal.ts";
import { ownProject } from "./own-project.ts";
import { ensureInlet } from "./portal-ends.ts";
import type { PortalGround } from "./portal-ground.ts";
import { holdersOnly } from "./portal-rights.ts";
import { makePortalTicket, ticketMaker } from "./portal-tickets.ts";

/** A service that another machine reaches, for this one. */
export interface AwaitedService {
  /** Where this machine's clients are to connect. */
  readonly from: SocketAddress;
  /** Where the other machine finds the service, unless it says otherwise. */
  readonly service: SocketAddress;
  readonly name: string;
  /** How others find this machine, should it come to host a project. */
  readonly address: string | undefined;
}

/**
 * Makes the inlet, with what it takes, and the ticket for a machine that may have the outlet.
 * @throws OckamError of `ownProject`, `ticketMaker`, `memberNode`, `ensureInlet`
 */
export async function awaitService(
  ground: PortalGround,
  { address, from, name, service }: AwaitedService,
): Promise<OpenedPortal> {
  const { terminal } = ground;
  const project = await ownProject(ground, address);
  const maker = await ticketMaker(ground, project);
  const place = { name, relay: `portal-${name}-${maker.mark}` };
  const { name: at } = await memberNode(ground, project, maker.identity);
  const inlet = await withNode({ at, terminal }, (node) =>
    ensureInlet(node, {
      ...place,
      inlet: place.relay,
      from: formatSocketAddress(from),
      anyPort: false,
      allow: holdersOnly(place, "outlet"),
      project: project.name,
      connectionWait: 0,
    }),
  );
  const purpose = { ...place, end: "outlet", address: formatSocketAddress(service) } as const;
  const ticket = await makePortalTicket(ground, maker, purpose);
  const { address: bound, status } = inlet;
  return { ...place, end: "inlet", node: at, address: bound, project, status, ticket };
}
