import { readFileSync } from "node:fs";

import { createNode } from "@ockam/node";
import { beforeAll, describe, expect, test } from "vitest";

import { testTerminal } from "../../testing/test-terminal.ts";
import type { RunningNode } from "../node-access.ts";
import { applyCommands } from "./applied-command.ts";
import { configurationTable, type ConfigurationTable } from "./configuration-table.ts";
import { dryRun } from "./dry-run.ts";
import { readNodeConfiguration } from "./node-configuration.ts";
import { planNode, typedArguments, type NodePlan } from "./node-plan.ts";

const PAGE = readFileSync(new URL("../../../../docs/configuration.md", import.meta.url), "utf8");
const EXAMPLES = blocks("yaml");
const TRANSCRIPTS = blocks("console");

let table: ConfigurationTable;

beforeAll(async () => {
  table = await configurationTable();
});

function blocks(language: string): readonly string[] {
  return [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "gms"))].map((match) => match[1]!);
}

function plan(text: string, variables: Record<string, string> = {}): NodePlan {
  const given = new Map(Object.entries(variables));
  const options = { text, source: "configuration", table, variables: given, environment: {} };
  const none = typedArguments({}, new Set(), undefined);
  return planNode(table, readNodeConfiguration(options), none, undefined);
}

test("the page has examples", () => {
  expect(EXAMPLES.length).toBeGreaterThan(4);
});

describe.each(EXAMPLES)("the example\n%s", (text) => {
  test("makes what it says, once", async () => {
    const { commands, name, settings } = plan(text, { CLIENT_PORT: "0" });
    await using node = await createNode({ name: name!, ...settings.options });
    const ownNode: RunningNode = { name: name!, call: (method, params) => node.call(method, params) };
    const terminal = { ...testTerminal().terminal, ownNode };
    const first = await applyCommands(commands, name!, terminal);
    expect(first.map(({ change }) => change)).not.toContain("unchanged");
    const second = await applyCommands(commands, name!, terminal);
    expect(second.map(({ change }) => change)).toEqual(commands.map(() => "unchanged"));
  });
});

test("the dry run on the page is that of its example", () => {
  const [command, ...lines] = TRANSCRIPTS[0]!.trim().split("\n");
  expect(command).toContain("--dry-run");
  expect(dryRun(plan(EXAMPLES[0]!)).machine).toBe(lines.join("\n"));
});

test("the mistake on the page is told so", () => {
  const [command, message, hint] = TRANSCRIPTS[1]!.trim().split("\n");
  const text = /'(.*)'/.exec(command!)![1]!;
  let error: unknown;
  try {
    plan(text);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toMatchObject({ message, details: { hint } });
});
