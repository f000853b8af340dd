import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { parse } from "node:path";

import { OckamError } from "@ockam/codec";

import { START_ORDER_AWAITED } from "./background-channel.ts";
import type { StartOrder, StartOutcome } from "./background-channel.ts";
import {
  FILE_MODE,
  makePrivateFolder,
  nodeFolder,
  removeNodeFolder,
  stateUnavailable,
} from "../state/home-folder.ts";
import { logFilePath, newestLogFile } from "./log-file.ts";
import { nodeError } from "../node-error.ts";
import type { StartBackgroundNodeOptions } from "./node-lifecycle.ts";
import { alreadyRunning } from "../state/node-registry.ts";
import { sqliteState } from "../state/sqlite-state.ts";
import type { NodeRecord } from "../state/state.ts";

/** How long a background node may take to come up unless told otherwise, ms. */
export const START_TIMEOUT = 30_000;

/** How much of the last line of a log an error repeats, in characters. */
const MAX_LAST_WORDS = 300;

/**
 * Starts a node in a process of its own, which goes on when this one ends, and waits until it is up. What the process
 * writes goes to `nodes/<name>/stdout.<date>.log`.
 * @throws OckamError OCKAM_NODE_ALREADY_RUNNING, OCKAM_NODE_INVALID_NAME, OCKAM_NODE_START_TIMEOUT,
 * OCKAM_NODE_START_FAILED, and whatever the node failed with, by its code
 */
export async function startBackgroundNode(options: StartBackgroundNodeOptions): Promise<NodeRecord> {
  const { state, name, signal } = options;
  signal?.throwIfAborted();
  const known = state.nodes.find(name);
  if (known === undefined) sqliteState(state).nodes.expectFree(name);
  if (known?.status === "running") throw alreadyRunning(name);
  const child = launch(options);
  const exited = new Promise((resolve) => child.once("exit", resolve).once("error", resolve));
  try {
    await untilReady(child, options);
  } catch (error) {
    child.kill("SIGKILL");
    // What is left of a node that never was. The logs of a known one stay: its owner will want to read them.
    if (known === undefined) {
      await exited;
      const { nodes } = sqliteState(state);
      if (nodes.find(name) === undefined) removeNodeFolder(state.home, name);
      else if (nodes.processOf(name)?.pid === child.pid) nodes.delete(name);
    }
    throw error;
  } finally {
    if (child.connected) child.disconnect();
    child.unref();
  }
  return state.nodes.get(name);
}

function launch(options: StartBackgroundNodeOptions): ChildProcess {
  const { state, name, command } = options;
  const [program, ...programArguments] = command;
  if (program === undefined) throw new TypeError('"command" expected a program');
  const folder = nodeFolder(state.home, name);
  const log = openLog(folder);
  try {
    return spawn(program, programArguments, {
      detached: true,
      stdio: ["ignore", log, log, "ipc"],
      env: { ...process.env, OCKAM_HOME: state.home, [START_ORDER_AWAITED]: "true" },
      // Not where its parent is: that may be about to be removed, or unmounted.
      cwd: parse(state.home).root,
      windowsHide: true,
    });
  } finally {
    closeSync(log);
  }
}

function openLog(folder: string): number {
  try {
    makePrivateFolder(folder);
    return openSync(logFilePath(folder, new Date()), "a", FILE_MODE);
  } catch (error) {
    throw stateUnavailable(folder, error);
  }
}

function untilReady(child: ChildProcess, options: StartBackgroundNodeOptions): Promise<void> {
  const { identity, signal, timeout = START_TIMEOUT } = options;
  const order: StartOrder = {
    ...(identity === undefined ? {} : { identity }),
    ...(options.options === undefined ? {} : { options: options.options }),
  };
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      child.removeListener("exit", onExit).removeAllListeners("message");
      // A child that could not be spawned, or told, may say so again.
      child.on("error", () => {});
      finish();
    };
    const fail = (error: unknown): void => settle(() => reject(error));
    const onAbort = (): void => fail(signal?.reason);
    const onExit = (code: number | null, by: string | null): void => {
      const last = lastWords(nodeFolder(options.state.home, options.name));
      fail(startFailed(options.name, `its process ended with ${code ?? by}${last}`));
    };
    const timer = setTimeout(() => {
      fail(
        nodeError("START_TIMEOUT", `${options.name} was not up within ${timeout} ms; see "ockam node logs"`),
      );
    }, timeout);
    signal?.addEventListener("abort", onAbort, { once: true });
    child.once("error", (cause) => fail(startFailed(options.name, cause.message, cause)));
    child.once("exit", onExit);
    child.once("message", (outcome: StartOutcome) => {
      if ("ready" in outcome) settle(resolve);
      else fail(reported(outcome));
    });
    child.send(order, (error) => {
      if (error !== null) fail(startFailed(options.name, error.message, error));
    });
  });
}

function reported({ error }: Extract<StartOutcome, { error: unknown }>): OckamError {
  const { details } = error;
  return new OckamError(error.code, error.message, details === undefined ? {} : { details });
}

/** The last line of the log that says what was wrong, since the log of a new node goes with it. */
function lastWords(folder: string): string {
  const file = newestLogFile(folder);
  const lines = file === undefined ? [] : readFileSync(file, "utf8").split("\n");
  const line = lines.findLast((text) => /error/i.test(text) && !/^\s+at /.test(text));
  return line === undefined ? "" : ` (${line.trim().slice(0, MAX_LAST_WORDS)})`;
}

function startFailed(name: string, reason: string, cause?: unknown): OckamError {
  return nodeError("START_FAILED", `${name} could not be started: ${reason}; see "ockam node logs"`, {
    cause,
  });
}
