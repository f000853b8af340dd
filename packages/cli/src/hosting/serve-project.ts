import { isOckamError, OckamError, toHex } from "@ockam/codec";
import type { NamedIdentity, NodeRecord, State } from "@ockam/node";
import type { ShortTicket } from "@ockam/project";

import { withAuthority } from "../authority-access.ts";
import type { StartNode } from "../node-access.ts";
import { expectNodeName } from "../node-reference.ts";
import type { Terminal } from "../terminal.ts";
import { projectRoute } from "./host-project.ts";
import { expectFreePort, listenerAddress, publicRoute, type PublicHost } from "./public-host.ts";
import { readBeginning } from "./record-beginning.ts";

/** Which project's node this machine is to host, and where. */
export interface ServeOrder {
  readonly ticket: ShortTicket;
  readonly host: PublicHost;
  readonly port: number;
}

/** A project's node on this machine. */
export interface ServedProject {
  readonly name: string;
  readonly node: NodeRecord;
  /** As members dial it. */
  readonly accessRoute: string;
}

/** What `serveProject` works with. */
export interface ServeGround {
  readonly state: State;
  readonly terminal: Terminal;
  readonly start: StartNode;
}

/**
 * Enrols an identity as the project's node, has the authority tell the members how to reach it, and starts it. It may
 * be repeated with the same ticket, also when the address is another one.
 * @throws OckamError OCKAM_NODE_PORT_IN_USE before anything is done, OCKAM_CLI_PROJECT_EXISTS, OCKAM_CLI_NO_TICKET for a
 * member's ticket, and those of `withAuthority`
 */
export async function serveProject(ground: ServeGround, order: ServeOrder): Promise<ServedProject> {
  const { state } = ground;
  const { authorityIdentifier } = order.ticket;
  // The same for each attempt: it may be a member already.
  const identityName = `project-${authorityIdentifier.hex.slice(0, 12)}`;
  const known = state.nodes.list().find((node) => node.identityName === identityName);
  if (known?.status === "running") expectListensAt(known, listenerAddress(order.host, order.port));
  else await expectFreePort(order.host, order.port, "give another one: --port PORT");
  const isNew = state.identities.find(identityName) === undefined;
  const identity = await state.identities.create({ name: identityName });
  let isReached = false;
  try {
    const registered = await register(ground, order, identity, () => {
      isReached = true;
    });
    return await bringUp(ground, order, { ...registered, identity, known });
  } catch (error) {
    // Once the ticket may have been used, the identity is the only one that it is good for, unless it was refused.
    const isUseless = !isReached || (isOckamError(error) && REFUSED.has(error.code));
    if (isNew && isUseless) await state.identities.delete(identityName);
    throw error;
  }
}

/** Failures after which the identity is of no use. */
const REFUSED: ReadonlySet<string> = new Set(["OCKAM_CLI_AUTHORITY_REFUSED", "OCKAM_CLI_NO_TICKET"]);

interface Registered {
  readonly id: string;
  readonly name: string;
  readonly accessRoute: string;
}

async function register(
  { state, terminal }: ServeGround,
  { host, port, ticket }: ServeOrder,
  identity: NamedIdentity,
  onReached: () => void,
): Promise<Registered> {
  const { authorityIdentifier: identifier, authorityRoute: route, oneTimeCode } = ticket;
  const { changeHistory } = await state.identities.identity(identity.name);
  const choice = { state, terminal, identifier, route, identity: identity.name };
  return await withAuthority(choice, async (client) => {
    onReached();
    await client.redeemToken(oneTimeCode);
    const { id, name } = readBeginning(await client.project());
    expectOwn(state.nodes.find(expectNodeName(`project-${name}`)), identity);
    const accessRoute = projectRoute(id, publicRoute(host, port));
    await client.registerProjectNode({ accessRoute, changeHistory }).catch((cause: unknown) => {
      if (!isOckamError(cause, "OCKAM_AUTHORITY_REFUSED")) throw cause;
      throw new OckamError(
        "OCKAM_CLI_NO_TICKET",
        "The ticket is not one for the node of the project, but for a member, and is used up now",
        {
          cause,
          details: { hint: "give the first one that 'ockam project create --only-authority' prints" },
        },
      );
    });
    return { id, name, accessRoute };
  });
}

interface Node extends Registered {
  readonly identity: NamedIdentity;
  readonly known: NodeRecord | undefined;
}

async function bringUp(
  { start, state }: ServeGround,
  { host, port, ticket }: ServeOrder,
  { accessRoute, id, identity, known, name }: Node,
): Promise<ServedProject> {
  if (known?.status === "running") return { name, node: known, accessRoute };
  const { identities } = state.identities.open(identity.name);
  const node = await start({
    state,
    name: `project-${name}`,
    identity: identity.name,
    options: {
      hostedProject: id,
      trust: {
        kind: "authority",
        // As the channel has verified it.
        authority: toHex(await identities.export(ticket.authorityIdentifier)),
        route: ticket.authorityRoute,
      },
      tcpListenerAddress: listenerAddress(host, port),
      statusEndpoint: "off",
    },
  });
  return { name, node, accessRoute };
}

/** Members would be told of an address at which the node does not listen. */
function expectListensAt({ name, options }: NodeRecord, address: string): void {
  if (options.tcpListenerAddress === address) return;
  throw new OckamError(
    "OCKAM_CLI_PROJECT_EXISTS",
    `The project's node ${name} runs already, at ${options.tcpListenerAddress}`,
    { details: { hint: `'ockam node stop ${name}' stops it; then run this again` } },
  );
}

function expectOwn(node: NodeRecord | undefined, { name }: NamedIdentity): void {
  if (node === undefined || node.identityName === name) return;
  throw new OckamError(
    "OCKAM_CLI_PROJECT_EXISTS",
    `There is a node ${node.name} already, of another project`,
    {
      details: { hint: `'ockam node delete ${node.name}' deletes it` },
    },
  );
}
