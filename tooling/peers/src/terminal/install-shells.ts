import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { installAptPackages } from "../install-ockam.ts";

const run = promisify(execFile);

/** The shells, besides bash, that `ockam completion` teaches and that are packages of the system. */
const SHELLS = ["zsh", "fish", "elvish"];

/** Installs the shells that are missing. Throws with the command to run when this process may not. */
export async function installShells(): Promise<void> {
  const found = await Promise.allSettled(SHELLS.map((shell) => run(shell, ["-c", ""])));
  const missing = SHELLS.filter((_, index) => found[index]?.status === "rejected");
  if (missing.length > 0) await installAptPackages(missing);
}
