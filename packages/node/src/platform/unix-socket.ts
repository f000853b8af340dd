import { createHash } from "node:crypto";
import { lstatSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { FOLDER_MODE } from "../state/home-folder.ts";
import { nodeError } from "../node-error.ts";

/** The longest path of a Unix socket that all systems take, in bytes: macOS has 104 with the zero at the end. */
export const MAX_SOCKET_PATH_LENGTH = 103;

/**
 * Where the control socket of a node is: `OCKAM_HOME/run/<name>.sock`, or, when that is too long for a socket,
 * `<temporary folder>/ockam-<user>/<hash>.sock`. Not in `nodes/<name>`, which a node in the foreground does not have.
 */
export function controlSocketPath(home: string, node: string): string {
  const path = join(home, "run", `${node}.sock`);
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH_LENGTH) return path;
  const hash = createHash("sha256").update(path).digest("hex").slice(0, 32);
  return join(tmpdir(), `ockam-${userId()}`, `${hash}.sock`);
}

/**
 * Makes the folder of a control socket, and makes sure that nobody else can enter or has prepared it.
 * @throws OckamError OCKAM_NODE_CONTROL_FAILED
 */
export function makeSocketFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: FOLDER_MODE });
  const { mode, uid } = expectFolder(folder);
  if (uid !== userId() || (mode & 0o077) !== 0)
    throw nodeError(
      "CONTROL_FAILED",
      `others may enter ${folder}, where the control socket belongs; remove it, or make it yours with mode 0700`,
    );
}

function expectFolder(folder: string): { readonly mode: number; readonly uid: number } {
  const stats = lstatSync(folder);
  if (stats.isDirectory()) return stats;
  throw nodeError("CONTROL_FAILED", `${folder} is not a folder; remove it`);
}

function userId(): number {
  return process.getuid?.() ?? 0;
}
