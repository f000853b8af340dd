import type { State } from "@ockam/node";
import { openState } from "@ockam/node/state";

import { expectNodeName } from "../node-reference.ts";
import type { Result } from "../result.ts";
import type { Style } from "../style.ts";
import type { Terminal } from "../terminal.ts";
import { applyCommand, locatedError, type AppliedCommand } from "./applied-command.ts";
import { ensureNode, removeNode, type NodeChange } from "./ensured-node.ts";
import type { NodeEnrolment } from "./node-enrolment.ts";
import { settingsOf } from "./node-plan.ts";
import { commandLine, quoteWords, type PlannedCommand } from "./planned-command.ts";
import { Reconciler } from "./reconciler.ts";
import type { Recipe } from "./recipe.ts";

/** A step of a recipe, done. */
interface Done extends Omit<AppliedCommand, "change"> {
  readonly change: NodeChange | "changed";
}

/**
 * Makes what the recipe says: vaults, identities, enrolment, nodes, and what these have. What is so already stays as it
 * is. Nodes that are new go again when something fails.
 * @throws OckamError of what failed first
 */
export async function runRecipe(recipe: Recipe, terminal: Terminal): Promise<Result> {
  using state = openState();
  const done: Done[] = [];
  const made: string[] = [];
  let enrolment: NodeEnrolment | undefined;
  try {
    for (const vault of recipe.vaults) done.push(await ensureNamed(vault, isVault(state), terminal));
    for (const identity of recipe.identities)
      done.push(await ensureNamed(identity, isIdentity(state), terminal));
    if (recipe.ticket !== undefined) {
      const { enrolNode } = await import("./node-enrolment.ts");
      const { place, text } = recipe.ticket;
      enrolment = await enrolNode(state, terminal, text, undefined).catch((error: unknown) => {
        throw locatedError(error, place);
      });
    }
    let last = "";
    for (const node of recipe.nodes) {
      last = expectNodeName(node.given.positionals[0] ?? state.nodes.nextName());
      const step = await ensurePlannedNode(state, node, last, { terminal, anew: enrolment?.isNew === true });
      if (step.change === "created") made.push(last);
      done.push(step);
    }
    const reconciler = new Reconciler();
    for (const resource of recipe.resources)
      done.push(await applyCommand(resource, last, terminal, reconciler));
  } catch (error) {
    for (const name of made) await removeNode(state, name);
    throw error;
  }
  if (enrolment?.isNew !== true && done.every(({ change }) => change === "unchanged")) {
    terminal.note(`Nothing changed: everything is as ${recipe.source} says`);
  }
  return recipeResult(done, enrolment);
}

function isVault(state: State): (name: string) => boolean {
  return (name) => state.vaults.list().some((vault) => vault.name === name);
}

function isIdentity(state: State): (name: string) => boolean {
  return (name) => state.identities.find(name) !== undefined;
}

async function ensureNamed(
  planned: PlannedCommand,
  isThere: (name: string) => boolean,
  terminal: Terminal,
): Promise<Done> {
  const [name] = planned.given.positionals;
  if (name !== undefined && isThere(name)) {
    return { line: commandLine(planned, ""), change: "unchanged", result: undefined };
  }
  return applyCommand(planned, "", terminal, new Reconciler());
}

async function ensurePlannedNode(
  state: State,
  planned: PlannedCommand,
  name: string,
  { anew, terminal }: { readonly anew: boolean; readonly terminal: Terminal },
): Promise<Done> {
  try {
    const settings = settingsOf(planned.command, planned.given);
    const change = await ensureNode(state, { name, settings, anew, apiListener: {} }, terminal);
    const result: Result = {
      json: () => ({ name }),
      machine: name,
      plain: (style) => nodeLine(name, change, style),
    };
    return { line: commandLine(planned, name), change, result };
  } catch (error) {
    throw locatedError(error, planned.place, planned.secrets);
  }
}

function nodeLine(name: string, change: NodeChange, style: Style): string {
  return change === "created"
    ? style.success(`Created the node ${style.name(name)}`)
    : style.success(`The node ${style.name(name)} was ${change}`);
}

function recipeResult(done: readonly Done[], enrolment: NodeEnrolment | undefined): Result {
  const same = done.filter(({ change }) => change === "unchanged").length;
  return {
    json: () => ({
      enrolment: enrolment?.result?.json() ?? null,
      changes: done.map(({ change, line, result }) => ({
        command: quoteWords(["ockam", ...line]),
        change,
        result: result?.json() ?? null,
      })),
    }),
    machine: done.flatMap(({ result }) => (result?.machine === undefined ? [] : [result.machine])).join("\n"),
    plain: (style) =>
      [
        ...(enrolment?.result === undefined ? [] : [enrolment.result.plain(style)]),
        ...done.flatMap(({ change, result }) =>
          change === "unchanged" || result === undefined ? [] : [result.plain(style)],
        ),
        ...(same === 0 ? [] : [style.info(`${same} of ${done.length} things were there already`)]),
      ].join("\n"),
  };
}
