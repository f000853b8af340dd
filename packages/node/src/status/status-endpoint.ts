import { isIP } from "node:net";
import type { IncomingMessage, Server, ServerResponse } from "node:http";

import { formatEndpoint, parseEndpoint } from "@ockam/portal-tcp";

import { nodeError } from "../node-error.ts";
import { portInUse } from "../transports/port-in-use.ts";
import type { NodeStatus } from "./node-status.ts";

/** Where the status endpoint listens if it can: probes need not ask for the port. */
export const DEFAULT_STATUS_ENDPOINT = "127.0.0.1:23345";

/** How many connections it keeps at a time; further ones are dropped. */
export const MAX_STATUS_CONNECTIONS = 64;

/** How long a request may take to arrive, ms. */
export const STATUS_REQUEST_TIMEOUT = 2000;

/** A running status endpoint. */
export interface StatusEndpoint {
  /** `ip:port` */
  readonly address: string;
  close(): Promise<void>;
}

/**
 * Tells over HTTP that the node runs: `HEAD /` is answered by 200, `GET /show` by what `show` returns; anything else
 * by 404, or, in the name of another host, by 403. Nothing can be changed through it. `where`: `ip:port`; `auto` for {@link DEFAULT_STATUS_ENDPOINT} or, when
 * that is taken, any free port; `off`.
 * @throws OckamError OCKAM_NODE_PORT_IN_USE, OCKAM_NODE_INVALID_ADDRESS
 */
export async function startStatusEndpoint(
  where: string,
  show: () => NodeStatus,
): Promise<StatusEndpoint | undefined> {
  if (where === "off") return undefined;
  if (where !== "auto") return listen(where, show);
  try {
    return await listen(DEFAULT_STATUS_ENDPOINT, show);
  } catch {
    return listen("127.0.0.1:0", show);
  }
}

async function listen(where: string, show: () => NodeStatus): Promise<StatusEndpoint> {
  const limits = {
    requestTimeout: STATUS_REQUEST_TIMEOUT,
    headersTimeout: STATUS_REQUEST_TIMEOUT,
    connectionsCheckingInterval: STATUS_REQUEST_TIMEOUT / 4,
  };
  const { createServer } = process.getBuiltinModule("node:http");
  const server = createServer(limits, (request, response) => answer(request, response, show));
  server.maxConnections = MAX_STATUS_CONNECTIONS;
  await bind(server, where);
  const bound = server.address();
  const address =
    bound === null || typeof bound === "string"
      ? where
      : formatEndpoint({ host: bound.address, port: bound.port });
  return {
    address,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function bind(server: Server, where: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let endpoint;
    try {
      endpoint = parseEndpoint(where);
    } catch (cause) {
      reject(
        nodeError("INVALID_ADDRESS", `${JSON.stringify(where)} is no address for the status endpoint`, {
          cause,
        }),
      );
      return;
    }
    server.once("error", (error) => reject(portInUse(where, error) ?? error));
    server.listen(endpoint, () => resolve());
  });
}

function answer(
  { headers, method, url }: IncomingMessage,
  response: ServerResponse,
  show: () => NodeStatus,
): void {
  if (method === "HEAD" && url === "/") response.writeHead(200).end();
  else if (!isAddressed(headers.host)) response.writeHead(403).end();
  else if (method === "GET" && url === "/show")
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(show()));
  else response.writeHead(404).end();
}

/**
 * Whether a request is for an address, or for `localhost`. A web page may have its own name resolved to this machine
 * to read what is here as its own; its name then is what the browser asks for.
 */
function isAddressed(host: string | undefined): boolean {
  const name = host?.replace(/:\d*$/, "").replace(/^\[(.*)\]$/, "$1");
  return name !== undefined && (name.toLowerCase() === "localhost" || isIP(name) !== 0);
}
