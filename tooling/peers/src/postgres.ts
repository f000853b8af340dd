import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

import { freePort } from "./free-port.ts";
import { installAptPackages } from "./install-ockam.ts";

const run = promisify(execFile);
const VERSIONS = "/usr/lib/postgresql";

/** A PostgreSQL server of its own, on a free port of 127.0.0.1, with its data in a temporary folder. */
export class Postgres implements AsyncDisposable {
  readonly port: number;
  readonly #data: string;
  readonly #server: ChildProcess;

  private constructor(port: number, data: string, server: ChildProcess) {
    this.port = port;
    this.#data = data;
    this.#server = server;
  }

  /** Starts a server from the system's packages, which are installed first when they are missing. */
  static async start(): Promise<Postgres> {
    await installPostgres();
    const data = mkdtempSync(join(tmpdir(), "ockam-postgres-"));
    const account = await serverAccount();
    if (account) chownSync(data, account.uid, account.gid);
    const port = await freePort();
    await run(
      program("initdb"),
      ["-D", data, "-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8"],
      account,
    );
    const settings = [`port=${port}`, "listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off"];
    const server = spawn(
      program("postgres"),
      ["-D", data, ...settings.flatMap((setting) => ["-c", setting])],
      {
        ...account,
        stdio: "ignore",
      },
    );
    const postgres = new Postgres(port, data, server);
    while (!(await postgres.#isReady())) {
      if (server.exitCode !== null) throw new Error(`postgres ended with ${server.exitCode}`);
      await sleep(50);
    }
    return postgres;
  }

  /** Runs psql with one statement against `port` (of the server, or of an inlet) and returns what it prints. */
  async psql(statement: string, port: number = this.port): Promise<string> {
    const { stdout } = await run(
      program("psql"),
      ["-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", ...connection(port), "-c", statement, "postgres"],
      { timeout: 60_000, maxBuffer: 256 * 1024 * 1024 },
    );
    return stdout.trimEnd();
  }

  /** Runs pgbench against `port` and returns its report. */
  async pgbench(args: readonly string[], port: number = this.port): Promise<string> {
    const { stdout } = await run(program("pgbench"), [...connection(port), ...args, "postgres"], {
      timeout: 120_000,
    });
    return stdout;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.exitCode === null) {
      const exited = once(this.#server, "exit");
      this.#server.kill("SIGQUIT"); // immediate shutdown, clients or not
      await exited;
    }
    rmSync(this.#data, { recursive: true, force: true });
  }

  async #isReady(): Promise<boolean> {
    return run(program("pg_isready"), [...connection(this.port), "-t", "1"]).then(
      () => true,
      () => false,
    );
  }
}

/** Installs PostgreSQL from the system's packages when it is missing. */
export async function installPostgres(): Promise<void> {
  if (newestVersion() === undefined) await installAptPackages(["postgresql", "postgresql-contrib"]);
}

function connection(port: number): readonly string[] {
  return ["-h", "127.0.0.1", "-p", String(port), "-U", "postgres"];
}

function program(name: string): string {
  const version = newestVersion();
  if (version === undefined)
    throw new Error("no PostgreSQL server is installed, run: apt-get install postgresql");
  return join(VERSIONS, version, "bin", name);
}

function newestVersion(): string | undefined {
  if (!existsSync(VERSIONS)) return undefined;
  return readdirSync(VERSIONS)
    .filter((version) => existsSync(join(VERSIONS, version, "bin/initdb")))
    .sort((a, b) => Number(b) - Number(a))[0];
}

// PostgreSQL refuses to run as root.
async function serverAccount(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = await Promise.all([run("id", ["-u", "postgres"]), run("id", ["-g", "postgres"])]);
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
}
