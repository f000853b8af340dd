import { Address, FlowControls, listen } from "@ockam/core-routing";
import type { FlowControlId, RoutedConnection, RoutedListener } from "@ockam/core-routing";

import type { NodeCore } from "../node-core.ts";
import { nodeError } from "../node-error.ts";
import { portInUse } from "./port-in-use.ts";
import { restoreEach } from "../state/restore-each.ts";
import type { TransportStatus } from "../status/node-status.ts";

interface ListenerDefinition {
  readonly address: string;
  /** Kept, so that consumers that were added to it still are after a restart. */
  readonly flowControlId: FlowControlId;
  /** Workers that were exposed to it. */
  readonly consumers?: readonly string[];
}

/** The TCP listeners of a node: its own, and those that were added, through which nothing is reached at first. */
export class TcpListeners {
  readonly #core: NodeCore;
  readonly #listeners = new Map<string, RoutedListener>();
  #main: RoutedListener | undefined;

  constructor(core: NodeCore) {
    this.#core = core;
  }

  /** Where the node's own listener listens. */
  get mainAddress(): string | undefined {
    return this.#main?.address;
  }

  /** Starts the node's own listener. @throws OckamError OCKAM_NODE_PORT_IN_USE and those of the transport */
  async startMain(address: string): Promise<void> {
    const flow = FlowControls.randomId();
    // Before the first connection can come.
    this.#core.exposure.open("tcp", flow);
    this.#main = await this.#listen(address, flow);
  }

  /** @throws OckamError OCKAM_NODE_PORT_IN_USE and those of the transport */
  async create(address: string, signal?: AbortSignal): Promise<TransportStatus> {
    const listener = await this.#listen(address, FlowControls.randomId(), signal);
    const { flowControlId } = listener;
    this.#core.resources.put("tcp-listener", listener.address, { address: listener.address, flowControlId });
    return statusOf(listener);
  }

  /** Lets a flow reach a worker; for a listener that was added, also after a restart. */
  addConsumer(flowControlId: FlowControlId, worker: string): void {
    const { resources, router } = this.#core;
    router.flowControls.addConsumer(Address.local(worker), flowControlId);
    const kept = resources.list<ListenerDefinition>("tcp-listener");
    const found = kept.find(({ definition }) => definition.flowControlId === flowControlId);
    if (found === undefined) return;
    const consumers = [...(found.definition.consumers ?? []), worker];
    resources.put("tcp-listener", found.name, { ...found.definition, consumers });
  }

  list(): readonly TransportStatus[] {
    return Array.from(this.#listeners.values(), statusOf);
  }

  /** @throws OckamError OCKAM_NODE_TCP_LISTENER_NOT_FOUND */
  show(address: string): TransportStatus {
    return statusOf(this.#get(address));
  }

  /** Closes its connections, too. @throws OckamError OCKAM_NODE_TCP_LISTENER_NOT_FOUND */
  async delete(address: string): Promise<TransportStatus> {
    const listener = this.#get(address);
    const status = statusOf(listener);
    this.#listeners.delete(listener.address);
    this.#core.resources.delete("tcp-listener", listener.address);
    await listener.close();
    return status;
  }

  /** The connections that were accepted. */
  connections(): readonly RoutedConnection[] {
    return Array.from(this.#listeners.values()).flatMap((listener) => listener.connections());
  }

  /** Brings back what the node had. */
  restore(): Promise<void> {
    return restoreEach<ListenerDefinition>(this.#core, "tcp-listener", ({ definition }) => {
      const { address, consumers = [], flowControlId } = definition;
      for (const worker of consumers)
        this.#core.router.flowControls.addConsumer(Address.local(worker), flowControlId);
      return this.#listen(address, flowControlId);
    });
  }

  async close(): Promise<void> {
    await Promise.all(Array.from(this.#listeners.values(), (listener) => listener.close()));
  }

  async #listen(
    address: string,
    flowControlId: FlowControlId,
    signal?: AbortSignal,
  ): Promise<RoutedListener> {
    const { hops, router, transport } = this.#core;
    const listener = await listen(router, transport, address, {
      flowControlId,
      onConnection: (connection) => hops.add(connection.address, { closed: connection.closed }),
      ...(signal === undefined ? {} : { signal }),
    }).catch((error: unknown) => {
      throw portInUse(address, error) ?? error;
    });
    this.#listeners.set(listener.address, listener);
    return listener;
  }

  #get(address: string): RoutedListener {
    const listener =
      this.#listeners.get(address) ??
      Array.from(this.#listeners.values()).find(({ listenerAddress }) => listenerAddress.name === address);
    if (listener !== undefined) return listener;
    throw nodeError(
      "TCP_LISTENER_NOT_FOUND",
      `Listener ${address} was not found in the registry; "ockam tcp-listener list" shows those that are there`,
    );
  }
}

function statusOf(listener: RoutedListener): TransportStatus {
  return {
    type: "Tcp",
    mode: "Listen",
    socket_addr: listener.address,
    worker_addr: "<none>",
    processor_address: listener.listenerAddress.name,
    flow_control_id: listener.flowControlId,
  };
}
