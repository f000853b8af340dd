import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { currentPlatform } from "../platform/current-platform.ts";
import { isName } from "../state/name.ts";
import { STOP_TIMEOUT } from "./stop-node.ts";

/** How often is looked whether a socket is gone, ms. */
const POLL_INTERVAL = 50;
const SOCKET = ".sock";

/**
 * Asks the nodes of a state folder to end whose database cannot be read, and waits until they have, or for
 * `STOP_TIMEOUT`: they are found by their logs and sockets. One that has no answer to give goes on.
 */
export async function stopUnknownNodes(home: string): Promise<void> {
  const sockets = entriesOf(join(home, "run")).filter((entry) => entry.endsWith(SOCKET));
  const names = new Set([
    ...entriesOf(join(home, "nodes")),
    ...sockets.map((entry) => entry.slice(0, -SOCKET.length)),
  ]);
  const platform = currentPlatform();
  const addresses = Array.from(names)
    .filter((name) => isName(name))
    .map((name) => platform.controlAddress(home, name))
    // A token would be in the database.
    .filter(({ token }) => token === undefined);
  await Promise.all(addresses.map(({ path }) => stopAt(path)));
}

async function stopAt(socketPath: string): Promise<void> {
  if (!(await call(socketPath))) return;
  // A node closes its socket when everything else is closed.
  const deadline = performance.now() + STOP_TIMEOUT;
  while (existsSync(socketPath) && performance.now() < deadline) await sleep(POLL_INTERVAL);
}

/** Whether a node is there. */
function call(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const headers = { "content-type": "application/json", "content-length": 2 };
    const options = { socketPath, path: "/node.stop", method: "POST", headers, timeout: STOP_TIMEOUT };
    const { request } = process.getBuiltinModule("node:http");
    const stop = request({ ...options, agent: false }, (response) => {
      response.resume().once("close", () => resolve(true));
    });
    stop.once("error", () => resolve(false)).once("timeout", () => stop.destroy());
    stop.end("{}");
  });
}

function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
