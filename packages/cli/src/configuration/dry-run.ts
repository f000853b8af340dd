import type { Result } from "../result.ts";
import { formatPlace } from "./place.ts";
import type { NodePlan } from "./node-plan.ts";
import { commandLine, MASK, quoteWords } from "./planned-command.ts";

// Stands for the name that a node without one is given.
const ANY_NAME = "NAME";

/** The commands that a plan would run, in order, and as they would be typed. Secrets are `***`. Nothing is done. */
export function dryRun(plan: NodePlan): Result {
  const name = plan.name ?? ANY_NAME;
  const { identity } = plan.settings;
  const lines = [
    ...(plan.ticket === undefined
      ? []
      : [
          {
            words: ["project", "enroll", MASK, ...(identity === undefined ? [] : ["--identity", identity])],
            place: undefined,
          },
        ]),
    { words: commandLine(plan.create, name), place: undefined },
    ...plan.commands.map((command) => ({ words: commandLine(command, name), place: command.place })),
  ].map(({ place, words }) => ({ command: quoteWords(["ockam", ...words]), place }));
  const text = lines.map(({ command }) => command).join("\n");
  return {
    json: () =>
      lines.map(({ command, place }) => ({
        command,
        place: place === undefined ? null : formatPlace(place),
      })),
    machine: text,
    plain: () => text,
  };
}
