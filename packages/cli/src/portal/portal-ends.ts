// The inlet and the outlet of a portal: made when they are missing, and left alone when they are there.
import { isOckamError, OckamError } from "@ockam/codec";

import type { RunningNode } from "../node-access.ts";
import { ensureRelay } from "../outlet-relay.ts";
import { projectRoute, relayedRoute } from "../project-reach.ts";
import type { Terminal } from "../terminal.ts";
import type { PortalPlace } from "./portal-ticket.ts";

/** An outlet that is to be there, with the relay by which it is reached. */
export interface WantedOutlet extends PortalPlace {
  /** Where the service is. */
  readonly to: string;
  /** The policy about who may use it. */
  readonly allow: string;
  /** Name of the project that has the relay. */
  readonly project: string;
  /** Whether one of that name that leads elsewhere is replaced; it is an error otherwise. */
  readonly replace: boolean;
}

/**
 * Returns whether the relay is up.
 * @throws OckamError OCKAM_CLI_PORTAL_EXISTS for another outlet of that name, and those of the node
 */
export async function ensureOutlet(
  node: RunningNode,
  terminal: Terminal,
  { allow, name, project, relay, replace, to }: WantedOutlet,
): Promise<"Up" | "Down"> {
  const known = (await node.call("tcp-outlet.list", {})).find(
    ({ address }) => address === `/service/${name}`,
  );
  const isIt = known?.to === to && (await policyOf(node, name)) === allow;
  if (known !== undefined && !isIt && !replace) throw otherPortal(name, known.to);
  if (!isIt) {
    if (known !== undefined) await node.call("tcp-outlet.delete", { name });
    await node.call("tcp-outlet.create", { address: name, to, allow });
  }
  await ensureRelay(node, { name: relay, at: projectRoute({ name: project }) }, terminal, async () => {
    if (!isIt) await node.call("tcp-outlet.delete", { name });
  });
  return (await node.call("relay.show", { name: relay })).connection_status;
}

/** An inlet that is to be there. */
export interface WantedInlet extends PortalPlace {
  /** Its name at the node. */
  readonly inlet: string;
  /** Where it listens. */
  readonly from: string;
  /** Whether any other free port will do. */
  readonly anyPort: boolean;
  /** The policy about the node of the outlet; that of the type when absent. */
  readonly allow?: string;
  readonly project: string;
  /** Milliseconds to wait for the other end. */
  readonly connectionWait: number;
}

/** An inlet, as it is. */
export interface ListeningInlet {
  readonly address: string;
  readonly status: "Up" | "Down";
  /** Why it is down. */
  readonly failure: string | null;
  /** Whether it is new, and listens elsewhere than it should. */
  readonly isElsewhere: boolean;
}

/**
 * One of that name that listens elsewhere is replaced, unless any port will do.
 * @throws OckamError OCKAM_NODE_PORT_IN_USE, and others of the node
 */
export async function ensureInlet(
  node: RunningNode,
  { allow, anyPort, connectionWait, from, inlet, name, project, relay }: WantedInlet,
): Promise<ListeningInlet> {
  const known = (await node.call("tcp-inlet.list", {})).find(({ alias }) => alias === inlet);
  if (known !== undefined && (anyPort || known.bind_addr === from)) return listening(known);
  if (known !== undefined) await node.call("tcp-inlet.delete", { name: inlet });
  const params = {
    name: inlet,
    to: relayedRoute({ name: project }, relay, name),
    connectionWait,
    ...(allow === undefined ? {} : { allow }),
  };
  try {
    return listening(await node.call("tcp-inlet.create", { ...params, from }));
  } catch (error) {
    if (!anyPort || !isOckamError(error, "OCKAM_NODE_PORT_IN_USE")) throw error;
    return listening(await node.call("tcp-inlet.create", { ...params, from: "127.0.0.1:0" }), true);
  }
}

interface InletFacts {
  readonly bind_addr: string;
  readonly status: "Up" | "Down";
  readonly last_failure: string | null;
}

function listening(
  { bind_addr: address, last_failure: failure, status }: InletFacts,
  isElsewhere = false,
): ListeningInlet {
  return { address, status, failure, isElsewhere };
}

async function policyOf(node: RunningNode, resource: string): Promise<string | undefined> {
  try {
    return (await node.call("policy.show", { resource })).expression;
  } catch (error) {
    if (isOckamError(error, "OCKAM_NODE_POLICY_NOT_FOUND")) return undefined;
    throw error;
  }
}

function otherPortal(name: string, to: string): OckamError {
  return new OckamError(
    "OCKAM_CLI_PORTAL_EXISTS",
    `There is an outlet ${name} already, which leads to ${to} or is for others than the other end of a portal`,
    { details: { hint: "give another name: 'ockam portal ADDRESS NAME'" } },
  );
}
