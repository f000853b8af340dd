// A listening socket. docs/protocol/transport-tcp.md, "Listeners".
import { createServer } from "node:net";
import type { Server, Socket } from "node:net";

import type { TransportConnection, TransportListener } from "@ockam/core-routing";

import { FrameBudget } from "./frame-budget.ts";
import { formatHostPort, parseHostPort } from "./host-port.ts";
import { KEEP_ALIVE_DELAY } from "./limits.ts";
import { TcpConnection } from "./tcp-connection.ts";
import { listenError } from "./tcp-error.ts";
import type { TcpSettings } from "./tcp-settings.ts";

/** What listening needs besides the settings of the transport. */
export interface TcpListenOptions {
  readonly signal?: AbortSignal;
  onConnection(connection: TransportConnection): void;
}

/** Accepts connections until it is closed. Connections that it accepted stay. */
export class TcpListener implements TransportListener {
  readonly address: string;
  readonly closed: Promise<Error | undefined>;
  readonly #server: Server;
  #resolveClosed!: (cause: Error | undefined) => void;

  private constructor(server: Server, address: string) {
    this.#server = server;
    this.address = address;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
  }

  /** Binds `address`; port 0 picks a free one. */
  static async listen(
    address: string,
    settings: TcpSettings,
    options: TcpListenOptions,
  ): Promise<TcpListener> {
    options.signal?.throwIfAborted();
    const { host, port } = parseHostPort(address);
    const budget = new FrameBudget(settings.maxUnfinishedLength);
    const server = createServer(
      { noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_DELAY },
      (socket) => accept(socket, settings, options, budget),
    );
    server.maxConnections = settings.maxConnections;
    server.on("drop", (dropped) => {
      settings.log({
        level: "warn",
        area: "transport-tcp",
        message: `connection from ${dropped?.remoteAddress ?? "unknown"} refused: ${settings.maxConnections} are open`,
      });
    });
    await new Promise<void>((resolve, reject) => {
      const abort = (): void => {
        server.close();
        reject(options.signal?.reason as Error);
      };
      const settle = (finish: () => void): void => {
        options.signal?.removeEventListener("abort", abort);
        finish();
      };
      options.signal?.addEventListener("abort", abort, { once: true });
      server.once("error", (cause) => settle(() => reject(listenError(address, cause))));
      server.listen({ host, port, backlog: settings.backlog }, () => settle(resolve));
    });
    // From here on an error is one of accepting (too many open files, say): the listener lives on.
    server.on("error", (error) => {
      settings.log({
        level: "error",
        area: "transport-tcp",
        message: "a connection was not accepted",
        error,
      });
    });
    const bound = server.address();
    const named =
      bound === null || typeof bound === "string"
        ? { host, port }
        : { host: bound.address, port: bound.port };
    return new TcpListener(server, formatHostPort(named));
  }

  /** Stops listening; connections that were accepted stay. */
  async close(): Promise<void> {
    // The server's own "close" waits for every accepted connection; the port is free now.
    this.#server.close();
    this.#resolveClosed(undefined);
    await this.closed;
  }
}

function accept(socket: Socket, settings: TcpSettings, options: TcpListenOptions, budget: FrameBudget): void {
  // Gone already: its error is of no interest to anybody.
  socket.on("error", () => {});
  if (socket.remoteAddress === undefined || socket.remotePort === undefined) {
    socket.destroy();
    return;
  }
  const peer = formatHostPort({ host: socket.remoteAddress, port: socket.remotePort });
  options.onConnection(
    new TcpConnection(socket, { peer, versionTimeout: settings.versionTimeout, log: settings.log, budget }),
  );
}
