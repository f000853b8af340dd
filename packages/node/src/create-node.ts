import { isOckamError, silentLog } from "@ockam/codec";
import { Router } from "@ockam/core-routing";
import { tcp } from "@ockam/transport-tcp";

import { startAuthorityNode } from "./authority/authority-node.ts";
import { startControlServer } from "./control/control-server.ts";
import { Exposure } from "./exposure.ts";
import { HopDirectory } from "./routes/hop-directory.ts";
import { expectName } from "./state/name.ts";
import type { NodeCore, NodeGround } from "./node-core.ts";
import { nodeError } from "./node-error.ts";
import type { CreateNodeOptions } from "./node-options.ts";
import { alreadyRunning, DEFAULT_NODE_OPTIONS } from "./state/node-registry.ts";
import { OckamNode } from "./ockam-node.ts";
import { Policies } from "./policies/policies.ts";
import { NO_POLICY_STORE, SqlitePolicyStore } from "./policies/policy-store.ts";
import { startProjectDoor } from "./projects/project-door.ts";
import { NO_RESOURCES } from "./state/resource-registry.ts";
import { API_LISTENER } from "./channels/secure-channel-listeners.ts";
import { openState, sqliteState } from "./state/sqlite-state.ts";
import type { SqliteState } from "./state/sqlite-state.ts";
import type { NodeRecord, StoredNodeOptions } from "./state/state.ts";
import { startStatusEndpoint } from "./status/status-endpoint.ts";
import { AuthorityConnection } from "./trust/authority-connection.ts";
import { NodeTrust } from "./trust/node-trust.ts";
import type { TrustOptions } from "./trust/trust-options.ts";

/**
 * Starts a node: a TCP listener on 127.0.0.1, the services `echo` and `uppercase`, the secure channel listener `api`,
 * and everything that it had when it last ran with this state.
 * @throws OckamError OCKAM_NODE_ALREADY_RUNNING, OCKAM_NODE_PORT_IN_USE, OCKAM_NODE_INVALID_NAME,
 * OCKAM_NODE_PROJECT_NOT_FOUND, OCKAM_NODE_INVALID_TRUST; nothing is left running then, and a node that is new is forgotten again
 */
export async function createNode(options: CreateNodeOptions = {}): Promise<OckamNode> {
  const state = sqliteState(options.state ?? openState({ inMemory: true }));
  const name = options.name ?? state.nodes.nextName();
  const known = state.nodes.find(name);
  const isEphemeral = options.ephemeral === true;
  const identityName = isEphemeral
    ? await chooseIdentity(state, options.identity)
    : await claim(state, name, known, options);
  const resources = isEphemeral ? NO_RESOURCES : state.nodes.resources(name);
  const forget = (): void => {
    if (known === undefined && !isEphemeral && options.state !== undefined) state.nodes.delete(name);
  };
  let core: NodeCore;
  try {
    core = await coreOf(state, { name, identityName, resources }, options);
  } catch (error) {
    state.nodes.release(name, state.processes.own());
    forget();
    throw error;
  }
  const node = new OckamNode(core);
  if (options.state === undefined) void node.closed.then(() => state.close());
  if (isEphemeral) return node;
  try {
    await bringUp(node, core, options);
    return node;
  } catch (error) {
    await node.close();
    forget();
    throw error;
  }
}

/** Makes this process the one of the node, and returns the name of the node's identity. */
async function claim(
  state: SqliteState,
  name: string,
  known: NodeRecord | undefined,
  options: CreateNodeOptions,
): Promise<string> {
  expectName(name);
  const { skipIsRunningCheck = false } = options;
  if (known?.status === "running" && !skipIsRunningCheck) throw alreadyRunning(name);
  const identityName = await chooseIdentity(state, options.identity ?? known?.identityName);
  const before: StoredNodeOptions = known?.options ?? { ...DEFAULT_NODE_OPTIONS, statusEndpoint: "off" };
  const {
    authority = before.authority,
    hostedProject = before.hostedProject,
    trust = before.trust,
  } = options;
  if (known !== undefined && authority !== undefined && before.authority === undefined)
    throw nodeError(
      "OTHER_KIND",
      `There is a node ${name} already, which is not an authority's; delete it first`,
    );
  state.nodes.claim(name, {
    identityName,
    options: {
      tcpListenerAddress: options.tcpListenerAddress ?? before.tcpListenerAddress,
      statusEndpoint: options.statusEndpoint ?? before.statusEndpoint,
      ...(authority === undefined ? {} : { authority }),
      ...(hostedProject === undefined ? {} : { hostedProject }),
      ...(trust === undefined ? {} : { trust }),
    },
    process: state.processes.own(),
    skipIsRunningCheck,
  });
  return identityName;
}

