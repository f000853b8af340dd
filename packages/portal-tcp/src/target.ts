// How an outlet reaches its target.
import { X509Certificate } from "node:crypto";
import { connect as connectTcp, isIP } from "node:net";
import type { Socket } from "node:net";
// As a whole: older versions of Node.js lack one of the names.
import * as nodeTls from "node:tls";

import { OckamError } from "@ockam/codec";

import type { Endpoint } from "./endpoint.ts";
import { formatEndpoint } from "./endpoint.ts";
import { SocketEnd } from "./socket-end.ts";

/** How an outlet checks a target that speaks TLS. */
export interface TargetTlsOptions {
  /** PEM certificates of authorities to trust instead of those of the operating system. */
  readonly ca?: string | readonly string[];
  /** Trusts those of the operating system, too, besides {@link ca}. */
  readonly systemCa?: boolean;
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
// For each address of a name that is not its last.
const ATTEMPT_TIMEOUT = 2_500;

/**
 * Makes the function that begins to connect to `to`, with TLS if asked. Errors show up at the end that it returns.
 * The certificates to trust are read at the first connect, once.
 * @throws OckamError OCKAM_PORTAL_CERTIFICATE_UNUSABLE for an own authority that is no certificate
 */
export function targetOpener(to: Endpoint, tls: TargetTlsOptions | undefined, nagle: boolean): () => Target {
  if (!ownAuthorities(tls).every(isCertificate)) {
    // TLS would leave out what it cannot read, and then trust nobody.
    throw new OckamError(
      "OCKAM_PORTAL_CERTIFICATE_UNUSABLE",
      "the outlet's TLS: an authority to trust cannot be read; give its certificate as PEM",
    );
  }
  let context: nodeTls.SecureContext | undefined;
  return () => {
    if (tls === undefined) return openTcp(to, nagle);
    context ??= nodeTls.createSecureContext({ ca: authoritiesOf(tls) });
    return openTls(to, tls.serverName ?? to.host, context, nagle);
  };
}

function authoritiesOf(tls: TargetTlsOptions): string[] {
  const { systemCa = tls.ca === undefined } = tls;
  return systemCa ? [...ownAuthorities(tls), ...systemRoots()] : [...ownAuthorities(tls)];
}

function ownAuthorities(tls: TargetTlsOptions | undefined): readonly string[] {
  const { ca = [] } = tls ?? {};
  return typeof ca === "string" ? [ca] : ca;
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

function openTcp(to: Endpoint, nagle: boolean): Target {
  const socket = dial(to, nagle);
  return {
    end: new SocketEnd(socket, formatEndpoint(to)),
    onConnected: (callback) => socket.once("connect", callback),
  };
}

function openTls(
  to: Endpoint,
  serverName: string,
  secureContext: nodeTls.SecureContext,
  nagle: boolean,
): Target {
  const transport = dial(to, nagle);
  // Half-open as the socket below it is.
  const socket = nodeTls.connect({
    socket: transport,
    host: serverName,
    ...(isIP(serverName) === 0 ? { servername: serverName } : {}),
    secureContext,
    // Whatever NODE_TLS_REJECT_UNAUTHORIZED says.
    rejectUnauthorized: true,
  });
  // A TLS socket does not report why the connection below it failed.
  transport.on("error", (cause) => {
    if (!socket.destroyed) socket.destroy(cause);
  });
  return {
    end: new SocketEnd(socket, formatEndpoint(to), transport),
    onConnected: (callback) => socket.once("secureConnect", callback),
  };
}

function dial(to: Endpoint, nagle: boolean): Socket {
  return connectTcp({
    ...to,
    noDelay: !nagle,
    allowHalfOpen: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_DELAY,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: ATTEMPT_TIMEOUT,
  });
}

/** The roots of the operating system, and those of Node.js where it cannot read them. */
function systemRoots(): string[] {
  const found = typeof nodeTls.getCACertificates === "function" ? nodeTls.getCACertificates("system") : [];
  return found.length > 0 ? found : [...nodeTls.rootCertificates];
}
