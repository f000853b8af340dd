import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

import { freePort, killProcess } from "@ockam/peers";

import { untilListening } from "./system.ts";
import type { System } from "./system.ts";

const HOP = fileURLToPath(new URL("pipe-hop.ts", import.meta.url));

/** A plain TCP proxy of two hops, each a Node.js process that pipes sockets: what a portal costs without encryption. */
export const pipeSystem: System = {
  name: "plain-proxy",
  missing: () => Promise.resolve(undefined),
  start: async (backend) => {
    const [middle, port] = [await freePort(), await freePort()];
    const hops = [
      [middle, backend],
      [port, middle],
    ].map((ports) => spawn(process.execPath, [HOP, ...ports.map(String)], { stdio: "inherit" }).pid!);
    await untilListening(middle);
    await untilListening(port);
    return {
      port,
      processes: () => hops,
      [Symbol.asyncDispose]: async () => {
        await Promise.all(hops.map(killProcess));
      },
    };
  },
};
