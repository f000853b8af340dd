import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

import { freePort, killProcess } from "@ockam/peers";

import { medianTable, ratioTable } from "./comparison.ts";
import type { Round } from "./comparison.ts";
import { loadBefore, machine } from "./machine.ts";
import { FULL_LOAD, measure, METRICS, QUICK_LOAD } from "./measure.ts";
import { rustSystem, typescriptSystem } from "./ockam-system.ts";
import { pipeSystem } from "./pipe-system.ts";
import { chosen, inOrderOf } from "./run-options.ts";
import type { RunOptions } from "./run-options.ts";
import { sshSystem } from "./ssh-system.ts";
import { untilListening } from "./system.ts";
import type { System } from "./system.ts";

const SYSTEMS: readonly System[] = [typescriptSystem, rustSystem, pipeSystem, sshSystem];
const JUDGED = typescriptSystem.name;

/** Portals side by side: fresh processes of each system in each round. Returns the tables. */
export async function comparePortals(options: RunOptions): Promise<string> {
  const systems = await chosen(SYSTEMS, options.without);
  const load = loadBefore();
  const backendPort = await freePort();
  const backendProgram = fileURLToPath(new URL("backend.ts", import.meta.url));
  const backend = spawn(process.execPath, [backendProgram, String(backendPort)], { stdio: "inherit" });
  const rounds: Round[] = [];
  try {
    await untilListening(backendPort);
    for (let index = 0; index < options.rounds; index++) {
      rounds.push(await measureRound(inOrderOf(index, systems), backendPort, index, options));
    }
  } finally {
    await killProcess(backend.pid!);
  }

  // In the order of SYSTEMS, whatever the order of measuring was.
  const comparison = { metrics: METRICS, systems: systems.map(({ name }) => name), rounds };
  const others = comparison.systems.filter((name) => name !== JUDGED);
  const ratios = others.map((name) => ({ head: name, of: JUDGED, by: name }));
  return [
    machine(load, `${options.rounds} rounds`),
    medianTable(comparison),
    ratioTable(`${JUDGED} divided by`, comparison, ratios),
  ].join("\n\n");
}

async function measureRound(
  systems: readonly System[],
  backend: number,
  index: number,
  { quick, rounds }: RunOptions,
): Promise<Round> {
  const round: Round = {};
  for (const system of systems) {
    const start = performance.now();
    await using running = await system.start(backend);
    round[system.name] = await measure(running, quick ? QUICK_LOAD : FULL_LOAD);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.error(`round ${index + 1}/${rounds}: ${system.name} in ${seconds} s`);
  }
  return round;
}
