// A node's control API on a Unix socket or a named pipe. docs/node.md, "Control".
import type { IncomingMessage, ServerResponse } from "node:http";

import type { Log } from "@ockam/codec";

import type { ControlMethod, ControlParams } from "./control-api.ts";
import { isAuthorized } from "./control-authorization.ts";
import { failureOf } from "./control-failure.ts";
import { isControlMethod } from "./control-params.ts";
import { nodeError } from "../node-error.ts";
import type { ControlAddress, Platform } from "../platform/platform.ts";

/** The longest call that a node takes, in bytes. */
export const MAX_CONTROL_CALL_LENGTH = 8_388_608;

/** Answers one call. */
export type ControlHandler = <M extends ControlMethod>(
  method: M,
  params: ControlParams<M>,
  options: { readonly signal: AbortSignal },
) => Promise<unknown>;

/** A listening control socket. */
export interface ControlServer {
  close(): Promise<void>;
}

/** Where {@link startControlServer} listens. */
export interface ControlServerOptions {
  readonly address: ControlAddress;
  readonly platform: Platform;
  readonly log: Log;
}

/**
 * Listens where only the owner gets: on a Unix socket of mode 0600 in a folder of mode 0700, or on a named pipe, where
 * each call must show the token. Calls are answered side by side, and a call whose client goes away is cancelled.
 * @throws OckamError OCKAM_NODE_CONTROL_FAILED
 */
export async function startControlServer(
  { address, log, platform }: ControlServerOptions,
  handle: ControlHandler,
): Promise<ControlServer> {
  const { path, token } = address;
  platform.prepareControl(address);
  const { createServer } = process.getBuiltinModule("node:http");
  const server = createServer((request, response) => {
    if (token !== undefined && !isAuthorized(request.headers.authorization, token))
      response.writeHead(401).end();
    else void answer(request, response, handle, log);
  });
  // A call takes as long as its method does.
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => {
      reject(
        nodeError("CONTROL_FAILED", `the control socket ${path} could not be made: ${cause.message}`, {
          cause,
        }),
      );
    });
    server.listen(path, () => resolve());
  });
  platform.protectControl(address);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  handle: ControlHandler,
  log: Log,
): Promise<void> {
  const leaving = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) leaving.abort(nodeError("CLOSED", "the caller went away"));
  });
  try {
    const method = (request.url ?? "").slice(1);
    if (request.method !== "POST" || !isControlMethod(method))
      throw nodeError(
        "UNKNOWN_METHOD",
        `there is no method ${JSON.stringify(method)}; is the node of another version?`,
      );
    const params = await readParams(request);
    // The handler checks them.
    const result = await handle(method, params as ControlParams<typeof method>, { signal: leaving.signal });
    respond(response, 200, result);
  } catch (error) {
    if (leaving.signal.aborted) return;
    const failure = failureOf(error);
    if (failure.error.code === "OCKAM_NODE_CONTROL_FAILED")
      log({ level: "error", area: "control", message: `${request.url} failed`, error });
    respond(response, 400, failure);
  }
}

async function readParams(request: IncomingMessage): Promise<unknown> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of request as AsyncIterable<Uint8Array>) {
    length += piece.length;
    if (length > MAX_CONTROL_CALL_LENGTH)
      throw nodeError("INVALID_PARAMETERS", `the parameters exceed ${MAX_CONTROL_CALL_LENGTH} bytes`);
    pieces.push(piece);
  }
  try {
    return JSON.parse(Buffer.concat(pieces).toString("utf8"));
  } catch (cause) {
    throw nodeError("INVALID_PARAMETERS", "the parameters are no JSON", { cause });
  }
}

function respond(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
