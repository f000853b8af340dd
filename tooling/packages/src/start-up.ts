import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { writeMeasuredSection } from "@ockam/bench/document";
import { loadBefore, machine } from "@ockam/bench/machine";
import { ockamPeerPath } from "@ockam/peers";
import { ROOT } from "@ockam/repository";

import { setup } from "./build-packages.ts";
import { Consumer } from "./consumer.ts";
import { OCKAM_FORMS } from "./ockam-forms.ts";

// How long each form of the command takes to start: processor time, which other programs on the machine disturb least.
//     pnpm bench:start-up [--write]      --write: puts the table into docs/performance.md, "Start-up"
const RUNS = 20;
const COMMANDS = [["--version"], ["node", "list"], ["node", "create", "--help"]];
// Linux counts processor time in hundredths of a second.
const MS_PER_TICK = 10;
// Rust's command would look for a newer one.
const WITHOUT_NETWORK = { OCKAM_DISABLE_UPGRADE_CHECK: "true" };

if (!existsSync(ockamPeerPath()))
  throw new Error("The Rust ockam is not here to compare with: pnpm peers:install builds it");
const load = loadBefore();
await setup();
const rows = [
  ["processor time, ms", ...COMMANDS.map((args) => `\`${args.join(" ")}\``)],
  ["---", ...COMMANDS.map(() => "---:")],
];
for (const { title, prepare } of OCKAM_FORMS) {
  using consumer = new Consumer();
  const { command } = await prepare(consumer);
  measure(title, command);
}
measure("source", [process.execPath, join(ROOT, "apps/ockam/src/main.ts")]);
rows.push([
  "a Node.js that does nothing",
  String(processorTime([process.execPath, "--eval", ""], [])),
  "",
  "",
]);
measure("Rust `ockam` 0.150.0", [ockamPeerPath()]);
const text = [
  machine(load, `the mean of ${RUNS} processes`),
  rows.map((cells) => `| ${cells.join(" | ")} |`).join("\n"),
].join("\n\n");
console.log(text);
if (process.argv.includes("--write")) await writeMeasuredSection("pnpm bench:start-up", text);

function measure(title: string, command: readonly [string, ...string[]]): void {
  rows.push([title, ...COMMANDS.map((args) => String(processorTime(command, args)))]);
}

/** The mean of processes that have run before, so that caches are full. */
function processorTime([program, ...first]: readonly [string, ...string[]], args: readonly string[]): number {
  using home = new Consumer();
  const cache = join(home.folder, "cache");
  const env = { ...process.env, OCKAM_HOME: home.folder, NODE_COMPILE_CACHE: cache, ...WITHOUT_NETWORK };
  const run = (): void => void execFileSync(program, [...first, ...args], { env, stdio: "ignore" });
  run();
  run();
  const before = ticksOfChildren();
  for (let count = 0; count < RUNS; count++) run();
  return Math.round(((ticksOfChildren() - before) * MS_PER_TICK) / RUNS);
}

function ticksOfChildren(): number {
  const stat = readFileSync("/proc/self/stat", "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[13]) + Number(fields[14]);
}
