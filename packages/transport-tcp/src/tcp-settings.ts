import type { LookupFunction } from "node:net";

import type { Log } from "@ockam/codec";
import { silentLog } from "@ockam/codec";

import { CONNECT_TIMEOUT, MAX_CONNECTIONS, MAX_UNFINISHED_LENGTH, VERSION_TIMEOUT } from "./limits.ts";

/** The choices of a TCP transport; every one has a default. */
export interface TcpOptions {
  /** Connections that one listener keeps at a time; further ones are closed at once. Default {@link MAX_CONNECTIONS}. */
  readonly maxConnections?: number;
  /**
   * Bytes that messages which have arrived in part may hold, on all connections of one listener together; beyond it the
   * connection that holds most is closed. Default {@link MAX_UNFINISHED_LENGTH}.
   */
  readonly maxUnfinishedLength?: number;
  /** Milliseconds for the peer's version byte, after which a connection is closed. Default {@link VERSION_TIMEOUT}. */
  readonly versionTimeout?: number;
  /** Milliseconds for a connect over all addresses of the host. Default {@link CONNECT_TIMEOUT}. */
  readonly connectTimeout?: number;
  /** Resolves host names; the system's resolver by default. Called at each connect. */
  readonly lookup?: LookupFunction;
  /** Where refused connections and broken streams are reported. */
  readonly log?: Log;
}

/** {@link TcpOptions} with the defaults filled in. */
export interface TcpSettings {
  readonly maxConnections: number;
  readonly maxUnfinishedLength: number;
  readonly versionTimeout: number;
  readonly connectTimeout: number;
  readonly lookup: LookupFunction | undefined;
  readonly backlog: number;
  readonly log: Log;
}

// Connections that the kernel accepts before this process does: a burst of a thousand must not meet a full queue.
const BACKLOG = 4096;

/**
 * Fills in the defaults.
 * @throws RangeError for a limit that is not a positive integer.
 */
export function tcpSettings(options: TcpOptions): TcpSettings {
  return {
    maxConnections: positive(options.maxConnections ?? MAX_CONNECTIONS, "maxConnections"),
    maxUnfinishedLength: positive(
      options.maxUnfinishedLength ?? MAX_UNFINISHED_LENGTH,
      "maxUnfinishedLength",
    ),
    versionTimeout: positive(options.versionTimeout ?? VERSION_TIMEOUT, "versionTimeout"),
    connectTimeout: positive(options.connectTimeout ?? CONNECT_TIMEOUT, "connectTimeout"),
    lookup: options.lookup,
    backlog: BACKLOG,
    log: options.log ?? silentLog,
  };
}

function positive(value: number, name: string): number {
  if (!Number.isSafeInteger(value) || value <= 0)
    throw new RangeError(`"${name}" expected a positive integer, got ${value}`);
  return value;
}
