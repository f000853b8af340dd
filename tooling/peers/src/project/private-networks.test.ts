import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { Deferred } from "../deferred.ts";
import { commandAt } from "../place.ts";
import type { Place } from "../place.ts";
import { Postgres } from "../postgres.ts";
import type { PostgresAccess } from "../postgres.ts";
import { PrivateNetworks } from "../private-networks.ts";
import { reach } from "../reach.ts";
import { fiveCommands } from "./five-commands.ts";
import type { Machines } from "./five-commands.ts";
import { SelfHostedProject } from "./self-hosted-project.ts";

const POSTGRES_PORT = 5432;
const INLET_PORT = 15_432;
/** Rows of about a thousand bytes: more than 100 MB. */
const ROWS = 101_000;

describe("a service and a client in private networks", () => {
  let networks: PrivateNetworks;
  let postgres: Postgres;

  beforeAll(async () => {
    networks = await PrivateNetworks.create();
    postgres = await Postgres.start({ place: networks.service, port: POSTGRES_PORT });
    await postgres.pgbench(["-i", "-q"]);
    await postgres.psql(`CREATE TABLE big AS
      SELECT i AS id, repeat(md5(i::text), 31) AS filler FROM generate_series(1, ${ROWS}) i`);
  });

  afterAll(async () => {
    await postgres?.[Symbol.asyncDispose]();
    await networks?.[Symbol.asyncDispose]();
  });

  test("the networks are what they should be: nothing but the relay can be reached", async () => {
    const { relay, service, client } = networks;
    await using listeners = new AsyncDisposableStack();
    for (const place of [relay, service, client]) listeners.use(await listenEverywhere(place, 7000));
    expect(await reach(service, "127.0.0.1", 7000)).toBe("open");
    expect(await reach(client, relay.address, 7000)).toBe("open");
    expect(await reach(service, relay.address, 7000)).toBe("open");
    expect(await reach(client, service.address, 7000)).toBe("unreachable");
    expect(await reach(service, client.address, 7000)).toBe("unreachable");
    expect(await reach(relay, service.address, 7000)).toBe("unreachable");
    expect(await reach(relay, client.address, 7000)).toBe("unreachable");
  });

  describe.each([
    ["Rust's, a page of commands", ofRust],
    ["ours, five commands", fiveCommands],
  ])("%s", (_, begin) => {
    let project: AsyncDisposable;
    let access: PostgresAccess;

    beforeAll(async () => {
      project = await begin(networks);
      access = { place: networks.client, port: INLET_PORT };
    });

    afterAll(async () => {
      await project?.[Symbol.asyncDispose]();
    });

    test("login", async () => {
      expect(await postgres.psql("SELECT current_user, 6 * 7", access)).toBe("postgres|42");
    });

    test("100 MB are copied out", async () => {
      const [sum, length] = await copyOut("big", access);
      expect(length).toBeGreaterThan(100e6);
      expect([sum, length]).toEqual(await copyOut("big", {}));
    });

    test("100 MB are copied in", async () => {
      await postgres.psql("CREATE TABLE IF NOT EXISTS copied (LIKE big); TRUNCATE copied");
      const source = start(...copy("big", "TO STDOUT", {}));
      const target = start(...copy("copied", "FROM STDIN", access));
      const ended = Promise.all([source, target].map(exitOf));
      source.stdout!.pipe(target.stdin!);
      expect(await ended).toEqual([0, 0]);
      expect(await copyOut("copied", {})).toEqual(await copyOut("big", {}));
    });

    test("pgbench: no failed transaction, the balance is kept", async () => {
      const report = await postgres.pgbench(["-n", "-c", "4", "-t", "50"], access);
      expect(report).toContain("number of transactions actually processed: 200/200");
      expect(report).toContain("number of failed transactions: 0");
      const balance =
        "SELECT (SELECT sum(abalance) FROM pgbench_accounts) = (SELECT sum(delta) FROM pgbench_history)";
      expect(await postgres.psql(balance, access)).toBe("t");
    });

    test("a query is cancelled", async () => {
      const session = start(
        ...postgres.client("psql", ["-X", "-c", "SELECT pg_sleep(600)", "postgres"], access),
      );
      let said = "";
      session.stderr!.on("data", (data: Buffer) => (said += data));
      const sleeping = "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)'";
      await expect.poll(() => postgres.psql(sleeping), { timeout: 10_000 }).toBe("1");
      session.kill("SIGINT"); // psql asks the server to cancel, over a connection of its own
      expect(await exitOf(session)).toBe(1);
      expect(said).toContain("canceling statement due to user request");
      expect(await postgres.psql(`${sleeping} AND state = 'active'`)).toBe("0");
    });

    test("LISTEN hears NOTIFY", async () => {
      const session = postgres.session(access);
      let heard = "";
      session.stdout!.on("data", (data: Buffer) => (heard += data));
      session.stdin!.write("LISTEN news; SELECT 'listening';\n");
      await expect.poll(() => heard, { timeout: 10_000 }).toContain("listening");
      await postgres.psql("NOTIFY news, 'the eagle has landed'", access);
      // psql looks for notifications after each statement.
      for (let round = 0; round < 50 && !heard.includes("eagle"); round++) {
        session.stdin!.write("SELECT 1;\n");
        await sleep(50);
      }
      expect(heard).toContain('"news" with payload "the eagle has landed"');
      session.stdin!.end();
      expect(await exitOf(session)).toBe(0);
    });
  });

  async function copyOut(table: string, access: PostgresAccess): Promise<[string, number]> {
    const session = start(...copy(table, "TO STDOUT", access));
    const hash = createHash("sha256");
    let length = 0;
    session.stdout!.on("data", (data: Buffer) => {
      hash.update(data);
      length += data.length;
    });
    expect(await exitOf(session)).toBe(0);
    return [hash.digest("hex"), length];
  }

  function copy(table: string, direction: string, access: PostgresAccess): [string, string[]] {
    const source = direction.startsWith("TO") ? `(SELECT * FROM ${table} ORDER BY id)` : table;
    return postgres.client("psql", ["-X", "-c", `COPY ${source} ${direction}`, "postgres"], access);
  }
});

async function ofRust({ relay, service, client }: Machines): Promise<AsyncDisposable> {
  const project = await SelfHostedProject.start({ authority: "rust", relay: "rust", place: relay });
  await project.service("rust", { place: service, backend: POSTGRES_PORT });
  await project.client("rust", { place: client, port: INLET_PORT });
  return project;
}

function start(program: string, args: readonly string[]): ChildProcess {
  return spawn(program, args, { stdio: "pipe" });
}

/** How it ended, once all that it has said is read. */
function exitOf(child: ChildProcess): Promise<number | null> {
  const { promise, resolve } = new Deferred<number | null>();
  child.once("close", resolve);
  return promise;
}

/** Something that accepts connections at the place's every address. */
async function listenEverywhere(place: Place, port: number): Promise<AsyncDisposable> {
  const script = `require("node:net").createServer().listen(${port}, "0.0.0.0", () => console.log("ready"))`;
  const child = start(...commandAt(place, process.execPath, ["-e", script]));
  await once(child.stdout!, "data");
  return {
    async [Symbol.asyncDispose](): Promise<void> {
      child.kill("SIGKILL");
      await exitOf(child);
    },
  };
}
