import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

import { freePort } from "@ockam/acceptance/free-port";

import { installAptPackages } from "./install-ockam.ts";
import { commandAt, THIS_MACHINE } from "./place.ts";
import type { Place } from "./place.ts";

const run = promisify(execFile);
const VERSIONS = "/usr/lib/postgresql";

/** Where a client of the server runs and which port of that place's loopback it asks: the server's own by default. */
export interface PostgresAccess {
  readonly port?: number;
  readonly place?: Place;
}

/** A PostgreSQL server of its own, on a port of a place's loopback, with its data in a temporary folder. */
export class Postgres implements AsyncDisposable {
  readonly port: number;
  readonly place: Place;
  readonly #data: string;
  readonly #server: ChildProcess;

  private constructor(port: number, place: Place, data: string, server: ChildProcess) {
    this.port = port;
    this.place = place;
    this.#data = data;
    this.#server = server;
  }

  /**
   * Starts a server from the system's packages, which are installed first when they are missing. Default: a free port
   * of this machine.
   */
  static async start(options: PostgresAccess = {}): Promise<Postgres> {
    await installPostgres();
    const place = options.place ?? THIS_MACHINE;
    const port = options.port ?? (await freePort());
    const data = mkdtempSync(join(tmpdir(), "ockam-postgres-"));
    const account = await serverAccount();
    if (account) chownSync(data, account.uid, account.gid);
    await run(
      program("initdb"),
      ["-D", data, "-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8"],
      account,
    );
    const settings = [`port=${port}`, "listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off"];
    const server = [program("postgres"), "-D", data, ...settings.flatMap((setting) => ["-c", setting])];
    const [first, rest] = account
      ? commandAt(place, "setpriv", [
          `--reuid=${account.uid}`,
          `--regid=${account.gid}`,
          "--clear-groups",
          ...server,
        ])
      : commandAt(place, program("postgres"), server.slice(1));
    const postgres = new Postgres(port, place, data, spawn(first, rest, { stdio: "ignore" }));
    while (!(await postgres.#isReady())) {
      if (postgres.#server.exitCode !== null)
        throw new Error(`postgres ended with ${postgres.#server.exitCode}`);
      await sleep(50);
    }
    return postgres;
  }

  /** Runs psql with one statement against the server, or whatever `access` names, and returns what it prints. */
  async psql(statement: string, access: PostgresAccess = {}): Promise<string> {
    const { stdout } = await run(...this.client("psql", [...PSQL, "-c", statement, "postgres"], access), {
      timeout: 60_000,
      maxBuffer: 256 * 1024 * 1024,
    });
    return stdout.trimEnd();
  }

  /** Runs pgbench and returns its report. */
  async pgbench(args: readonly string[], access: PostgresAccess = {}): Promise<string> {
    const { stdout } = await run(...this.client("pgbench", [...args, "postgres"], access), {
      timeout: 120_000,
    });
    return stdout;
  }

  /** A psql session that takes statements from its standard input and writes answers as they come. */
  session(access: PostgresAccess = {}): ChildProcess {
    return spawn(...this.client("psql", [...PSQL, "postgres"], access), { stdio: "pipe" });
  }

  /** The program and arguments that run a client of PostgreSQL. */
  client(name: string, args: readonly string[], access: PostgresAccess = {}): [string, string[]] {
    const port = String(access.port ?? this.port);
    const options = ["-h", "127.0.0.1", "-p", port, "-U", "postgres", ...args];
    return commandAt(access.place ?? this.place, program(name), options);
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
    return run(...this.client("pg_isready", ["-t", "1"])).then(
      () => true,
      () => false,
    );
  }
}

/** Installs PostgreSQL from the system's packages when it is missing. */
export async function installPostgres(): Promise<void> {
  if (newestVersion() === undefined) await installAptPackages(["postgresql", "postgresql-contrib"]);
}

const PSQL = ["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1"];

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
