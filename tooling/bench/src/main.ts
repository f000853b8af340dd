import { parseArgs } from "node:util";

import { leavingNothing } from "./clean-up.ts";
import { writeMeasuredSection } from "./document.ts";
import { compareKafka } from "./kafka-comparison.ts";
import { comparePortals } from "./portal-comparison.ts";
import type { RunOptions } from "./run-options.ts";

const USAGE = `pnpm bench [PART]... [--rounds N] [--quick] [--without NAME]... [--write]

  PART            portals or kafka (default both)
  --rounds N      rounds of all systems (default 5, of Kafka 3)
  --quick         little load: to try the harness, not to judge
  --without NAME  leave out ockam-rust, plain-proxy or ssh; of Kafka any but no-portal
  --write         put the tables into docs/performance.md`;

/** What is compared: each has a measured section in docs/performance.md. */
const PARTS = ["portals", "kafka"] as const;
type Part = (typeof PARTS)[number];

const COMPARE: Record<Part, (options: RunOptions) => Promise<string>> = {
  portals: comparePortals,
  kafka: compareKafka,
};

const DEFAULT_ROUNDS: Record<Part, number> = { portals: 5, kafka: 3 };

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string" },
    quick: { type: "boolean", default: false },
    without: { type: "string", multiple: true, default: [] },
    write: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const unknown = positionals.filter((name) => !PARTS.some((part) => part === name));

if (values.help || unknown.length > 0) {
  console.log(USAGE);
  process.exitCode = values.help ? 0 : 2;
} else {
  const chosen = PARTS.filter((part) => positionals.length === 0 || positionals.includes(part));
  await leavingNothing(async () => {
    for (const part of chosen) await run(part);
  });
}

async function run(part: Part): Promise<void> {
  const rounds = values.rounds === undefined ? DEFAULT_ROUNDS[part] : Number(values.rounds);
  const tables = await COMPARE[part]({ ...values, rounds });
  const text = `${tables}\n\nCommand: \`${["pnpm bench", ...process.argv.slice(2)].join(" ")}\``;
  console.log(text);
  if (values.write) await writeMeasuredSection(`pnpm bench ${part}`, text);
}
