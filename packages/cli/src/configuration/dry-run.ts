import type { Result } from "../result.ts";
import { formatPlace, type Place } from "./place.ts";
import type { NodePlan } from "./node-plan.ts";
import { commandLine, MASK, quoteWords, type PlannedCommand } from "./planned-command.ts";
import type { Recipe } from "./recipe.ts";

// Stands for the name that a node without one is given.
const ANY_NAME = "NAME";

/** The commands that a plan would run, in order, and as they would be typed. Secrets are `***`. Nothing is done. */
export function dryRun(plan: NodePlan): Result {
  const { commands, create, name = ANY_NAME, settings, ticket } = plan;
  return linesResult([
    ...enrolment(ticket, settings.identity),
    { words: commandLine(create, name), place: undefined },
    ...commands.map(lineOf(name)),
  ]);
}

/** The same of a recipe. */
export function dryRunRecipe({ identities, nodes, resources, ticket, vaults }: Recipe): Result {
  const line = lineOf(nodes[0]?.given.positionals[0] ?? ANY_NAME);
  return linesResult([
    ...[...vaults, ...identities].map(line),
    ...enrolment(ticket?.text, undefined),
    ...[...nodes, ...resources].map(line),
  ]);
}

interface Line {
  readonly words: readonly string[];
  readonly place: Place | undefined;
}

function lineOf(node: string): (planned: PlannedCommand) => Line {
  return (planned) => ({ words: commandLine(planned, node), place: planned.place });
}

function enrolment(ticket: string | undefined, identity: string | undefined): readonly Line[] {
  if (ticket === undefined) return [];
  const by = identity === undefined ? [] : ["--identity", identity];
  return [{ words: ["project", "enroll", MASK, ...by], place: undefined }];
}

function linesResult(lines: readonly Line[]): Result {
  const commands = lines.map(({ words }) => quoteWords(["ockam", ...words]));
  const text = commands.join("\n");
  return {
    json: () =>
      lines.map(({ place }, index) => ({
        command: commands[index],
        place: place === undefined ? null : formatPlace(place),
      })),
    machine: text,
    plain: () => text,
  };
}
