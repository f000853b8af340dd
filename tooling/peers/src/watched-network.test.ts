import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

import { afterEach, beforeEach, expect, test } from "vitest";

import type { OckamHome } from "./ockam-home.ts";
import { commandAt } from "./place.ts";
import { rustOckam } from "./rust-ockam.ts";
import { typescriptOckam } from "./typescript-ockam.ts";
import { WatchedNetwork } from "./watched-network.ts";

/** As if nobody had turned off what Rust's command does unasked. */
const UNASKED = {
  OCKAM_DISABLE_UPGRADE_CHECK: "false",
  OCKAM_OPENTELEMETRY_EXPORT: "true",
  OCKAM_TELEMETRY_EXPORT: "true",
};
/** Milliseconds in which a node that has nothing to do would say so to somebody. */
const IDLE = 3000;

let network: WatchedNetwork;

beforeEach(async () => {
  network = await WatchedNetwork.create();
});

afterEach(async () => {
  await network?.[Symbol.asyncDispose]();
});

test("what is sent anywhere is seen", async () => {
  expect(await network.reached()).toEqual([]);
  const script =
    'for (const host of ["192.0.2.7", "2001:db8::7"]) require("node:net").connect(9, host).on("error", () => {});' +
    "setTimeout(() => process.exit(), 300)";
  await promisify(execFile)(...commandAt(network.place, process.execPath, ["-e", script]));
  expect(await network.reached()).toEqual(["192.0.2.7", "2001:db8::7"]);
});

test("Rust's command asks for newer versions", async () => {
  await using home = await rustOckam(UNASKED, network.place);
  await home.output(["identity", "create", "i"]);
  expect(await network.reached()).not.toEqual([]);
});

test("no command of ours sends anything beyond this machine unasked", async () => {
  await using home = typescriptOckam(UNASKED, network.place);
  const run = (line: string) => home.output(line.split(" "));
  for (const line of BEGINNING) await run(line);
  await expectQuiet(BEGINNING.join("\n"));

  const credential = await run(
    `credential issue --as i --for ${await run("identity show j")} --encoding hex`,
  );
  await run(`credential verify --issuer ${await run("identity show i")} --credential ${credential}`);
  await createProject(home);
  const recipe = join(home.path, "ockam.yml");
  writeFileSync(recipe, "nodes: {r1: }\ntcp-outlet: {web: {at: r1, to: 5000}}\n");
  await run(`run ${recipe}`);
  await expectQuiet("credentials, a project and a recipe");

  for (const line of REFUSED) {
    const { exitCode } = await home.run(line.split(" "));
    expect(exitCode, line).not.toBe(0);
  }
  await expectQuiet(REFUSED.join("\n"));

  await sleep(IDLE);
  for (const line of END) await run(line);
  await expectQuiet(END.join("\n"));
});

/** A project on this machine, and a member. */
async function createProject(home: OckamHome): Promise<void> {
  await home.output(["project", "create"]);
  const ticket = await home.output(["project", "ticket", "--relay", "*"]);
  await home.output(["project", "enroll", ticket, "--identity", "member"]);
  await home.output(["node", "create", "m", "--identity", "member"]);
  await home.output(["relay", "create", "m", "--to", "m"]);
  await home.output(["tcp-outlet", "create", "--at", "m", "--to", "5000"]);
  await home.output(["tcp-inlet", "create", "--at", "m", "--to", "outlet", "--via", "m"]);
  await home.output(["project-member", "list"]);
}

async function expectQuiet(what: string): Promise<void> {
  expect(await network.reached(), what).toEqual([]);
}

const BEGINNING = [
  "--version",
  "--help",
  "environment",
  "completion --shell bash",
  "vault create v",
  "identity create i --vault v",
  "identity create j",
  "identity list",
  "node create n1",
  "node create n2 --identity i",
  "node list",
  "node show n1",
  "node logs n1",
  "message send hi --to /node/n1/service/echo",
  "message send hi --from n1 --to /node/n2/secure/api/service/echo",
  "secure-channel create --from n1 --to /node/n2/service/api",
  "secure-channel list --at n1",
  "tcp-outlet create --at n1 --to localhost:5000",
  "tcp-inlet create --at n2 --to /node/n1/secure/api/service/outlet",
  "tcp-connection list --at n2",
  "relay create n1 --to n1 --at /node/n2",
  "policy create --at n1 --resource-type tcp-outlet --allow role=web",
  "kafka-outlet create --at n1 --bootstrap-server localhost:9092",
  "kafka-inlet create --at n2 --from 29092 --to /node/n1/secure/api",
  "worker list --at n1",
  "service list --at n1",
  "status",
];

/** What Rust's command asks the hosted service for, and what is not supported. */
const REFUSED = [
  "enroll",
  "space list",
  "space create",
  "share list",
  "lease list",
  "subscription show",
  "project version",
  "project addon list",
  "rendezvous get-my-address",
  "migrate-database",
  "influxdb-inlet create",
  "no-such-command",
];

const END = ["node stop n2", "node start n2", "node delete n2 --yes", "status", "reset --yes"];
