// TLS with the clients of an inlet. docs/protocol/portals.md, "Inlets".
import { createPrivateKey, X509Certificate } from "node:crypto";
import type { KeyObject } from "node:crypto";
import type { Socket } from "node:net";
import { createServer } from "node:tls";
import type { Server } from "node:tls";

import { OckamError } from "@ockam/codec";

import { TLS_HANDSHAKE_TIMEOUT } from "./limits.ts";

/** What an inlet proves itself with to clients that speak TLS. */
export interface InletTlsOptions {
  /** PEM: the inlet's certificate, and behind it those between it and its authority. */
  readonly certificate: string;
  /** PEM: the private key of the first certificate, not encrypted. */
  readonly key: string;
  /** How long a client may take for the handshake, in milliseconds. Default {@link TLS_HANDSHAKE_TIMEOUT}. */
  readonly handshakeTimeout?: number;
}

/** What becomes of the connections that a {@link TlsAcceptor} is given. */
export interface TlsAcceptorEvents {
  /** The handshake is done: `socket` carries what is inside, `transport` is the TCP socket below it. */
  onSecure(socket: Socket, transport: Socket): void;
  /** There was no handshake. The connection is being closed. */
  onFailure(cause: Error): void;
}

/** Does the handshakes of an inlet. */
export class TlsAcceptor {
  readonly #server: Server;
  /** Those whose handshake goes on, by both their ends. */
  readonly #transports = new Map<string, Socket>();

  /** @throws OckamError OCKAM_PORTAL_CERTIFICATE_UNUSABLE */
  constructor(options: InletTlsOptions, events: TlsAcceptorEvents) {
    const { certificate, handshakeTimeout = TLS_HANDSHAKE_TIMEOUT, key } = options;
    check(certificate, key);
    // It never listens: it is handed connections.
    this.#server = createServer({ cert: certificate, key, handshakeTimeout }, (socket) => {
      socket.on("error", () => {});
      const transport = this.#transports.get(endsOf(socket));
      // Gone already: a socket that is cut off has no address.
      if (transport === undefined) {
        socket.destroy();
        events.onFailure(new Error("the client left"));
        return;
      }
      socket.allowHalfOpen = true;
      transport.allowHalfOpen = true;
      events.onSecure(socket, transport);
    });
    this.#server.on("tlsClientError", (cause, socket) => {
      // After a timeout nobody else would.
      this.#transports.get(endsOf(socket))?.destroy();
      socket.destroy();
      events.onFailure(cause);
    });
  }

  /** Begins the handshake of a connection. */
  accept(transport: Socket): void {
    const ends = endsOf(transport);
    this.#transports.set(ends, transport);
    transport.once("close", () => {
      if (this.#transports.get(ends) === transport) this.#transports.delete(ends);
    });
    // Whoever ends within the handshake is gone; only later there is something to read for one who has ended.
    transport.allowHalfOpen = false;
    this.#server.emit("connection", transport);
  }
}

/** A TLS socket has the addresses of the socket below it, and does not tell which one that is. */
function endsOf({ localAddress, remoteAddress, remotePort }: Socket): string {
  return `${localAddress} ${remoteAddress} ${remotePort}`;
}

function check(certificate: string, key: string): void {
  const first = parsed("certificate", () => new X509Certificate(certificate));
  const secret = parsed("key", () => createPrivateKey(key));
  if (!first.checkPrivateKey(secret)) {
    throw unusable("the key does not belong to the first certificate; put the inlet's own one first");
  }
}

function parsed<Parsed extends X509Certificate | KeyObject>(name: string, parse: () => Parsed): Parsed {
  try {
    return parse();
  } catch {
    // What the parser says may quote what it was given.
    throw unusable(
      name === "key"
        ? "the key cannot be read; give a private key as PEM that is not encrypted"
        : "the certificate cannot be read; give a chain of certificates as PEM",
    );
  }
}

function unusable(message: string): OckamError {
  return new OckamError("OCKAM_PORTAL_CERTIFICATE_UNUSABLE", `the inlet's TLS: ${message}`);
}
