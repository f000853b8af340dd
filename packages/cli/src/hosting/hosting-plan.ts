import { randomBytes } from "node:crypto";

import { OckamError } from "@ockam/codec";
import type { NodeRecord, State } from "@ockam/node";

import { isNodeName } from "../node-reference.ts";
import { usageError } from "../usage-error.ts";
import { expectFreePort, findPublicHost, THIS_MACHINE, type PublicHost } from "./public-host.ts";

/** The port of a project's node unless told otherwise. */
export const PROJECT_PORT = 4000;
/** The port of a project's authority unless told otherwise. */
export const AUTHORITY_PORT = 4001;

/** What the user asks for. */
export interface HostingOrder {
  readonly name: string;
  /** How others find this machine; nobody but itself when absent. */
  readonly address: string | undefined;
  readonly port: number | undefined;
  /** How others find the authority; {@link address} when absent. */
  readonly authorityAddress: string | undefined;
  readonly authorityPort: number | undefined;
  /** Seconds. */
  readonly credentialLifetime: number | undefined;
  /** The project's node will be on another machine. */
  readonly onlyAuthority: boolean;
}

/** One of a project's nodes, as it is or will be. */
export interface PlannedNode {
  /** Also that of its identity. */
  readonly name: string;
  readonly host: PublicHost;
  readonly port: number;
  /** As it is; undefined when it has to be made. */
  readonly record: NodeRecord | undefined;
}

/** What has to be there for a project to be hosted on this machine. */
export interface HostingPlan {
  /** 12 hex digits. */
  readonly id: string;
  readonly name: string;
  readonly authority: PlannedNode;
  /** Undefined when it is on another machine. */
  readonly node: PlannedNode | undefined;
  /** Seconds. */
  readonly credentialLifetime: number | undefined;
}

/**
 * Finds the project that was hosted before, or plans a new one, and makes sure that it can be: nothing has been changed
 * when this fails.
 * @throws OckamError OCKAM_CLI_PROJECT_EXISTS, OCKAM_CLI_ADDRESS_NOT_FOUND, OCKAM_NODE_PORT_IN_USE,
 * OCKAM_CLI_USAGE
 */
export async function planHosting(state: State, order: HostingOrder): Promise<HostingPlan> {
  const known = state.nodes.list().find(({ options }) => options.authority?.project?.name === order.name);
  const plan = known === undefined ? await newPlan(state, order) : await knownPlan(state, known, order);
  const { authority, node } = plan;
  await expectRoom(authority, "--authority-port");
  if (node !== undefined) await expectRoom(node, "--port");
  return plan;
}

async function expectRoom({ host, port, record }: PlannedNode, option: string): Promise<void> {
  if (record?.status === "running") return;
  const hint =
    record === undefined
      ? `give another one: ${option} PORT`
      : "members know it by this port: stop what listens there, and try again";
  await expectFreePort(host, port, hint);
}

async function newPlan(state: State, order: HostingOrder): Promise<HostingPlan> {
  const { name } = order;
  const nodeName = `project-${name}`;
  if (!isNodeName(name))
    throw usageError(`'${name}' is no name for a project`, "use letters, digits, '_' and '-' only");
  if (state.projects.find(name) !== undefined)
    throw projectExists(name, `'ockam project delete ${name}' forgets it`);
  if (state.nodes.find(nodeName) !== undefined)
    throw projectExists(
      name,
      `its node would be ${nodeName}, and there is one: 'ockam node delete ${nodeName}'`,
    );
  const host = order.address === undefined ? THIS_MACHINE : await findPublicHost(order.address);
  const authorityHost =
    order.authorityAddress === undefined ? host : await findPublicHost(order.authorityAddress);
  const { authorityPort = AUTHORITY_PORT, port = PROJECT_PORT } = order;
  if (!order.onlyAuthority && port === authorityPort)
    throw usageError("the relay and the authority cannot have the same port");
  const id = randomBytes(6).toString("hex");
  return {
    id,
    name,
    authority: { name: `authority-${id}`, host: authorityHost, port: authorityPort, record: undefined },
    node: order.onlyAuthority ? undefined : { name: nodeName, host, port, record: undefined },
    credentialLifetime: order.credentialLifetime,
  };
}

async function knownPlan(state: State, record: NodeRecord, order: HostingOrder): Promise<HostingPlan> {
  const { name } = order;
  const { authority: settings } = record.options;
  const { project, projectIdentifier: id = "", credentialLifetime } = settings ?? {};
  const authority = { name: record.name, ...(await placeOf(project?.authorityRoute)), record };
  const nodeName = `project-${name}`;
  const isHere = state.identities.find(nodeName) !== undefined;
  const place = project?.node === undefined || !isHere ? undefined : await placeOf(project.node.accessRoute);
  const node = place && { name: nodeName, ...place, record: state.nodes.find(nodeName) };
  const wanted = [
    [order.address, node?.host.name ?? authority.host.name],
    [order.port, node?.port],
    [order.authorityAddress, authority.host.name],
    [order.authorityPort, authority.port],
  ];
  const isOther =
    wanted.some(([asked, has]) => asked !== undefined && has !== undefined && asked !== has) ||
    (order.credentialLifetime !== undefined && order.credentialLifetime !== credentialLifetime) ||
    (order.onlyAuthority && node !== undefined);
  if (isOther) throw projectExists(name, anew(name, [authority, ...(node === undefined ? [] : [node])]));
  return { id, name, authority, node, credentialLifetime };
}

/** What to do about a project that was made with other options. */
function anew(project: string, nodes: readonly PlannedNode[]): string {
  const commands = [...nodes.map(({ name }) => `node delete ${name}`), `project delete ${project}`];
  return (
    "leave out all options, and CREDENTIAL_TTL_SECS, to start it as it is, with new tickets; or delete it first: " +
    commands.map((command) => `'ockam ${command}'`).join(", ")
  );
}

/** Host and port of a route that was made here. */
async function placeOf(
  route: string | undefined,
): Promise<{ readonly host: PublicHost; readonly port: number }> {
  const [, , name, , port] = (route ?? "").split("/");
  if (name === undefined) throw new TypeError('"route" expected a route of this project');
  return { host: await findPublicHost(name), port: Number(port) };
}

function projectExists(name: string, hint: string): OckamError {
  return new OckamError("OCKAM_CLI_PROJECT_EXISTS", `There is a project ${name} already`, {
    details: { hint: `give another name, or ${hint}` },
  });
}
