// Inlets: from a TCP port to an outlet. docs/protocol/portals.md, "Inlets".
import { createServer } from "node:net";
import type { Server, Socket } from "node:net";

import { OckamError } from "@ockam/codec";
import type { Route, Router } from "@ockam/core-routing";

import type { Endpoint } from "./endpoint.ts";
import { formatEndpoint, parseEndpoint } from "./endpoint.ts";
import { InletStream } from "./inlet-stream.ts";
import { TlsAcceptor } from "./inlet-tls.ts";
import type { InletTlsOptions } from "./inlet-tls.ts";
import { LINGER_TIMEOUT, MAX_STREAMS, PONG_TIMEOUT } from "./limits.ts";
import type { PortalAdmission } from "./portal-admission.ts";
import type { PortalConnection } from "./portal-connection.ts";
import type { FailureReason } from "./portal-failure.ts";
import { portalFailure } from "./portal-failure.ts";
import type { PortalOptions } from "./portal.ts";
import { Portal } from "./portal.ts";
import type { PortalTraffic } from "./portal-traffic.ts";
import { peerIdentifierBehind } from "./sender.ts";
import { SocketEnd } from "./socket-end.ts";

/** What an inlet is to be. */
export interface InletOptions extends PortalOptions {
  /** Where it listens: a port (on 127.0.0.1; 0 for a free one), `host:port`, `[IPv6]:port`. */
  readonly from: Endpoint | string | number;
  /** The whole way to the outlet, whose address is the last hop. Without one the inlet is paused. */
  readonly route?: Route;
  /** Speaks TLS with its clients. What they say inside goes to the outlet. */
  readonly tls?: InletTlsOptions;
  /** Data without waiting for a Pong: the outlet must do the same. */
  readonly skipHandshake?: boolean;
  /** How long an outlet's answer may take, in milliseconds. Default {@link PONG_TIMEOUT}. */
  readonly pongTimeout?: number;
  /** Whether connections may lead to the identity at the other end; they are reset otherwise. All may by default. */
  readonly admit?: PortalAdmission;
  /** Connections at a time; further ones are reset. Default {@link MAX_STREAMS}. */
  readonly maxConnections?: number;
  /** Gives up binding. */
  readonly signal?: AbortSignal;
}

/** A running inlet. */
export interface Inlet {
  /** The bound `host:port`. */
  readonly address: string;
  /** The way of new connections, or undefined while it is paused. */
  readonly route: Route | undefined;
  /** The latest failure of a connection. */
  readonly lastFailure: Error | undefined;
  /** When it was, ms since 1970. */
  readonly lastFailureAt: number | undefined;
  /** What went through it since it was started. */
  readonly traffic: PortalTraffic;
  /** Gives new connections another way, or none; those that are open keep theirs. */
  setRoute(route: Route | undefined): void;
  /** Refuses new connections with a reset until {@link setRoute}; `reason` is what {@link lastFailure} will say. */
  pause(reason?: Error): void;
  connections(): readonly PortalConnection[];
  /** Ends all connections: the applications at both ends see a reset. For when their channel is closed. */
  resetConnections(): void;
  /** Stops listening and ends all connections. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Listens on `from`; each connection becomes one to the target of the outlet at the end of `route`.
 * @throws OckamError OCKAM_PORTAL_ADDRESS_IN_USE, OCKAM_PORTAL_LISTEN_FAILED, OCKAM_PORTAL_CERTIFICATE_UNUSABLE; RangeError for a
 * malformed address.
 */
export async function createInlet(router: Router, options: InletOptions): Promise<Inlet> {
  options.signal?.throwIfAborted();
  const from = parseEndpoint(options.from);
  const inlet = new InletListener(router, options);
  await inlet.listen(from, options.signal);
  return inlet;
}

// Connections that the kernel accepts before this process does: a burst of a thousand must not meet a full queue.
const BACKLOG = 4096;

/** A connection of a client. */
interface Client {
  readonly socket: Socket;
  /** The TCP socket below it, or itself. */
  readonly transport: Socket;
}

class InletListener implements Inlet {
  readonly #options: InletOptions;
  readonly #portal: Portal;
  readonly #server: Server;
  readonly #tls: TlsAcceptor | undefined;
  // also those whose stream is over while their last bytes are under way
  readonly #sockets: Set<Socket> = new Set();
  // connections whose handshake goes on, or about which a decision is waited for
  #undecided = 0;
  #route: Route | undefined;
  #pauseReason: Error | undefined;
  #address = "";

  constructor(router: Router, options: InletOptions) {
    this.#options = options;
    this.#portal = new Portal(router, options, LINGER_TIMEOUT);
    this.setRoute(options.route);
    this.#tls =
      options.tls === undefined
        ? undefined
        : new TlsAcceptor(options.tls, {
            onSecure: (socket, transport) => {
              this.#undecided -= 1;
              void this.#admit({ socket, transport });
            },
            onFailure: (cause) => {
              this.#undecided -= 1;
              this.#portal.failed(portalFailure("clientTls", { cause }));
            },
          });
    this.#server = createServer({ allowHalfOpen: true, noDelay: options.nagle !== true }, (socket) =>
      this.#accept(socket),
    );
  }

