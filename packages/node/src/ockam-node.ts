import type { Router } from "@ockam/core-routing";

import { expectOffered } from "./authority/authority-methods.ts";
import type {
  ControlMethod,
  ControlParams,
  ControlResult,
  MessageSendParams,
  StoredResource,
} from "./control/control-api.ts";
import { CONTROL_METHODS } from "./control/control-methods.ts";
import { expectParams } from "./control/control-params.ts";
import type { ControlServer } from "./control/control-server.ts";
import { KafkaInlets } from "./kafka/kafka-inlets.ts";
import { KafkaOutlets } from "./kafka/kafka-outlets.ts";
import { sendMessage } from "./routes/message-sender.ts";
import type { NodeCore } from "./node-core.ts";
import { nodeError } from "./node-error.ts";
import type { NodeParts } from "./node-parts.ts";
import type { Policies } from "./policies/policies.ts";
import type { LogThreshold } from "./process/log-level.ts";
import { RESOURCE_KINDS } from "./state/resource-registry.ts";
import type { ResourceKind } from "./state/resource-registry.ts";
import { Relays } from "./relays/relays.ts";
import { SecureChannelListeners } from "./channels/secure-channel-listeners.ts";
import { SecureChannels } from "./channels/secure-channels.ts";
import { Services } from "./services.ts";
import type { StatusEndpoint } from "./status/status-endpoint.ts";
import { TcpConnections } from "./transports/tcp-connections.ts";
import { TcpInlets } from "./portals/tcp-inlets.ts";
import { TcpListeners } from "./transports/tcp-listeners.ts";
import { TcpOutlets } from "./portals/tcp-outlets.ts";
import type { NodeStatus } from "./status/node-status.ts";
import { MAX_LISTED, openChannelStatus } from "./status/traffic-status.ts";
import { AuthorityConnection } from "./trust/authority-connection.ts";
import type { AuthorityConnectionOptions } from "./trust/authority-connection.ts";
import type { NodeTrust } from "./trust/node-trust.ts";

/** Something to close with the node. */
type Closable = Pick<StatusEndpoint | ControlServer, "close">;

/**
 * A running node: `createNode` makes one. Each property manages one kind of thing that it has; what is created
 * through them is there again after a restart. {@link call} offers the same by method name. docs/node.md
 */
export class OckamNode implements NodeParts, AsyncDisposable {
  readonly name: string;
  /** Its identity: `I` and 64 hex digits. */
  readonly identifier: string;
  readonly router: Router;
  readonly services: Services;
  readonly tcpListeners: TcpListeners;
  readonly tcpConnections: TcpConnections;
  readonly secureChannels: SecureChannels;
  readonly secureChannelListeners: SecureChannelListeners;
  readonly tcpOutlets: TcpOutlets;
  readonly tcpInlets: TcpInlets;
  readonly relays: Relays;
  readonly kafkaOutlets: KafkaOutlets;
  readonly kafkaInlets: KafkaInlets;
  /** Whom it believes what is said about others, and what it shows of itself. */
  readonly trust: NodeTrust;
  /** Who may use what of it. */
  readonly policies: Policies;
  /** Resolves when the node has been closed. */
  readonly closed: Promise<void>;
  readonly #core: NodeCore;
  readonly #extras: Closable[] = [];
  readonly #startedAt = new Date();
  #statusEndpointAddress: string | undefined;
  #closing: Promise<void> | undefined;
  #resolveClosed: () => void = () => {};

  constructor(core: NodeCore) {
    this.#core = core;
    this.name = core.name;
    this.identifier = core.state.identities.get(core.identityName).identifier.toString();
    this.router = core.router;
    this.services = new Services(core);
    this.tcpListeners = new TcpListeners(core);
    this.tcpConnections = new TcpConnections(core, () => this.tcpListeners.connections());
    this.secureChannels = new SecureChannels(core);
    this.secureChannelListeners = new SecureChannelListeners(core);
    this.tcpOutlets = new TcpOutlets(core);
    this.tcpInlets = new TcpInlets(core);
    this.relays = new Relays(core);
    this.kafkaOutlets = new KafkaOutlets(core);
    this.kafkaInlets = new KafkaInlets(core);
    this.trust = core.trust;
    this.policies = core.policies;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
  }

  /** `host:port` of its own TCP listener; undefined without one. */
  get tcpListenerAddress(): string | undefined {
    return this.tcpListeners.mainAddress;
  }

  /** `ip:port` of its status endpoint; undefined without one. */
  get statusEndpointAddress(): string | undefined {
    return this.#statusEndpointAddress;
  }

