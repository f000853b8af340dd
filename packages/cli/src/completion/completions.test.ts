import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createNode, type OckamNode } from "@ockam/node";
import { openState } from "@ockam/node/state";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";

import { COMMANDS } from "../command-table.ts";
import { ARGUMENTS, completions } from "./completions.ts";

const home = mkdtempSync(join(tmpdir(), "ock-"));
const state = openState({ home });
let bank: OckamNode;

beforeAll(async () => {
  await state.identities.create({ name: "bank" });
  state.vaults.create({ name: "safe", path: join(home, "safe") });
  bank = await createNode({ state, name: "n1", control: true });
  await bank.call("tcp-outlet.create", { to: "127.0.0.1:5432", address: "db" });
  await bank.call("tcp-inlet.create", { to: "/service/db", name: "web", from: "127.0.0.1:0" });
  await bank.call("secure-channel-listener.create", { address: "vip" });
  const other = await createNode({ state, name: "n2" });
  await other.close();
});
beforeEach(() => void vi.stubEnv("OCKAM_HOME", home));
afterAll(async () => {
  vi.unstubAllEnvs();
  await bank.close();
  state.close();
  rmSync(home, { recursive: true, force: true });
});

async function valuesFor(line: string): Promise<readonly string[]> {
  return (await completions(line.split(" "))).candidates.map(({ value }) => value);
}

async function descriptionFor(line: string): Promise<string | undefined> {
  return (await completions(line.split(" "))).candidates[0]?.description;
}

describe("what may stand there", () => {
  test.each([
    ["no", ["node"]],
    ["node st", ["start", "stop"]],
    ["help node st", ["start", "stop"]],
    ["node x", []],
    ["node ru", []],
    ["-q node li", ["list"]],
    ["--output json node li", ["list"]],
    ["kafka-", ["kafka-outlet", "kafka-inlet"]],
    ["nonsense more x", []],
    ["--comp", ["--compact-output"]],
  ])("commands: %s", async (line, found) => {
    expect(await valuesFor(line)).toEqual(found);
  });

  test.each([
    ["tcp-outlet create --tl", ["--tls"]],
    ["tcp-outlet create --tls --tl", []],
    ["project ticket --attribute a=b --attr", ["--attribute"]],
    ["tcp-outlet create -- --t", []],
    ["node create --http", []],
  ])("options: %s", async (line, found) => {
    expect(await valuesFor(line)).toEqual(found);
  });

  test.each([
    ["kafka-inlet create --plain-records ", ["drop", "pass", "error"]],
    ["kafka-inlet create --plain-records=p", ["--plain-records=pass"]],
    ["completion -s p", ["powershell"]],
    ["identity show --encoding ", ["plain", "hex"]],
    ["identity create --vault ", ["default", "safe"]],
    ["identity create --vault=s", ["--vault=safe"]],
    ["identity create --full=", []],
    ["node create --identity b", ["bank"]],
    ["policy create --resource-type kafka-c", ["kafka-consumer"]],
    ["tcp-inlet list --at n", ["n1", "n2"]],
    ["tcp-inlet list --at /node/n1", ["/node/n1"]],
    ["tcp-inlet create --timeout ", []],
  ])("values: %s", async (line, found) => {
    expect(await valuesFor(line)).toEqual(found);
  });

  test("own identifiers", async () => {
    const { identifier } = state.identities.get("bank");
    expect(await valuesFor("secure-channel create --authorized I")).toContain(identifier.toString());
  });

  test.each([
    ["identity show b", ["bank"]],
    ["identity create b", []],
    ["vault delete ", ["default", "safe"]],
    ["credential issue s", ["safe"]],
    ["node show ", ["n1", "n2"]],
    ["node start ", ["n2"]],
    ["node stop ", ["n1"]],
    ["node stop n1 ", []],
    ["service start ", ["hop"]],
  ])("arguments: %s", async (line, found) => {
    expect(await valuesFor(line)).toEqual(found);
  });

  test.each([
    ["node create ", "files"],
    ["run oc", "files"],
    ["vault create v --path ", "files"],
    ["project enroll ", "files"],
    ["portal ", "files"],
    ["vault create --path=", "words"],
    ["node show ", "words"],
    ["tcp-inlet create --to /", "parts"],
  ])("the shell's own files: %s is %s", async (line, kind) => {
    expect((await completions(line.split(" "))).kind).toBe(kind);
  });
});

