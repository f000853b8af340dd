// Two routers with a connection between them, for tests of portals.
import type {
  Address,
  Context,
  LocalInfo,
  Message,
  Route,
  RoutedConnection,
  RoutedListener,
  Transport,
} from "@ockam/core-routing";
import {
  Address as RoutingAddress,
  connect,
  listen,
  Router,
  SECURE_CHANNEL_IDENTIFIER,
} from "@ockam/core-routing";

/** A node that inlets are on, a node that outlets are on, and what connects them. */
export interface Nodes {
  readonly inlets: Router;
  readonly outlets: Router;
  readonly connection: RoutedConnection;
  readonly listener: RoutedListener;
  /** The way from the first node to a worker of the second one. */
  routeTo(worker: Address): Route;
  close(): Promise<void>;
}

/** Connects two new routers; workers given to `routeTo` can be reached through the connection. */
export async function connectNodes(transport: Transport, address: string): Promise<Nodes> {
  const inlets = new Router();
  const outlets = new Router();
  const listener = await listen(outlets, transport, address);
  const connection = await connect(inlets, transport, listener.address);
  return {
    inlets,
    outlets,
    connection,
    listener,
    routeTo: (worker) => {
      outlets.flowControls.addConsumer(worker, listener.flowControlId);
      return [connection.address, worker];
    },
    close: async () => {
      await connection.close();
      await listener.close();
      await inlets.close();
      await outlets.close();
    },
  };
}

/** What a hop makes of one message: those that it sends on instead. */
export type Tamper = (message: Message, forward: boolean) => readonly Message[];

/**
 * Puts a worker into a route, which all messages of both directions pass and which may do to them what it likes. The
 * route begins with an address on `router`; the worker is there, too.
 */
export function tamperWith(router: Router, route: Route, tamper: Tamper): Route {
  const worker = (forward: boolean) => (message: Message, context: Context) => {
    const other = forward ? back : there;
    const next = message.rerouted(message.onwardRoute.slice(1), [other.address, ...message.returnRoute]);
    const waits = tamper(next, forward)
      .map((each) => context.forward(each))
      .filter((wait) => wait instanceof Promise);
    return waits.length === 0 ? undefined : Promise.all(waits).then(() => {});
  };
  const there = router.start(worker(true));
  const back = router.start(worker(false));
  router.flowControls.linkConsumer(back.address, route[0]!);
  return [there.address, ...route];
}

/** A stand-in for a secure channel: what passes it is marked as coming from `identifier` (64 hex digits). */
export function pretendChannel(router: Router, identifier: string): Address {
  const bytes = Uint8Array.from(identifier.match(/../g)!, (hex) => Number.parseInt(hex, 16));
  const info: LocalInfo = {
    type: SECURE_CHANNEL_IDENTIFIER,
    data: Uint8Array.of(0x58, 0x20, ...bytes),
  };
  const address = RoutingAddress.random();
  router.start(
    {
      handleMessage: (message, context) =>
        context.send(message.onwardRoute.slice(1), message.pieces, {
          returnRoute: [address, ...message.returnRoute],
          localInfo: [info],
        }),
    },
    { address, mailbox: { terminal: { peerIdentifier: identifier } } },
  );
  return address;
}
