import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { installAptPackages } from "../install-ockam.ts";

/** Installs tmux from the system's packages unless it is there. Throws with the command to run when this process may not. */
export async function installTmux(): Promise<void> {
  await promisify(execFile)("tmux", ["-V"]).catch(() => installAptPackages(["tmux"]));
}
