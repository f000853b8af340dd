// How an outlet reaches its target.
import { connect as connectTcp, isIP } from "node:net";
import type { Socket } from "node:net";
import { connect as connectTls, getCACertificates, rootCertificates } from "node:tls";

import type { Endpoint } from "./endpoint.ts";
import { formatEndpoint } from "./endpoint.ts";
import { SocketEnd } from "./socket-end.ts";

/** How an outlet checks a target that speaks TLS. */
export interface TargetTlsOptions {
  /** PEM certificates to trust instead of those of the operating system. */
  readonly ca?: string | readonly string[];
  /** The name that the target's certificate must have; the host of the target by default. */
  readonly serverName?: string;
}

/** A connection to a target that is being opened. */
export interface Target {
  readonly end: SocketEnd;
  /** Calls back once, when data can flow. */
  onConnected(callback: () => void): void;
}

const KEEP_ALIVE_DELAY = 300_000;

/** Begins to connect to `to`, with TLS if asked. Errors show up at the returned end. */
export function openTarget(to: Endpoint, tls: TargetTlsOptions | undefined, nagle: boolean): Target {
  const transport = connectTcp({
    ...to,
    noDelay: !nagle,
    allowHalfOpen: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_DELAY,
    autoSelectFamily: true,
  });
  const name = formatEndpoint(to);
  if (tls === undefined) {
    return {
      end: new SocketEnd(transport, name),
      onConnected: (callback) => transport.once("connect", callback),
    };
  }
  const serverName = tls.serverName ?? to.host;
  // Half-open as the socket below it is.
  const socket = connectTls({
    socket: transport,
    host: serverName,
    ...(isIP(serverName) === 0 ? { servername: serverName } : {}),
    ca: tls.ca === undefined ? systemRoots() : typeof tls.ca === "string" ? tls.ca : [...tls.ca],
  });
  forwardErrors(transport, socket);
  return {
    end: new SocketEnd(socket, name, transport),
    onConnected: (callback) => socket.once("secureConnect", callback),
  };
}

/** The roots of the operating system, and those of Node.js where it cannot read them. */
function systemRoots(): string[] {
  const found = typeof getCACertificates === "function" ? getCACertificates("system") : [];
  return found.length > 0 ? found : [...rootCertificates];
}

/** A TLS socket does not report why the connection below it failed. */
function forwardErrors(transport: Socket, socket: Socket): void {
  transport.on("error", (cause) => {
    if (!socket.destroyed) socket.destroy(cause);
  });
}
