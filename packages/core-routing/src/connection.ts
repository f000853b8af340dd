// A transport connection as a pair of addresses in a router. docs/protocol/routing.md, "Connections".
import { denyAll } from "./access-control.ts";
import { Address } from "./address.ts";
import type { FlowControlId } from "./flow-control.ts";
import { FlowControls } from "./flow-control.ts";
import type { Message } from "./message.ts";
import type { Router } from "./router.ts";
import type { Transport, TransportConnection } from "./transport.ts";
import { decodeTransportMessage, encodeTransportMessage } from "./transport-message.ts";

/** Options of {@link connect}. */
export interface ConnectOptions {
  readonly signal?: AbortSignal;
  /** In milliseconds; the transport has a default of its own. */
  readonly timeout?: number;
  /** The flows whose messages may be sent out through this connection: of a relay, for one. None by default. */
  readonly consumerOf?: readonly FlowControlId[];
}

/** A connection that a router sends and receives through. It is closed when its worker is stopped, and the reverse. */
export interface RoutedConnection {
  /** The sender: a message to it, at the front of a route, leaves through this connection. */
  readonly address: Address;
  /** The source of the messages that come in. */
  readonly receiverAddress: Address;
  /** The flow of the messages that come in: they reach its consumers only. */
  readonly flowControlId: FlowControlId;
  /** The other side's address, for people. */
  readonly peer: string;
  /** Whether the other side is on this machine. */
  readonly loopback: boolean;
  /** Resolves when the connection has ended, with the cause when it was not an orderly end. */
  readonly closed: Promise<Error | undefined>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Opens a connection to `address` and gives it to the router. Put {@link RoutedConnection.address} in front of a route
 * to send through it.
 * @throws what the transport throws, or the signal's reason.
 */
export async function connect(
  router: Router,
  transport: Transport,
  address: string,
  options: ConnectOptions = {},
): Promise<RoutedConnection> {
  const { signal, timeout, consumerOf = [] } = options;
  const connection = await transport.connect(address, {
    ...(signal === undefined ? {} : { signal }),
    ...(timeout === undefined ? {} : { timeout }),
  });
  try {
    return routeConnection(router, connection, transport.name, { consumerOf });
  } catch (error) {
    // The router was closed meanwhile.
    await connection.close();
    throw error;
  }
}

/** What is known about a connection besides itself. */
export interface ConnectionOrigin {
  /** The flow of the listener that accepted it. */
  readonly spawner?: FlowControlId;
  readonly consumerOf?: readonly FlowControlId[];
  /** Called before anything is read. */
  readonly onConnection?: ((connection: RoutedConnection) => void) | undefined;
}

/** Gives an established connection to a router: for connections that neither `connect` nor `listen` made. */
export function routeConnection(
  router: Router,
  connection: TransportConnection,
  name: string,
  origin: ConnectionOrigin = {},
): RoutedConnection {
  const sender = Address.random();
  const receiver = Address.random();
  const flowControlId = FlowControls.randomId();
  const { flowControls } = router;
  const fail = (message: string, error: unknown): void => {
    router.log({ level: "warn", area: `connection ${name} ${connection.peer}`, message, error });
  };

  const handleMessage = (message: Message): void | Promise<void> =>
    connection.send(
      encodeTransportMessage(message.rerouted(message.onwardRoute.slice(1), message.returnRoute)),
    );
  const receive = (pieces: readonly Uint8Array[]): void | Promise<void> => {
    // A message that cannot be decoded throws, which closes the connection: nothing after it can be trusted.
    const message = decodeTransportMessage(pieces);
    if (message.onwardRoute.length === 0) return undefined;
    try {
      const wait = router.send(
        receiver,
        message.rerouted(message.onwardRoute, [sender, ...message.returnRoute]),
      );
      return wait?.catch((error: unknown) => fail("message dropped", error));
    } catch (error) {
      return fail("message dropped", error);
    }
  };

  router.start(
    { handleMessage, shutdown: () => connection.close() },
    {
      address: sender,
      mailbox: { outgoing: denyAll, terminal: { loopback: connection.loopback } },
      additional: [
        {
          address: receiver,
          incoming: denyAll,
          outgoing: flowControls.accessControl(flowControlId, origin.spawner),
        },
      ],
    },
  );
  flowControls.addProducer(receiver, flowControlId, origin.spawner, [sender]);
  for (const id of origin.consumerOf ?? []) flowControls.addConsumer(sender, id);
  const closed = connection.closed.then(async (cause) => {
    await router.stop(sender);
    return cause;
  });
  const close = async (): Promise<void> => {
    await router.stop(sender);
    await closed;
  };
  const routed: RoutedConnection = {
    address: sender,
    receiverAddress: receiver,
    flowControlId,
    peer: connection.peer,
    loopback: connection.loopback,
    closed,
    close,
    [Symbol.asyncDispose]: close,
  };
  try {
    origin.onConnection?.(routed);
  } catch (error) {
    fail("onConnection failed", error);
  }
  connection.start(receive);
  return routed;
}
