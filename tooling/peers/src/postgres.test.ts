import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { Portal, PORTAL_PAIRS } from "./portal.ts";
import { Postgres } from "./postgres.ts";

let postgres: Postgres;

beforeAll(async () => {
  postgres = await Postgres.start();
  await postgres.pgbench(["-i", "-q"]);
});

afterAll(async () => {
  await postgres?.[Symbol.asyncDispose]();
});

describe.each(PORTAL_PAIRS)("$inlet inlet, $outlet outlet", (ends) => {
  let portal: Portal;

  beforeAll(async () => {
    portal = await Portal.open(ends, postgres.port);
  });

  afterAll(async () => {
    await portal?.[Symbol.asyncDispose]();
  });

  test("psql asks and gets the same answers as without the portal", async () => {
    const question = "SELECT aid, md5(filler || aid) FROM pgbench_accounts ORDER BY aid LIMIT 20000";
    expect(await postgres.psql(question, portal)).toBe(await postgres.psql(question));
  });

  test("psql writes what is then read directly", async () => {
    const table = `notes_${ends.inlet}_${ends.outlet}`;
    await postgres.psql(`CREATE TABLE ${table} AS SELECT 'through the portal' AS note`, portal);
    expect(await postgres.psql(`SELECT note FROM ${table}`)).toBe("through the portal");
  });

  test("a large row crosses whole, both ways", async () => {
    const sum = await postgres.psql("SELECT md5(repeat('0123456789abcdef', 1 << 20))");
    expect(await postgres.psql("SELECT md5(repeat('0123456789abcdef', 1 << 20))", portal)).toBe(sum);
    const row = await postgres.psql("SELECT repeat('0123456789abcdef', 1 << 20)", portal);
    expect(row).toBe("0123456789abcdef".repeat(2 ** 20));
  });

  test("pgbench: eight clients, no failed transaction, the balance is kept", async () => {
    const report = await postgres.pgbench(["-n", "-c", "8", "-t", "100"], portal);
    expect(report).toContain("number of transactions actually processed: 800/800");
    expect(report).toContain("number of failed transactions: 0");
    const sums = await postgres.psql(
      "SELECT (SELECT sum(abalance) FROM pgbench_accounts) = (SELECT sum(delta) FROM pgbench_history)",
      portal,
    );
    expect(sums).toBe("t");
  });

  test("pgbench with a new connection for each transaction", async () => {
    const report = await postgres.pgbench(["-n", "-C", "-c", "4", "-t", "25", "-S"], portal);
    expect(report).toContain("number of transactions actually processed: 100/100");
  });
});
