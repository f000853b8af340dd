// A transport listener as an address in a router. docs/protocol/routing.md, "Connections".
import { denyAll } from "./access-control.ts";
import { Address } from "./address.ts";
import type { RoutedConnection } from "./connection.ts";
import { routeConnection } from "./connection.ts";
import type { FlowControlId } from "./flow-control.ts";
import { FlowControls } from "./flow-control.ts";
import type { Router } from "./router.ts";
import type { Transport, TransportConnection } from "./transport.ts";

/** Options of {@link listen}. */
export interface ListenOptions {
  /** Gives up before the listener is there. */
  readonly signal?: AbortSignal;
  /** Called for each connection, before anything is read from it. */
  readonly onConnection?: (connection: RoutedConnection) => void;
  /** The flow of the listener; a new one by default. */
  readonly flowControlId?: FlowControlId;
}

/** A listener whose connections the router sends and receives through. */
export interface RoutedListener {
  /** Where it listens, as the transport names it: what a peer connects to. */
  readonly address: string;
  /** Its local address, which stands for it in the flow controls. */
  readonly listenerAddress: Address;
  /** Workers that are made consumers of this flow can be reached through each accepted connection; others cannot. */
  readonly flowControlId: FlowControlId;
  /** The connections that are open. */
  readonly connections: () => readonly RoutedConnection[];
  /** Resolves when it no longer listens, with the cause when that was not {@link close}. */
  readonly closed: Promise<Error | undefined>;
  /** Stops listening and closes the connections. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Listens at `address`. Nothing in this node can be reached through it until a worker is made a consumer of
 * {@link RoutedListener.flowControlId}.
 * @throws what the transport throws, or the signal's reason.
 */
export async function listen(
  router: Router,
  transport: Transport,
  address: string,
  options: ListenOptions = {},
): Promise<RoutedListener> {
  const { signal, onConnection, flowControlId = FlowControls.randomId() } = options;
  const connections = new Set<RoutedConnection>();
  const listenerAddress = Address.random();
  // The worker comes first: the flow must be known before the first connection is.
  let shutdown: (() => Promise<void>) | undefined;
  router.start(
    { handleMessage: () => {}, shutdown: () => shutdown?.() },
    { address: listenerAddress, mailbox: { incoming: denyAll, outgoing: denyAll } },
  );
  router.flowControls.addSpawner(listenerAddress, flowControlId);
  const accept = (accepted: TransportConnection): RoutedConnection | undefined => {
    try {
      if (router.has(listenerAddress)) {
        return routeConnection(router, accepted, transport.name, { spawner: flowControlId, onConnection });
      }
    } catch (error) {
      // As a rule the router is closing, and this listener's turn has not come yet.
      const message = `a connection of ${accepted.peer} was not taken`;
      router.log({ level: "warn", area: `listener ${transport.name}`, message, error });
    }
    void accepted.close();
    return undefined;
  };
  try {
    const listener = await transport.listen(address, {
      ...(signal === undefined ? {} : { signal }),
      onConnection: (accepted) => {
        const connection = accept(accepted);
        if (connection === undefined) return;
        connections.add(connection);
        void connection.closed.then(() => connections.delete(connection));
      },
    });
    shutdown = async () => {
      await listener.close();
      await Promise.all([...connections].map((connection) => connection.close()));
    };
    if (!router.has(listenerAddress)) await shutdown();
    const close = (): Promise<void> => router.stop(listenerAddress);
    void listener.closed.then(close);
    return {
      address: listener.address,
      listenerAddress,
      flowControlId,
      connections: () => [...connections],
      closed: listener.closed,
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await router.stop(listenerAddress);
    throw error;
  }
}