  show(): NodeStatus {
    const channels = this.#core.hops.channels();
    const connections = this.tcpConnections.list();
    const hostedRelays = this.services.hostedRelays();
    const { identityName, name, state } = this.#core;
    const address = this.tcpListenerAddress;
    return {
      name,
      identity_name: identityName,
      is_default: state.nodes.find(name)?.isDefault ?? false,
      status: "running",
      pid: process.pid,
      route: {
        short: `/node/${name}`,
        verbose:
          address === undefined
            ? null
            : `/dnsaddr/localhost/tcp/${address.slice(address.lastIndexOf(":") + 1)}`,
      },
      status_endpoint_address: this.#statusEndpointAddress ?? null,
      transports: this.tcpListeners.list(),
      secure_channel_listeners: this.secureChannelListeners.list(),
      inlets: this.tcpInlets.list(),
      outlets: this.tcpOutlets.list(),
      services: this.services.list(),
      relays: this.relays.list(),
      kafka_inlets: this.kafkaInlets.list(),
      kafka_outlets: this.kafkaOutlets.list(),
      secure_channels: channels.slice(0, MAX_LISTED).map(openChannelStatus),
      tcp_connections: connections.slice(0, MAX_LISTED),
      hosted_relays: hostedRelays.slice(0, MAX_LISTED),
      totals: {
        secure_channels: channels.length,
        tcp_connections: connections.length,
        hosted_relays: hostedRelays.length,
      },
      started_at: this.#startedAt.toISOString(),
      log_level: this.#core.logDial?.level ?? null,
      trust: this.#core.trust.status(),
    };
  }

  setLogLevel(level: LogThreshold): { readonly level: LogThreshold; readonly before: LogThreshold } {
    const { logDial, name } = this.#core;
    if (logDial === undefined)
      throw nodeError(
        "LOG_LEVEL_FIXED",
        `the level of what the node ${name} logs is fixed: it runs in the foreground, where -v decides`,
      );
    const before = logDial.level;
    logDial.level = level;
    return { level, before };
  }

  resources(): readonly StoredResource[] {
    const { resources } = this.#core;
    return RESOURCE_KINDS.flatMap((kind) =>
      resources
        .list<StoredResource["definition"]>(kind)
        .map(({ name, definition }) => ({ kind, name, definition: askedFor(kind, definition) })),
    );
  }

  sendMessage(params: MessageSendParams, signal?: AbortSignal): Promise<{ readonly payload: string }> {
    return sendMessage(this.#core, params, signal);
  }

  /**
   * Opens a connection of its own to an authority, and to nobody else. Close it after use.
   * @throws OckamError OCKAM_NODE_PEER_NOT_TRUSTED when somebody else answers there, and others of a route
   */
  connectAuthority(options: AuthorityConnectionOptions): Promise<AuthorityConnection> {
    return AuthorityConnection.open(this.#core, options);
  }

  /**
   * Calls a method of the control API, after checking its parameters.
   * @throws OckamError OCKAM_NODE_UNKNOWN_METHOD, OCKAM_NODE_INVALID_PARAMETERS, OCKAM_NODE_OTHER_KIND (the node is an
   * authority's), and those of the method
   */
  async call<M extends ControlMethod>(
    method: M,
    params: ControlParams<M>,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<ControlResult<M>> {
    expectParams(method, params);
    expectOffered(this.#core.state.nodes.find(this.name), method);
    return CONTROL_METHODS[method](this, params, options.signal);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Takes over things that are closed with the node. */
  own(extra: Closable): void {
    this.#extras.push(extra);
  }

  /** Takes over its status endpoint. */
  ownStatusEndpoint(endpoint: StatusEndpoint): void {
    this.#statusEndpointAddress = endpoint.address;
    this.own(endpoint);
  }

  async #close(): Promise<void> {
    // From those that depend on others to those that others depend on, so that every goodbye can still leave.
    const steps: readonly (() => Promise<unknown>)[] = [
      () => Promise.all(this.#extras.map((extra) => extra.close())),
      () => this.kafkaInlets.close(),
      () => this.tcpInlets.close(),
      () => this.relays.close(),
      () => this.kafkaOutlets.close(),
      () => this.tcpOutlets.close(),
      () => this.secureChannels.close(),
      () => this.secureChannelListeners.close(),
      () => this.tcpConnections.close(),
      () => this.tcpListeners.close(),
      () => this.#core.trust.close(),
      () => this.router.close(),
    ];
    for (const step of steps) {
      await step().catch((error: unknown) => {
        this.#core.log({ level: "error", area: "node", message: "the node was not closed in order", error });
      });
    }
    const { nodes, processes } = this.#core.state;
    nodes.release(this.name, processes.own());
    this.#resolveClosed();
  }
}

/** What a node chose, or has learned since, is nothing that it was told to have, and private keys are not told. */
function askedFor(
  kind: ResourceKind,
  definition: StoredResource["definition"],
): StoredResource["definition"] {
  if (kind !== "kafka-inlet" && kind !== "kafka-outlet") return definition;
  const { advertisedPorts: _, brokers: __, published: ___, brokersPortRange, tls, ...rest } = definition;
  const { brokersPortRangeIsUsual, ...told } = rest;
  const hasRange = brokersPortRange !== undefined && brokersPortRangeIsUsual !== true;
  const asked = hasRange ? { ...told, brokersPortRange } : told;
  if (typeof tls !== "object" || tls === null) return tls === undefined ? asked : { ...asked, tls };
  return { ...asked, tls: { certificate: (tls as { readonly certificate: string }).certificate } };
}
