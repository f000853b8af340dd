import { spawn } from "node:child_process";
import { cpus, loadavg, release } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { freePort, killProcess } from "@ockam/peers";

import { writeMeasuredSection } from "./document.ts";
import { FULL_LOAD, measure, QUICK_LOAD } from "./measure.ts";
import { rustSystem, typescriptSystem } from "./ockam-system.ts";
import { pipeSystem } from "./pipe-system.ts";
import { report } from "./report.ts";
import type { Round } from "./report.ts";
import { sshSystem } from "./ssh-system.ts";
import { untilListening } from "./system.ts";
import type { System } from "./system.ts";

const USAGE = `pnpm bench [--rounds N] [--quick] [--without NAME]... [--write]

  --rounds N      rounds of all systems (default 5)
  --quick         little load: to try the harness, not to judge
  --without NAME  leave out ockam-rust, plain-proxy or ssh
  --write         put the tables into docs/performance.md`;

const BUSY = 0.5;

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    quick: { type: "boolean", default: false },
    without: { type: "string", multiple: true, default: [] },
    write: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (values.help) {
  console.log(USAGE);
} else {
  await run();
}

async function run(): Promise<void> {
  const all: readonly System[] = [typescriptSystem, rustSystem, pipeSystem, sshSystem];
  const systems = all.filter((system) => !values.without.includes(system.name));
  if (!(await allPresent(systems))) return;

  const backendPort = await freePort();
  const backendProgram = fileURLToPath(new URL("backend.ts", import.meta.url));
  const backend = spawn(process.execPath, [backendProgram, String(backendPort)], { stdio: "inherit" });
  const rounds: Round[] = [];
  const load = loadavg()[0] ?? 0;
  if (load > BUSY)
    console.error(`other programs keep ${load.toFixed(1)} processors busy: do not trust the figures`);
  try {
    await untilListening(backendPort);
    for (let index = 0; index < Number(values.rounds); index++) {
      // Each round starts with another system, so that none always runs on the warmest machine.
      const shift = index % systems.length;
      rounds.push(
        await measureRound([...systems.slice(shift), ...systems.slice(0, shift)], backendPort, index),
      );
    }
  } finally {
    await killProcess(backend.pid!);
  }

  const text = [
    machine(load),
    report(rounds),
    `Command: \`pnpm bench ${process.argv.slice(2).join(" ")}\``,
  ].join("\n\n");
  console.log(text);
  if (values.write) await writeMeasuredSection(text);
}

async function allPresent(systems: readonly System[]): Promise<boolean> {
  for (const system of systems) {
    const missing = await system.missing();
    if (missing === undefined) continue;
    console.error(`${system.name}: ${missing}\nor leave it out: --without ${system.name}`);
    process.exitCode = 1;
  }
  return process.exitCode !== 1;
}

async function measureRound(systems: readonly System[], backend: number, index: number): Promise<Round> {
  const round: Round = {};
  for (const system of systems) {
    const start = performance.now();
    await using running = await system.start(backend);
    round[system.name] = await measure(running, values.quick ? QUICK_LOAD : FULL_LOAD);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.error(`round ${index + 1}/${values.rounds}: ${system.name} in ${seconds} s`);
  }
  return round;
}

function machine(load: number): string {
  const model = cpus()[0]?.model ?? "unknown processor";
  const date = new Date().toISOString().slice(0, 10);
  return `${date}, ${cpus().length} × ${model}, Linux ${release()}, Node.js ${process.version}, ${values.rounds} rounds, load before it ${load.toFixed(1)}.`;
}
