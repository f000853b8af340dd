import type { AuthorityClient } from "@ockam/authority";
import { OckamError, toHex } from "@ockam/codec";
import type { NamedIdentity, NodeRecord, State } from "@ockam/node";
import type { ShortTicket } from "@ockam/project";

import { withAuthority } from "../authority-access.ts";
import type { startNode } from "../node-access.ts";
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

/**
 * Enrols an identity as the project's node, starts that, and has the authority tell the members how to reach it. It may
 * be repeated with the same ticket, also when the address is another one.
 * @throws OckamError OCKAM_NODE_PORT_IN_USE before anything is done, OCKAM_CLI_PROJECT_EXISTS, and those of
 * `withAuthority`
 */
export async function serveProject(
  {
    state,
    terminal,
    start,
  }: { readonly state: State; readonly terminal: Terminal; readonly start: typeof startNode },
  { host, port, ticket }: ServeOrder,
): Promise<ServedProject> {
  const { authorityIdentifier: identifier, authorityRoute: route, oneTimeCode } = ticket;
  // The same for each attempt: it may be a member already.
  const identityName = `project-${identifier.hex.slice(0, 12)}`;
  const known = state.nodes.list().find((node) => node.identityName === identityName);
  if (known?.status !== "running") await expectFreePort(host, port);
  await using undo = new AsyncDisposableStack();
  const isNew = state.identities.find(identityName) === undefined;
  const identity = await state.identities.create({ name: identityName });
  if (isNew) undo.defer(() => state.identities.delete(identityName));
  return await withAuthority(
    { state, terminal, identifier, route, identity: identityName },
    async (client) => {
      await client.redeemToken(oneTimeCode);
      undo.move();
      const { id, name } = readBeginning(await client.project());
      const nodeName = expectNodeName(`project-${name}`);
      expectOwn(state.nodes.find(nodeName), identity);
      const { identities } = state.identities.open(identityName);
      const trust = {
        kind: "authority",
        // As the channel has verified it.
        authority: toHex(await identities.export(identifier)),
        scope: `project-member-${id}`,
        route,
      } as const;
      const node =
        known?.status === "running"
          ? known
          : await start({
              state,
              name: nodeName,
              identity: identityName,
              options: {
                hostedProject: id,
                trust,
                tcpListenerAddress: listenerAddress(host, port),
                statusEndpoint: "off",
              },
            });
      return {
        name,
        node,
        accessRoute: await register(client, state, identity, projectRoute(id, publicRoute(host, port))),
      };
    },
  );
}

async function register(
  client: AuthorityClient,
  state: State,
  { name }: NamedIdentity,
  accessRoute: string,
): Promise<string> {
  const { changeHistory } = await state.identities.identity(name);
  await client.registerProjectNode({ accessRoute, changeHistory });
  return accessRoute;
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
