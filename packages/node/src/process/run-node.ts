import { START_ORDER_AWAITED, START_ORDER_TIMEOUT } from "./background-channel.ts";
import type { StartOrder, StartOutcome } from "./background-channel.ts";
import { failureOf } from "../control/control-failure.ts";
import { createNode } from "../create-node.ts";
import { nodeFolder } from "../state/home-folder.ts";
import { environmentLog } from "./environment-log.ts";
import type { LogDial } from "./log-level.ts";
import { nodeError } from "../node-error.ts";
import type { RunNodeOptions } from "./node-lifecycle.ts";
import { DEFAULT_NODE_OPTIONS } from "../state/node-registry.ts";
import type { OckamNode } from "../ockam-node.ts";
import { sqliteState } from "../state/sqlite-state.ts";

/**
 * Runs a node in this process until a signal, the end of standard input or `options.signal` ends it.
 * @throws OckamError OCKAM_NODE_ALREADY_RUNNING and others of `createNode`
 */
export async function runNode(options: RunNodeOptions): Promise<void> {
  if (options.background !== true) {
    await runUntilEnded(options);
    return;
  }
  const { name, state } = options;
  const logDial = environmentLog(nodeFolder(state.home, name));
  const { log } = logDial;
  const isNew = state.nodes.find(name) === undefined;
  // Until it is up, the node is nobody's wish but the parent's, which may have been interrupted.
  const orphaned = new AbortController();
  const abandon = (): void => orphaned.abort(parentGone());
  process.once("disconnect", abandon);
  const signals = options.signal === undefined ? [] : [options.signal];
  const onReady = (): void => {
    tellParent({ ready: true }, (error) => {
      process.removeListener("disconnect", abandon);
      if (error !== null) abandon();
    });
  };
  try {
    const order = await awaitOrder();
    const signal = AbortSignal.any([...signals, orphaned.signal]);
    await runUntilEnded({ ...options, ...order, log, logDial, signal, onReady });
    if (orphaned.signal.aborted && isNew) state.nodes.delete(name);
  } catch (error) {
    log({ level: "error", area: "node", message: `${options.name} could not be started`, error });
    tellParent(failureOf(error));
    throw error;
  }
}

async function runUntilEnded(options: RunNodeOptions & { readonly logDial?: LogDial }): Promise<void> {
  const { name, onReady, signal, state } = options;
  const known = state.nodes.find(name);
  const ending = new AbortController();
  const stopListening = endOn(ending, options);
  try {
    signal?.throwIfAborted();
    const node = await createNode({
      state,
      name,
      // In memory nobody would find it.
      control: !sqliteState(state).inMemory,
      ...options.options,
      statusEndpoint:
        options.options?.statusEndpoint ??
        known?.options.statusEndpoint ??
        DEFAULT_NODE_OPTIONS.statusEndpoint,
      ...(options.identity === undefined ? {} : { identity: options.identity }),
      ...(options.skipIsRunningCheck === undefined ? {} : { skipIsRunningCheck: options.skipIsRunningCheck }),
      ...(options.log === undefined ? {} : { log: options.log }),
      ...(options.logDial === undefined ? {} : { logDial: options.logDial }),
    });
    onReady?.(node);
    await ended(node, ending.signal);
  } finally {
    stopListening();
  }
}

/** Closes the node when it is told to end, and waits until it has. */
async function ended(node: OckamNode, signal: AbortSignal): Promise<void> {
  const close = (): void => void node.close();
  if (signal.aborted) close();
  signal.addEventListener("abort", close, { once: true });
  await node.closed;
}

function endOn(ending: AbortController, options: RunNodeOptions): () => void {
  const end = (): void => ending.abort();
  const { endSignals } = sqliteState(options.state).platform;
  for (const name of endSignals) process.once(name, end);
  options.signal?.addEventListener("abort", end, { once: true });
  if (options.exitOnEof === true) process.stdin.once("end", end).resume();
  return () => {
    for (const name of endSignals) process.removeListener(name, end);
    options.signal?.removeEventListener("abort", end);
    if (options.exitOnEof !== true) return;
    process.stdin.removeListener("end", end);
    // Else the process would wait for more.
    process.stdin.pause();
  };
}

function awaitOrder(): Promise<StartOrder> {
  if (process.env[START_ORDER_AWAITED] !== "true") return Promise.resolve({});
  delete process.env[START_ORDER_AWAITED];
  if (!process.connected) return Promise.reject(parentGone());
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(nodeError("START_TIMEOUT", "the process that started this one did not say what to start"));
    }, START_ORDER_TIMEOUT);
    const onDisconnect = (): void => {
      clearTimeout(timer);
      reject(parentGone());
    };
    process.once("disconnect", onDisconnect);
    process.once("message", (order: StartOrder) => {
      clearTimeout(timer);
      process.removeListener("disconnect", onDisconnect);
      resolve(order);
    });
  });
}

function parentGone(): Error {
  return nodeError("CLOSED", "the process that started this one is gone");
}

function tellParent(outcome: StartOutcome, onTold: (error: Error | null) => void = () => {}): void {
  if (!process.connected || process.send === undefined) return;
  process.send(outcome, (error) => {
    onTold(error);
    if (process.connected) process.disconnect?.();
  });
}
