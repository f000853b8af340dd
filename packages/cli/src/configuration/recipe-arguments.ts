import { OckamError } from "@ockam/codec";

import { takeTicketVariable } from "../process-arguments.ts";
import type { Terminal } from "../terminal.ts";
import { readSource } from "../text-source.ts";
import { readVariablePairs } from "./configuration-source.ts";
import { readRecipe, recipeTable, type Recipe } from "./recipe.ts";

/**
 * Reads the recipe that `ockam run` was given.
 * @throws OckamError OCKAM_CLI_NO_RECIPE, OCKAM_CLI_INVALID_CONFIGURATION, OCKAM_CLI_INVALID_VARIABLE, those of
 *   `readSource`
 */
export async function readRecipeArguments(
  typed: string,
  pairs: readonly string[],
  inline: boolean,
  terminal: Terminal,
): Promise<Recipe> {
  const variables = readVariablePairs(pairs);
  const { kind, label, text } = await readSource(typed, terminal.source("the recipe"));
  if (kind === "text" && !inline) {
    throw new OckamError("OCKAM_CLI_NO_RECIPE", `There is no file ${typed}`, {
      details: { hint: "give a file, a URL, - for standard input, or the recipe itself with --inline" },
    });
  }
  const table = await recipeTable();
  const environment = { ...process.env };
  // A ticket is for this command alone, not for the nodes that it starts.
  takeTicketVariable();
  return readRecipe({ text, source: kind === "text" ? "recipe" : label, table, variables, environment });
}
