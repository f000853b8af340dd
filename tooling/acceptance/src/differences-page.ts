import { DIFFERENCES, NOT_SUPPORTED } from "./differences.ts";
import { ROWS } from "./index.ts";
import { entriesOf } from "./row.ts";

/** docs/differences.md: made of the list of differences, and of the rows that say why they differ. */
export function differencesPage(): string {
  const sections = Object.entries(DIFFERENCES).map(([topic, differences]) => {
    const rows = differences.map(({ ours, rust, why = "" }) => [rust, ours, why]);
    return `### ${topic}\n\n${tableOf(["Rust's `ockam` 0.150.0", "this one", "why"], rows)}`;
  });
  const entries = ROWS.flatMap((row) =>
    entriesOf(row).map((entry) => ({ ...entry, isOurs: row.only === "typescript" })),
  );
  const differing = entries.flatMap(({ differs, id, isOurs, title }) =>
    differs === undefined ? [] : [[id, isOurs ? `${title} (this one alone)` : title, differs]],
  );
  return `# Where it differs from Rust's command

<!-- Made by tooling/acceptance/src/differences-page.ts: vitest run tooling/acceptance/src/differences.test.ts -u -->

Commands, options, outputs and exit codes are those of Rust's \`ockam\` 0.150.0. All that is not is on this page.

## Behaviour

${sections.join("\n")}
## Not supported

These commands and options are known: they say so in one sentence, and what to do instead, with exit code 70.

${tableOf(
  ["what", "instead"],
  NOT_SUPPORTED.map(({ instead, what }) => [what, instead]),
)}
## Rows of the acceptance table

The table in \`tooling/acceptance\` is run against both commands: \`pnpm test\` and \`pnpm test:peers\`, or
\`OCKAM_CLI=/path/to/ockam pnpm vitest run tooling/acceptance\`. These rows expect something else of each; in all others both
do the same.

${tableOf(["row", "what is done", "how they differ"], differing)}`;
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return lineOf(head) + lineOf(head.map(() => "---")) + rows.map((row) => lineOf(row)).join("");
}

function lineOf(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll(/(?<!\\)\|/g, String.raw`\|`)).join(" | ")} |\n`;
}
