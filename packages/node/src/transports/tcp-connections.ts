import type { RoutedConnection } from "@ockam/core-routing";

import type { RoutePart } from "../routes/built-route.ts";
import { DurableHop } from "../routes/durable-hop.ts";
import type { DurableHopOptions, HopPath } from "../routes/durable-hop.ts";
import type { NodeCore } from "../node-core.ts";
import { nodeError } from "../node-error.ts";
import { openConnection } from "../routes/route-builder.ts";
import { serviceName } from "../control/service-path.ts";
import { ATTEMPT_TIMEOUT } from "../sessions/session.ts";
import type { TransportStatus } from "../status/node-status.ts";

/** How long a connection may take to come up unless told otherwise, ms. */
export const TCP_CONNECTION_CREATE_TIMEOUT = 30_000;

interface ConnectionDefinition {
  readonly to: string;
}

interface OwnConnection {
  readonly definition: ConnectionDefinition;
  readonly hop: DurableHop;
}

/** The TCP connections of a node: those that it was told to open and keeps open, and all others. */
export class TcpConnections {
  readonly #core: NodeCore;
  readonly #accepted: () => readonly RoutedConnection[];
  /** By the name of their address. */
  readonly #own = new Map<string, OwnConnection>();

  constructor(core: NodeCore, accepted: () => readonly RoutedConnection[]) {
    this.#core = core;
    this.#accepted = accepted;
  }

  /** @throws OckamError of the transport */
  async create(
    to: string,
    options: { timeout?: number; signal?: AbortSignal } = {},
  ): Promise<TransportStatus> {
    const { timeout = TCP_CONNECTION_CREATE_TIMEOUT, signal } = options;
    const connection = await openConnection(this.#core, to, {
      timeout,
      ...(signal === undefined ? {} : { signal }),
    });
    const definition = { to };
    const hop = new DurableHop(this.#core, asPath(connection), this.#hopOptions(definition));
    this.#own.set(hop.address.name, { definition, hop });
    this.#core.resources.put("tcp-connection", hop.address.name, definition);
    return statusOf(connection, "Outgoing");
  }

  list(): readonly TransportStatus[] {
    const own = Array.from(this.#own.values());
    const parts = new Set(own.map(({ hop }) => hop.part));
    const others = this.#core.hops.connections().filter((connection) => !parts.has(connection));
    return [
      ...own.map(statusOfOwn),
      ...others.map((connection) => statusOf(connection, "Outgoing")),
      ...this.#accepted().map((connection) => statusOf(connection, "Incoming")),
    ];
  }

  /** @throws OckamError OCKAM_NODE_TCP_CONNECTION_NOT_FOUND */
  show(address: string): TransportStatus {
    const name = serviceName(address);
    const found = this.list().find(
      ({ socket_addr: socket, worker_addr: worker }) => socket === name || worker === name,
    );
    if (found !== undefined) return found;
    throw nodeError(
      "TCP_CONNECTION_NOT_FOUND",
      `The TCP connection ${address} was not found; "ockam tcp-connection list" shows those that are there`,
    );
  }

  /** Closes it for good. @throws OckamError OCKAM_NODE_TCP_CONNECTION_NOT_FOUND */
  async delete(address: string): Promise<TransportStatus> {
    const status = this.show(address);
    const own = this.#own.get(status.worker_addr);
    if (own === undefined) {
      const others = [...this.#core.hops.connections(), ...this.#accepted()];
      await others.find((connection) => connection.address.name === status.worker_addr)?.close();
      return status;
    }
    this.#own.delete(status.worker_addr);
    this.#core.resources.delete("tcp-connection", status.worker_addr);
    await own.hop.close();
    return status;
  }

  /** Brings back what the node had. */
  restore(): void {
    for (const { name, definition } of this.#core.resources.list<ConnectionDefinition>("tcp-connection")) {
      const hop = new DurableHop(this.#core, name, this.#hopOptions(definition));
      this.#own.set(name, { definition, hop });
    }
  }

  async close(): Promise<void> {
    await Promise.all(Array.from(this.#own.values(), ({ hop }) => hop.close()));
  }

  #hopOptions({ to }: ConnectionDefinition): DurableHopOptions {
    return {
      name: `TCP connection to ${to}`,
      open: async (signal) =>
        asPath(await openConnection(this.#core, to, { timeout: ATTEMPT_TIMEOUT, signal })),
      onPart: (part) => this.#expose(part),
    };
  }

  #expose(part: RoutePart): void {
    const { exposure } = this.#core;
    exposure.open("connections", part.flowControlId);
    void part.closed.then(() => exposure.close("connections", part.flowControlId));
  }
}

function asPath(connection: RoutedConnection): HopPath {
  return {
    part: connection,
    pingRoute: undefined,
    closed: connection.closed,
    close: () => connection.close(),
  };
}

function statusOfOwn({ definition, hop }: OwnConnection): TransportStatus {
  const { part } = hop;
  if (part === undefined || "role" in part)
    return {
      type: "Tcp",
      mode: "Outgoing",
      socket_addr: definition.to,
      worker_addr: hop.address.name,
      processor_address: "<none>",
      flow_control_id: "<none>",
    };
  return { ...statusOf(part, "Outgoing"), worker_addr: hop.address.name };
}

function statusOf(connection: RoutedConnection, mode: "Incoming" | "Outgoing"): TransportStatus {
  return {
    type: "Tcp",
    mode,
    socket_addr: connection.peer,
    worker_addr: connection.address.name,
    processor_address: connection.receiverAddress.name,
    flow_control_id: connection.flowControlId,
  };
}