  get address(): string {
    return this.#address;
  }

  get route(): Route | undefined {
    return this.#route;
  }

  get lastFailure(): Error | undefined {
    return this.#portal.lastFailure;
  }

  get lastFailureAt(): number | undefined {
    return this.#portal.lastFailureAt;
  }

  get traffic(): PortalTraffic {
    return this.#portal.traffic;
  }

  listen(from: Endpoint, signal: AbortSignal | undefined): Promise<void> {
    const server = this.#server;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        server.close();
        reject(signal?.reason as Error);
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      const onError = (cause: Error): void => {
        signal?.removeEventListener("abort", onAbort);
        reject(listenError(from, cause));
      };
      server.once("error", onError);
      server.listen({ ...from, backlog: BACKLOG }, () => {
        signal?.removeEventListener("abort", onAbort);
        server.removeListener("error", onError);
        // From here on an error is one of accepting (too many open files, say): the inlet lives on.
        server.on("error", (error) => this.#warn("a connection was not accepted", error));
        const bound = server.address();
        this.#address = formatEndpoint(
          bound === null || typeof bound === "string" ? from : { host: bound.address, port: bound.port },
        );
        resolve();
      });
    });
  }

  setRoute(route: Route | undefined): void {
    if (route !== undefined && route.length === 0)
      throw new RangeError('"route" expected at least one address');
    this.#route = route;
    this.#pauseReason = undefined;
  }

  pause(reason?: Error): void {
    this.#route = undefined;
    this.#pauseReason = reason;
  }

  connections(): readonly PortalConnection[] {
    return this.#portal.connections();
  }

  resetConnections(): void {
    this.#portal.reset();
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    this.#portal.reset();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #accept(socket: Socket): void {
    socket.on("error", () => {});
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    const client = { socket, transport: socket };
    if (this.#tls === undefined) void this.#admit(client);
    else if (this.#hasRoom(client)) {
      this.#undecided += 1;
      this.#tls.accept(socket);
    }
  }

  /** Turns the client away where it could lead nowhere. */
  #hasRoom(client: Client): boolean {
    if (this.#route === undefined) this.#turnAway(client, "paused", this.#pauseReason);
    else if (this.#portal.size + this.#undecided < (this.#options.maxConnections ?? MAX_STREAMS)) return true;
    else this.#turnAway(client, "overloaded");
    return false;
  }

  /** Without waiting when the decision is there at once. */
  #admit(client: Client): void | Promise<void> {
    const route = this.#route;
    if (!this.#hasRoom(client) || route === undefined) return undefined;
    const { admit } = this.#options;
    if (admit === undefined) return this.#open(client, route);
    const decision = admit(peerIdentifierBehind(this.#portal.settings.router, route));
    if (typeof decision !== "boolean") return this.#decideLater(client, route, decision);
    return decision ? this.#open(client, route) : this.#turnAway(client, "notAllowed");
  }

  async #decideLater(client: Client, route: Route, decision: Promise<boolean>): Promise<void> {
    this.#undecided += 1;
    let isAllowed = false;
    let failure: unknown;
    try {
      isAllowed = await decision;
    } catch (error) {
      failure = error;
    }
    this.#undecided -= 1;
    if (client.transport.destroyed) return undefined;
    if (!isAllowed) return this.#turnAway(client, "notAllowed", failure);
    // It leads to somebody else by now.
    return route === this.#route ? this.#open(client, route) : this.#admit(client);
  }

  #turnAway({ transport }: Client, reason: FailureReason, cause?: unknown): void {
    this.#portal.failed(portalFailure(reason, { cause }));
    transport.resetAndDestroy();
  }

  #open({ socket, transport }: Client, route: Route): void {
    const { remoteAddress: host, remotePort: port } = transport;
    // Gone already.
    if (host === undefined || port === undefined) {
      transport.destroy();
      return;
    }
    const end = new SocketEnd(socket, formatEndpoint({ host, port }), transport);
    try {
      const stream = new InletStream(this.#portal.settings, this.#options.intercept?.(end) ?? end, {
        route,
        skipHandshake: this.#options.skipHandshake === true,
        pongTimeout: this.#options.pongTimeout ?? PONG_TIMEOUT,
      });
      if (!stream.closed) this.#portal.add(stream);
    } catch (error) {
      // The router is closed.
      this.#warn("a connection was refused", error);
      end.reset();
    }
  }

  #warn(message: string, error: unknown): void {
    this.#portal.settings.log({
      level: "error",
      area: "portal-tcp",
      message: `inlet ${this.#address}: ${message}`,
      error,
    });
  }
}

function listenError(from: Endpoint, cause: Error): OckamError {
  const inUse = "code" in cause && cause.code === "EADDRINUSE";
  return new OckamError(
    inUse ? "OCKAM_PORTAL_ADDRESS_IN_USE" : "OCKAM_PORTAL_LISTEN_FAILED",
    `the inlet could not listen on ${formatEndpoint(from)}: ` +
      (inUse ? "another program listens there; choose another port" : cause.message),
    { cause },
  );
}
