import { cpus, loadavg, release } from "node:os";

/** As many processors as other programs may keep busy before figures are not to be trusted. */
const BUSY = 0.5;

/** The load before a run, which is warned of. */
export function loadBefore(): number {
  const load = loadavg()[0] ?? 0;
  if (load > BUSY)
    console.error(`other programs keep ${load.toFixed(1)} processors busy: do not trust the figures`);
  return load;
}

/** The line above a measured section. `amount` is how much was measured, `load` that before the run. */
export function machine(load: number, amount: string): string {
  const model = cpus()[0]?.model ?? "unknown processor";
  const date = new Date().toISOString().slice(0, 10);
  return `${date}, ${cpus().length} × ${model}, Linux ${release()}, Node.js ${process.version}, ${amount}, load before it ${load.toFixed(1)}.`;
}
