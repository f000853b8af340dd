import { execFile, spawn } from "node:child_process";
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { Deferred } from "./deferred.ts";

/** The release of the Rust command that the suites speak with. */
export const OCKAM_PEER_VERSION = "0.150.0";

const APT_PACKAGES = ["libdbus-1-dev", "libssl-dev", "pkg-config", "cmake", "clang"];
const run = promisify(execFile);

/**
 * Where the Rust `ockam` is: `OCKAM_PEER` when set, else `bin/ockam` in `OCKAM_PEER_ROOT`, by default
 * `~/.cache/ockam-peer`.
 */
export function ockamPeerPath(): string {
  return process.env["OCKAM_PEER"] ?? join(peerRoot(), "bin/ockam");
}

/**
 * Installs the Rust `ockam` from the cargo registry unless it is there, and returns the path of the binary. The
 * first time takes half an hour on two cores. A lock file keeps two installers from building at once: the second
 * waits and finds the result of the first.
 *
 * Throws when `cargo`, `flock` or a system package is missing (the message names it), when the build fails (the
 * message holds the end of the log), and when `OCKAM_PEER` names a file that is not there.
 */
export async function installOckam(): Promise<string> {
  const binary = ockamPeerPath();
  if (isExecutable(binary)) return binary;
  if (process.env["OCKAM_PEER"] !== undefined)
    throw new Error(`OCKAM_PEER: ${binary} is not an executable file`);
  await requireCommand("cargo", "install Rust, https://rustup.rs");
  await requireCommand("flock", "apt-get install util-linux");
  mkdirSync(peerRoot(), { recursive: true });
  // Node.js has no flock(2): this file runs again below the lock.
  await follow("flock", [
    join(peerRoot(), "lock"),
    process.execPath,
    fileURLToPath(import.meta.url),
    "--locked",
  ]);
  if (!isExecutable(binary)) throw new Error(`the build ended without ${binary}, see ${buildLog()}`);
  return binary;
}

async function buildBelowLock(): Promise<void> {
  if (isExecutable(ockamPeerPath())) return;
  await requireAptPackages();
  await mendSources();
  const target = join(peerRoot(), "target");
  const log = openSync(buildLog(), "w");
  try {
    await follow(
      "cargo",
      ["install", "ockam_command", "--version", OCKAM_PEER_VERSION, "--locked", "--bin", "ockam"].concat([
        "--no-default-features",
        "--features",
        "rust-crypto",
        "--root",
        peerRoot(),
      ]),
      { ...process.env, CARGO_TARGET_DIR: target },
      log,
    );
  } catch (error) {
    const end = readFileSync(buildLog(), "utf8").split("\n").slice(-20).join("\n");
    throw new Error(`building the Rust ockam failed, see ${buildLog()}:\n${end}`, { cause: error });
  } finally {
    closeSync(log);
  }
  rmSync(target, { recursive: true, force: true });
}

// Today's compilers are newer than the release: `size-of` names calling conventions that x86-64 no longer accepts,
// and the command's derive macros need a deeper recursion limit. `cargo info` unpacks the sources, which are then mended.
async function mendSources(): Promise<void> {
  await run("cargo", ["info", "-q", "size-of@0.1.5"]);
  await run("cargo", ["info", "-q", `ockam_command@${OCKAM_PEER_VERSION}`]);
  const registry = join(process.env["CARGO_HOME"] ?? join(homedir(), ".cargo"), "registry/src");
  for (const index of readdirSync(registry)) {
    mend(join(registry, index, "size-of-0.1.5/src/core_impls.rs"), (source) =>
      source.replace(/^ {4}"(?:aapcs|stdcall|fastcall|vectorcall|thiscall)",\n/gm, ""),
    );
    const command = join(registry, index, `ockam_command-${OCKAM_PEER_VERSION}/src`);
    mend(join(command, "lib.rs"), (source) =>
      source.replace("pub use arguments", `${DEEPER}\npub use arguments`),
    );
    mend(join(command, "bin/ockam.rs"), (source) => `${DEEPER}\n${source}`);
  }
}

const DEEPER = '#![recursion_limit = "1024"]';

function mend(path: string, change: (source: string) => string): void {
  if (!existsSync(path)) return;
  const source = readFileSync(path, "utf8");
  if (!source.includes(DEEPER)) writeFileSync(path, change(source));
}

async function requireAptPackages(): Promise<void> {
  const missing: string[] = [];
  for (const name of APT_PACKAGES) {
    await run("dpkg", ["-s", name]).catch(() => missing.push(name));
  }
  if (missing.length === 0) return;
  const install = `apt-get install ${missing.join(" ")}`;
  if (process.getuid?.() !== 0)
    throw new Error(`building the Rust ockam needs system packages, run: ${install}`);
  await installAptPackages(missing);
}

/** Installs packages of the system, one caller after the other. Throws with the command to run when this process may not. */
export async function installAptPackages(names: readonly string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const packages = names.join(" ");
  const install = `apt-get update -qq && apt-get install -y -qq --no-install-recommends ${packages}`;
  try {
    await run("flock", [join(tmpdir(), "ockam-peers-apt.lock"), "sh", "-c", install], { env });
  } catch (error) {
    throw new Error(`missing system packages, run as root: apt-get install ${packages}`, { cause: error });
  }
}

async function requireCommand(name: string, remedy: string): Promise<void> {
  await run("sh", ["-c", `command -v ${name}`]).catch((error: unknown) => {
    throw new Error(`installing the Rust ockam needs ${name}: ${remedy}`, { cause: error });
  });
}

function follow(command: string, args: readonly string[], env = process.env, output?: number): Promise<void> {
  const { promise, resolve, reject } = new Deferred<void>();
  const child = spawn(command, args, { env, stdio: ["ignore", output ?? "inherit", output ?? "inherit"] });
  child.once("error", reject);
  child.once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`${command} ended with ${code}`))));
  return promise;
}

function peerRoot(): string {
  return process.env["OCKAM_PEER_ROOT"] ?? join(homedir(), ".cache/ockam-peer");
}

function buildLog(): string {
  return join(peerRoot(), "build.log");
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

if (import.meta.main) {
  try {
    if (process.argv.includes("--locked")) await buildBelowLock();
    else console.log(await installOckam());
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
