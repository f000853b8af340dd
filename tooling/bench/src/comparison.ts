import { median } from "./statistics.ts";

/** What is measured, in the order of the rows. `better` says which way is good. */
export type Metrics = Readonly<
  Record<string, { readonly unit: string; readonly better: "higher" | "lower" }>
>;

/** One system's figures in one round, by metric; what does not apply to a system is absent. */
export type Figures = Readonly<Partial<Record<string, number>>>;

/** The figures of each system in one round. */
export type Round = Partial<Record<string, Figures>>;

/** Systems that were measured side by side, in several rounds. */
export interface Comparison {
  readonly metrics: Metrics;
  /** In the order of the columns. */
  readonly systems: readonly string[];
  readonly rounds: readonly Round[];
}

/** One column of a table of ratios: `of` divided by `by`. */
export interface Ratio {
  readonly head: string;
  readonly of: string;
  readonly by: string;
}

/** A Markdown table of the medians in units. */
export function medianTable({ metrics, rounds, systems }: Comparison): string {
  const rows = Object.entries(metrics).map(([metric, { unit }]) => [
    `${metric}, ${unit}`,
    ...systems.map((system) => figure(median(valuesOf(rounds, system, metric)))),
  ]);
  return table(["median", ...systems], rows);
}

/** A Markdown table of ratios: the median of those of each round, with their spread. Rows without any are left out. */
export function ratioTable(head: string, { metrics, rounds }: Comparison, columns: readonly Ratio[]): string {
  const rows = Object.entries(metrics).map(([metric, { better }]) => [
    `${metric} (${better} is better)`,
    ...columns.map((column) => ratio(rounds, metric, column)),
  ]);
  const filled = rows.filter(([, ...cells]) => cells.some((cell) => cell !== ""));
  return table([head, ...columns.map((column) => column.head)], filled);
}

function ratio(rounds: readonly Round[], metric: string, { by, of }: Ratio): string {
  const values = rounds.flatMap((round) => {
    const [above, below] = [round[of]?.[metric], round[by]?.[metric]];
    return above === undefined || below === undefined || below === 0 ? [] : [above / below];
  });
  if (values.length === 0) return "";
  return `${figure(median(values))} [${figure(Math.min(...values))}–${figure(Math.max(...values))}]`;
}

function valuesOf(rounds: readonly Round[], system: string, metric: string): readonly number[] {
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
