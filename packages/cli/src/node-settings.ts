import { OckamError } from "@ockam/codec";
import type { StoredNodeOptions } from "@ockam/node";

import { readTrustOptions, type TrustValues } from "./trust-options.ts";
import { usageError } from "./usage-error.ts";

/** Values of the options of `node create` that say what the node is, and how it runs. */
export interface NodeValues extends TrustValues {
  readonly foreground: boolean;
  readonly exitOnEof: boolean;
  readonly skipIsRunningCheck: boolean;
  readonly tcpListenerAddress: string | undefined;
  readonly identity: string | undefined;
  readonly noStatusEndpoint: boolean;
  readonly statusEndpoint: string | undefined;
  readonly statusEndpointPort: string | undefined;
  readonly inMemory: boolean;
}

/** What a node is started with. */
export interface NodeSettings {
  readonly foreground: boolean;
  readonly exitOnEof: boolean;
  readonly skipIsRunningCheck: boolean;
  readonly inMemory: boolean;
  readonly identity?: string;
  /** What was said; the rest is as stored, or the default. */
  readonly options: Partial<StoredNodeOptions>;
}

/**
 * Reads them together.
 * @throws OckamError OCKAM_CLI_USAGE, OCKAM_CLI_IN_MEMORY_BACKGROUND
 */
export function nodeSettings(values: NodeValues): NodeSettings {
  const inMemory = values.inMemory || process.env["OCKAM_SQLITE_IN_MEMORY"]?.toLowerCase() === "true";
  const { exitOnEof, foreground, identity, skipIsRunningCheck } = values;
  if (exitOnEof && !foreground) {
    throw usageError("--exit-on-eof needs --foreground", "a node in the background reads no standard input");
  }
  if (skipIsRunningCheck && !foreground) {
    throw usageError(
      "--skip-is-running-check needs --foreground",
      "a container runs the node in the foreground",
    );
  }
  if (inMemory && !foreground) {
    throw new OckamError(
      "OCKAM_CLI_IN_MEMORY_BACKGROUND",
      "a node in the background cannot keep its state in memory: no other command could find it",
      { details: { hint: "add --foreground, or leave out --in-memory" } },
    );
  }
  return {
    foreground,
    exitOnEof,
    skipIsRunningCheck,
    inMemory,
    ...(identity === undefined ? {} : { identity }),
    options: {
      ...readStatusEndpoint(values),
      ...readListener(values.tcpListenerAddress),
      ...readTrust(values),
    },
  };
}

function readStatusEndpoint(values: NodeValues): Partial<StoredNodeOptions> {
  const exact = values.statusEndpoint ?? values.statusEndpointPort;
  if (values.noStatusEndpoint && exact !== undefined) {
    throw usageError(
      "--no-status-endpoint and an address for it exclude each other",
      "leave out one of them",
    );
  }
  if (values.noStatusEndpoint) return { statusEndpoint: "off" };
  return exact === undefined ? {} : { statusEndpoint: exact };
}

function readListener(address: string | undefined): Partial<StoredNodeOptions> {
  return address === undefined ? {} : { tcpListenerAddress: address };
}

function readTrust(values: TrustValues): Partial<StoredNodeOptions> {
  const trust = readTrustOptions(values);
  return trust === undefined ? {} : { trust };
}
