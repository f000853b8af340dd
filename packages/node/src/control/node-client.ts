import type { IncomingMessage } from "node:http";

import { isOckamError, OckamError } from "@ockam/codec";

import type { ControlMethod, ControlParams, ControlResult } from "./control-api.ts";
import { nodeError } from "../node-error.ts";
import { authorization } from "./control-authorization.ts";
import type { NodeRegistry } from "../state/node-registry.ts";
import { sqliteState } from "../state/sqlite-state.ts";
import type { State } from "../state/state.ts";

/** How long a call waits for its result unless told otherwise, ms. */
export const CONTROL_TIMEOUT = 120_000;

/** The longest reply that a client takes, in characters. */
export const MAX_CONTROL_REPLY_LENGTH = 16_777_216;

/** Options of {@link NodeClient.call}. */
export interface CallOptions {
  /** Gives up and cancels the call in the node. */
  readonly signal?: AbortSignal;
  /** ms; {@link CONTROL_TIMEOUT} by default. The call is cancelled in the node, too. */
  readonly timeout?: number;
}

/** Calls a running node of the same user through its control socket. Holds no connection between calls. */
export class NodeClient {
  readonly name: string;
  readonly #nodes: NodeRegistry;

  constructor(state: State, name: string) {
    this.name = name;
    this.#nodes = sqliteState(state).nodes;
  }

  /**
   * Calls a method of the node. docs/node.md
   * @throws OckamError OCKAM_NODE_NOT_RUNNING, OCKAM_NODE_CONTROL_TIMEOUT, OCKAM_NODE_CONTROL_FAILED, the signal's
   * reason, and whatever the method fails with, by its code
   */
  async call<M extends ControlMethod>(
    method: M,
    params: ControlParams<M>,
    options: CallOptions = {},
  ): Promise<ControlResult<M>> {
    const { timeout = CONTROL_TIMEOUT } = options;
    options.signal?.throwIfAborted();
    const deadline = AbortSignal.timeout(timeout);
    const signal = options.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline]);
    try {
      const reply = await this.#post(method, JSON.stringify(params), signal);
      if (reply.status !== 200) throw failure(reply.body);
      return JSON.parse(reply.body) as ControlResult<M>;
    } catch (error) {
      options.signal?.throwIfAborted();
      if (deadline.aborted)
        throw nodeError(
          "CONTROL_TIMEOUT",
          `Node ${this.name} did not answer ${method} within ${timeout} ms`,
          {
            cause: error,
            details: { node: this.name, timeout },
          },
        );
      throw this.#explained(error);
    }
  }

  #post(method: string, body: string, signal: AbortSignal): Promise<{ status: number; body: string }> {
    const address = this.#nodes.controlOf(this.name);
    // Where a node was that has ended, somebody else may be by now, if nothing but a token keeps others out.
    const isGone = address?.token !== undefined && this.#nodes.find(this.name)?.status !== "running";
    if (address === undefined || isGone) return Promise.reject(this.#notRunning());
    // Imported it would bring Node.js's WebSocket along, which takes longer to load than the call does.
    const { request } = process.getBuiltinModule("node:http");
    return new Promise((resolve, reject) => {
      const headers = {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
        ...(address.token === undefined ? {} : { authorization: authorization(address.token) }),
      };
      const options = { socketPath: address.path, path: `/${method}`, method: "POST", headers, signal };
      const call = request({ ...options, agent: false }, (response) => {
        readText(response).then(
          (text) => resolve({ status: response.statusCode ?? 0, body: text }),
          (error: unknown) => reject(error),
        );
      });
      call.on("error", reject);
      call.end(body);
    });
  }

  #explained(error: unknown): unknown {
    if (isOckamError(error)) return error;
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ECONNREFUSED") return this.#notRunning(error);
    return nodeError(
      "CONTROL_FAILED",
      `Node ${this.name} ended the call before it answered; see "ockam node logs"`,
      {
        cause: error,
        details: { node: this.name },
      },
    );
  }

  #notRunning(cause?: unknown): OckamError {
    const { name } = this;
    return nodeError("NOT_RUNNING", `Node ${name} is not running; "ockam node start ${name}" starts it`, {
      cause,
      details: { node: name },
    });
  }
}

async function readText(response: IncomingMessage): Promise<string> {
  let text = "";
  response.setEncoding("utf8");
  for await (const piece of response) {
    text += String(piece);
    if (text.length > MAX_CONTROL_REPLY_LENGTH)
      throw nodeError("CONTROL_FAILED", `the node's reply exceeds ${MAX_CONTROL_REPLY_LENGTH} characters`);
  }
  return text;
}

/** The error that the node reported. */
function failure(body: string): OckamError {
  const reported: unknown = JSON.parse(body);
  const error = field(reported, "error");
  const code = field(error, "code");
  const message = field(error, "message");
  if (typeof code !== "string" || typeof message !== "string")
    return nodeError(
      "CONTROL_FAILED",
      "the node reported a failure in a form that this version does not know",
    );
  const details = field(error, "details");
  return new OckamError(code, message, isDetails(details) ? { details } : {});
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}

function isDetails(value: unknown): value is Readonly<Record<string, string | number | boolean>> {
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).every((entry) => ["string", "number", "boolean"].includes(typeof entry));
}
