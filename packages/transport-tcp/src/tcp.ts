// The TCP transport plugin. docs/protocol/transport-tcp.md.
import { connect } from "node:net";
import type { Socket } from "node:net";

import { OckamError } from "@ockam/codec";
import type { Transport, TransportConnection } from "@ockam/core-routing";
import { TCP_TRANSPORT } from "@ockam/core-routing";

import type { HostPort } from "./host-port.ts";
import { formatHostPort, parseHostPort } from "./host-port.ts";
import { CONNECT_ATTEMPT_TIMEOUT, KEEP_ALIVE_DELAY } from "./limits.ts";
import { TcpConnection } from "./tcp-connection.ts";
import { connectError } from "./tcp-error.ts";
import { TcpListener } from "./tcp-listener.ts";
import type { TcpOptions, TcpSettings } from "./tcp-settings.ts";
import { tcpSettings } from "./tcp-settings.ts";

/** What a connect may be given: `timeout` in milliseconds, over all addresses of the host together. */
export interface TcpConnectOptions {
  readonly signal?: AbortSignal;
  readonly timeout?: number;
}

/**
 * The TCP transport: type 1, addresses `host:port` (see {@link parseHostPort}). Pass it to `connect` and `listen` of
 * @ockam/core-routing.
 *
 * Its connect throws OckamError OCKAM_TCP_INVALID_ADDRESS, OCKAM_TCP_CONNECTION_REFUSED, OCKAM_TCP_UNKNOWN_HOST,
 * OCKAM_TCP_UNREACHABLE, OCKAM_TCP_TIMEOUT or OCKAM_TCP_CONNECT_FAILED, or the signal's reason; its listen
 * OCKAM_TCP_ADDRESS_IN_USE, OCKAM_TCP_ADDRESS_NOT_AVAILABLE, OCKAM_TCP_PERMISSION_DENIED or OCKAM_TCP_LISTEN_FAILED.
 */
export function tcp(options: TcpOptions = {}): Transport {
  const settings = tcpSettings(options);
  return {
    name: "tcp",
    type: TCP_TRANSPORT,
    connect: (address, connectOptions = {}) => dial(address, settings, connectOptions),
    listen: (address, listenOptions) => TcpListener.listen(address, settings, listenOptions),
  };
}

async function dial(
  address: string,
  settings: TcpSettings,
  options: TcpConnectOptions,
): Promise<TransportConnection> {
  options.signal?.throwIfAborted();
  const target = parseHostPort(address);
  if (target.port === 0) {
    throw new OckamError(
      "OCKAM_TCP_INVALID_ADDRESS",
      `"${address}" has port 0, to which nothing can connect`,
    );
  }
  const socket = await open(address, target, settings, options);
  const peer =
    socket.remoteAddress === undefined
      ? formatHostPort(target)
      : formatHostPort({ host: socket.remoteAddress, port: socket.remotePort ?? target.port });
  return new TcpConnection(socket, { peer, versionTimeout: settings.versionTimeout, log: settings.log });
}

function open(
  address: string,
  target: HostPort,
  settings: TcpSettings,
  options: TcpConnectOptions,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const timeout = options.timeout ?? settings.connectTimeout;
    const socket = connect({
      host: target.host,
      port: target.port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_DELAY,
      // Every address of the name is tried, one after the other, IPv6 and IPv4 in turn.
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: CONNECT_ATTEMPT_TIMEOUT,
      ...(settings.lookup === undefined ? {} : { lookup: settings.lookup }),
    });
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      options.signal?.removeEventListener("abort", onAbort);
      socket.removeListener("error", onError);
      socket.removeListener("connect", onConnect);
      finish();
    };
    const onConnect = (): void => settle(() => resolve(socket));
    const onError = (cause: unknown): void => settle(() => reject(connectError(address, cause)));
    const giveUp = (reason: unknown): void =>
      settle(() => {
        socket.destroy();
        reject(reason instanceof Error ? reason : new Error(String(reason)));
      });
    const onAbort = (): void => giveUp(options.signal?.reason);
    const timer = setTimeout(() => {
      const cause = Object.assign(new Error(`no connection within ${timeout} ms`), { code: "ETIMEDOUT" });
      giveUp(connectError(address, cause));
    }, timeout);
    socket.on("error", () => {});
    socket.once("connect", onConnect);
    socket.once("error", onError);
    options.signal?.addEventListener("abort", onAbort, { once: true });
  });
}
