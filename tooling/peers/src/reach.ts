import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { commandAt } from "./place.ts";
import type { Place } from "./place.ts";

const run = promisify(execFile);

/** What came of a TCP connection attempt: it stood, it was refused, or there was no answer or no way. */
export type Reach = "open" | "refused" | "unreachable";

/** Tries to connect from a place to a host and port, for at most `timeout` milliseconds. */
export async function reach(from: Place, host: string, port: number, timeout = 1000): Promise<Reach> {
  const script = `
    const socket = require("node:net").connect(${port}, ${JSON.stringify(host)});
    const say = (text) => { console.log(text); process.exit(); };
    socket.on("connect", () => say("open"));
    socket.on("error", ({ code }) => say(code === "ECONNREFUSED" ? "refused" : "unreachable"));
    setTimeout(say, ${timeout}, "unreachable");
  `;
  const { stdout } = await run(...commandAt(from, process.execPath, ["-e", script]));
  return stdout.trim() as Reach;
}