async function coreOf(
  state: SqliteState,
  own: Pick<NodeCore, "name" | "identityName" | "resources">,
  options: CreateNodeOptions,
): Promise<NodeCore> {
  const { log = silentLog, transport = tcp({ log }) } = options;
  const router = new Router({ log });
  const ground: NodeGround = {
    ...own,
    state,
    router,
    transport,
    exposure: new Exposure(router.flowControls),
    hops: new HopDirectory(),
    log,
    logDial: options.logDial,
  };
  const stored = state.nodes.find(own.name)?.options;
  // An authority believes nobody else.
  const fallback: TrustOptions = { kind: stored?.authority === undefined ? "project" : "none" };
  const trust: NodeTrust = await NodeTrust.open({
    ground,
    trust: options.trust ?? stored?.trust ?? fallback,
    projects: state.projects,
    connect: ({ authority, identityName, route }, signal) =>
      AuthorityConnection.open(core, { route, identifier: authority, identity: identityName, signal }),
  });
  const store =
    options.ephemeral === true ? NO_POLICY_STORE : new SqlitePolicyStore(state.database, own.name);
  const core: NodeCore = { ...ground, trust, policies: new Policies(ground, trust, store) };
  return core;
}

async function chooseIdentity(state: SqliteState, name: string | undefined): Promise<string> {
  const identity =
    name === undefined ? await state.identities.getDefault() : await state.identities.create({ name });
  return identity.name;
}

/** What others can reach comes up last. */
async function bringUp(node: OckamNode, core: NodeCore, options: CreateNodeOptions): Promise<void> {
  const { log, name, state } = core;
  const record = state.nodes.get(name);
  const { authority } = record.options;
  if (authority === undefined) await startServices(node, core, record, options);
  else node.own(await startAuthorityNode(core, authority));
  await startListener(node, record);
  const endpoint = await startStatusEndpoint(record.options.statusEndpoint, () => node.show());
  if (endpoint !== undefined) node.ownStatusEndpoint(endpoint);
  const control = options.control === true ? state.platform.controlAddress(state.home, name) : undefined;
  if (control !== undefined)
    node.own(
      await startControlServer({ address: control, platform: state.platform, log }, (method, params, how) =>
        node.call(method, params, how),
      ),
    );
  state.nodes.setBound(name, {
    tcpListener: node.tcpListenerAddress,
    statusEndpoint: node.statusEndpointAddress,
    control,
  });
  core.trust.start();
  node.relays.restore();
  await node.tcpInlets.restore();
  await node.kafkaInlets.restore();
  log({
    level: "info",
    area: "node",
    message: `${name} is up at ${node.tcpListenerAddress ?? "no TCP address"}`,
  });
}

/** What a node has that is no authority's. */
async function startServices(
  node: OckamNode,
  core: NodeCore,
  record: NodeRecord,
  options: CreateNodeOptions,
): Promise<void> {
  node.services.startDefaults();
  if (record.options.hostedProject !== undefined) startProjectDoor(core, record.options.hostedProject);
  if (options.apiListener !== undefined)
    core.resources.put("secure-channel-listener", API_LISTENER, {
      address: API_LISTENER,
      ...options.apiListener,
    });
  // Its owner may have put another one in its place, which must not come back open to everybody.
  const stored = core.resources.list("secure-channel-listener");
  if (!stored.some((listener) => listener.name === API_LISTENER))
    node.secureChannelListeners.start({ address: API_LISTENER });
  await node.services.restore();
  await node.secureChannelListeners.restore();
  await node.tcpListeners.restore();
  node.tcpConnections.restore();
  node.secureChannels.restore();
  await node.tcpOutlets.restore();
  await node.kafkaOutlets.restore();
}

async function startListener(node: OckamNode, record: NodeRecord): Promise<void> {
  const { tcpListenerAddress: wanted } = record.options;
  if (wanted === "off") return;
  // Peers may know the port that it had: a free one is as good as that one only when that one is taken.
  const before = record.tcpListenerAddress;
  if (before !== undefined && wanted.endsWith(":0") && hostOf(before) === hostOf(wanted)) {
    try {
      return await node.tcpListeners.startMain(before);
    } catch (error) {
      // Windows keeps ranges of ports for itself, other ones after each start.
      const isGone = ["OCKAM_NODE_PORT_IN_USE", "OCKAM_TCP_PERMISSION_DENIED"].some((code) =>
        isOckamError(error, code),
      );
      if (!isGone) throw error;
    }
  }
  await node.tcpListeners.startMain(wanted);
}

function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(":"));
}
