// Single portals for clients in this process. docs/protocol/portals.md, "Inlets".
import { once } from "node:events";

import type { Route, Router } from "@ockam/core-routing";

import { InletStream } from "./inlet-stream.ts";
import { LINGER_TIMEOUT, PONG_TIMEOUT } from "./limits.ts";
import type { PortalSocketOptions } from "./portal-socket.ts";
import { PortalSocket } from "./portal-socket.ts";
import type { PortalOptions } from "./portal.ts";
import { Portal } from "./portal.ts";

/** How a single portal is opened. */
export interface ConnectPortalOptions extends PortalOptions, PortalSocketOptions {
  /** How long the outlet's answer may take, in milliseconds. Default {@link PONG_TIMEOUT}. */
  readonly pongTimeout?: number;
  /** Data without waiting for a Pong: the outlet must do the same. */
  readonly skipHandshake?: boolean;
  /** Aborting it destroys the socket, also later. */
  readonly signal?: AbortSignal;
}

// The portals of one router share their timer and their budget.
const shared: WeakMap<Router, Portal> = new WeakMap();

/**
 * A socket whose other end is the target of the outlet at the end of `route`. It is returned at once and emits
 * `connect` or `error`: for clients that make their own sockets, such as
 * `new pg.Client({ stream: () => createPortalSocket(router, route) })`.
 *
 * Its errors are OckamErrors: OCKAM_PORTAL_TIMEOUT (no answer), OCKAM_PORTAL_TARGET_… (the outlet could not connect),
 * OCKAM_PORTAL_RESET, OCKAM_PORTAL_MESSAGES_LOST, OCKAM_PORTAL_ROUTE_LOST, OCKAM_PORTAL_CLOSED and others.
 */
export function createPortalSocket(
  router: Router,
  route: Route,
  options: ConnectPortalOptions = {},
): PortalSocket {
  if (route.length === 0) throw new RangeError('"route" expected at least one address');
  options.signal?.throwIfAborted();
  const portal = portalOf(router, options);
  const socket = new PortalSocket((end) => {
    const stream = new InletStream(portal.settings, options.intercept?.(end) ?? end, {
      route,
      skipHandshake: options.skipHandshake === true,
      pongTimeout: options.pongTimeout ?? PONG_TIMEOUT,
    });
    if (!stream.closed) portal.add(stream);
  }, options);
  if (options.signal !== undefined) {
    const { signal } = options;
    const abort = (): void => {
      socket.destroy(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
    };
    signal.addEventListener("abort", abort, { once: true });
    socket.once("close", () => signal.removeEventListener("abort", abort));
  }
  return socket;
}

/**
 * Opens a portal and waits until the outlet has connected to its target.
 * @throws what {@link createPortalSocket} emits as `error`.
 */
export async function connectPortal(
  router: Router,
  route: Route,
  options: ConnectPortalOptions = {},
): Promise<PortalSocket> {
  const socket = createPortalSocket(router, route, options);
  await once(socket, "connect");
  return socket;
}

function portalOf(router: Router, options: ConnectPortalOptions): Portal {
  const { incoming, outgoing, counter, disturbance, log } = options;
  const own = [incoming, outgoing, counter, disturbance, log].some((option) => option !== undefined);
  if (own) return new Portal(router, options, LINGER_TIMEOUT);
  let portal = shared.get(router);
  if (portal === undefined) {
    portal = new Portal(router, {}, LINGER_TIMEOUT);
    shared.set(router, portal);
  }
  return portal;
}