describe("what a running node has", () => {
  test.each([
    ["tcp-outlet show --at n1 ", ["db"]],
    ["tcp-outlet delete --at=n1 d", ["db"]],
    ["tcp-outlet delete ", ["db"]],
    ["tcp-inlet delete --at /node/n1 ", ["web"]],
    ["tcp-inlet delete --at n2 ", []],
    ["tcp-inlet delete --at nobody ", []],
    ["secure-channel-listener delete --at n1 ", ["api", "vip"]],
    ["secure-channel-listener create --at n1 ", []],
    ["relay delete --at n1 ", []],
    ["policy show --at n1 tcp-o", ["tcp-outlet"]],
  ])("names: %s", async (line, found) => {
    expect(await valuesFor(line)).toEqual(found);
  });

  test.each([
    ["tcp-inlet create --to /no", ["/node/"]],
    ["tcp-inlet create --to /node/n", ["/node/n1", "/node/n2"]],
    ["tcp-inlet create --to /node/n1/se", ["/node/n1/secure/", "/node/n1/service/"]],
    ["tcp-inlet create --to /node/n1/secure/", ["/node/n1/secure/api", "/node/n1/secure/vip"]],
    ["tcp-inlet create --to /node/n1/service/d", ["/node/n1/service/db"]],
    ["tcp-inlet create --to /node/n2/service/", []],
    ["tcp-inlet create --at n1 --to /service/d", ["/service/db"]],
    ["message send hi --from n1 --to /service/up", ["/service/uppercase"]],
    ["tcp-inlet create --to /ip4/127.0.0.1/tcp/1/service/", []],
    ["tcp-inlet create --to=/node/n1/secure/v", ["--to=/node/n1/secure/vip"]],
    ["relay create --at n", ["n1", "n2"]],
  ])("routes: %s", async (line, found) => {
    expect(await valuesFor(line)).toEqual(found);
  });

  test("is described", async () => {
    expect(await descriptionFor("node show n1")).toBe("running, the default");
    expect(await descriptionFor("tcp-outlet show ")).toBe("→ 127.0.0.1:5432");
    expect(await descriptionFor("node show n2")).toBe("stopped");
  });

  test("is not waited for when it does not answer", async () => {
    const slow = await createNode({ state, name: "slow", control: true });
    await slow.call("tcp-outlet.create", { to: "127.0.0.1:1", address: "never" });
    expect(await valuesFor("tcp-outlet show --at slow ")).toEqual(["never"]);
    const socket = join(home, "run", "slow.sock");
    rmSync(socket);
    // It takes calls and says nothing.
    const silent = createServer().listen(socket);
    await once(silent, "listening");
    expect(await valuesFor("tcp-outlet show --at slow ")).toEqual([]);
    silent.close();
    await slow.close();
  });
});

test("a command that takes arguments is in the table, or has new names", async () => {
  const names = new Set<string>();
  for (const [group, entry] of Object.entries(COMMANDS)) {
    const commands = typeof entry === "function" ? { "": entry } : entry.commands;
    for (const [word, load] of Object.entries(commands)) {
      const { anyArguments, positionals } = await load();
      if (anyArguments !== true && Object.keys(positionals).length > 0) names.add(`${group} ${word}`.trim());
    }
  }
  const unknown = [...names].filter((name) =>
    [name, name.split(" ", 1).join()].every((key) => !(key in ARGUMENTS)),
  );
  expect(unknown.toSorted()).toEqual([
    "flow-control add-consumer",
    "message send",
    "project-member add",
    "project-member delete",
    "project-member show",
  ]);
});

test("completing makes nothing", async () => {
  const absent = join(home, "absent");
  vi.stubEnv("OCKAM_HOME", absent);
  expect(await valuesFor("node show ")).toEqual([]);
  expect(await valuesFor("tcp-inlet delete ")).toEqual([]);
  expect(existsSync(absent)).toBe(false);
});
