import { METRICS } from "./measure.ts";
import type { Figures, Metric } from "./measure.ts";
import { median } from "./statistics.ts";
import { SYSTEM_NAMES } from "./system.ts";
import type { SystemName } from "./system.ts";

/** The figures of each system in one round. */
export type Round = Partial<Record<SystemName, Figures>>;

const JUDGED: SystemName = SYSTEM_NAMES[0];

/**
 * Two Markdown tables: medians in units, and the ratio of this product to each other system, as the median of the
 * ratios of each round with their spread.
 */
export function report(rounds: readonly Round[]): string {
  const systems = SYSTEM_NAMES.filter((name) => rounds.some((round) => round[name] !== undefined));
  const others = systems.filter((name) => name !== JUDGED);
  const metrics = Object.keys(METRICS) as Metric[];
  const figures = metrics.map((metric) => [
    `${metric}, ${METRICS[metric].unit}`,
    ...systems.map((system) => figure(median(valuesOf(rounds, system, metric)))),
  ]);
  const ratios = metrics.map((metric) => [
    `${metric} (${METRICS[metric].better} is better)`,
    ...others.map((system) => ratio(rounds, system, metric)),
  ]);
  return [table(["median", ...systems], figures), table([`${JUDGED} divided by`, ...others], ratios)].join(
    "\n\n",
  );
}

function ratio(rounds: readonly Round[], other: SystemName, metric: Metric): string {
  const values = rounds.flatMap((round) => {
    const [ours, theirs] = [round[JUDGED]?.[metric], round[other]?.[metric]];
    return ours === undefined || theirs === undefined || theirs === 0 ? [] : [ours / theirs];
  });
  if (values.length === 0) return "";
  return `${figure(median(values))} [${figure(Math.min(...values))}–${figure(Math.max(...values))}]`;
}

function valuesOf(rounds: readonly Round[], system: SystemName, metric: Metric): readonly number[] {
  return rounds.flatMap((round) => round[system]?.[metric] ?? []);
}

function figure(value: number): string {
  if (Number.isNaN(value)) return "";
  if (value >= 100) return Math.round(value).toLocaleString("en");
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(3, ...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join(" | ")} |`;
  const rule = widths.map((width, column) =>
    column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`,
  );
  return [line(head), line(rule), ...rows.map(line)].join("\n");
}
