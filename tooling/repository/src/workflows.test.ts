import { expect, test } from "vitest";
import { parse } from "yaml";

import { readText } from "./workspace.ts";

interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly strategy?: { readonly matrix: { readonly command: readonly string[] } };
  readonly steps: readonly { readonly uses?: string; readonly with?: Readonly<Record<string, string>> }[];
}

function jobOf(workflow: string, job: string): Job {
  const { jobs } = parse(readText(`.github/workflows/${workflow}`)) as { jobs: Record<string, Job> };
  return jobs[job]!;
}

test("a change is checked by all that .ci/run runs", () => {
  const commands = [...readText(".ci/run").matchAll(/^(?:check|suite|run_suite) \w+ pnpm ([\w:]+)/gm)];
  expect(commands.length).toBeGreaterThan(5);
  const checked = jobOf("ci.yml", "run").strategy!.matrix.command;
  expect(commands.map((match) => match[1]).filter((command) => !checked.includes(command!))).toEqual([]);
});

test("a release has what npm's provenance takes", () => {
  const { permissions, steps } = jobOf("release.yml", "release");
  expect(permissions?.["id-token"]).toBe("write");
  const action = steps.find(({ uses }) => uses?.startsWith("changesets/action@"));
  expect(action?.with).toEqual({
    version: "npx -y pnpm@12 changeset version",
    publish: "npx -y pnpm@12 release",
  });
  const { scripts } = JSON.parse(readText("package.json")) as { scripts: Record<string, string> };
  expect(scripts["release"]).toContain("name-repository.ts && changeset publish");
});
