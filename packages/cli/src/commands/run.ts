import { existsSync } from "node:fs";

import { OckamError } from "@ockam/codec";

import { defineCommand, type Command } from "../command.ts";
import { CONFIGURATION_CHANGES, DRY_RUN } from "../configuration/outcome-shape.ts";
import { ENROLMENT } from "../enrolment-shape.ts";
import { nullable, object, oneOf } from "../json-shape.ts";
import { argument, flag, text, texts } from "../option.ts";
import { usageError } from "../usage-error.ts";

const DEFAULT_FILES = ["ockam.yml", "ockam.yaml"];

export const run: Command = defineCommand({
  summary: "Make the vaults, identities, nodes and portals of a recipe",
  description:
    "What is there already as the recipe says stays as it is; what the recipe does not speak of stays, too.",
  notes: ["Recipes: [configuration.md](configuration.md#recipes-several-nodes)."],
  examples: ["run ockam.yml", "run --inline '{nodes: [n1, n2], tcp-outlet: {at: n1, to: 5432}}'"],
  json: oneOf(object({ enrolment: nullable(ENROLMENT), changes: CONFIGURATION_CHANGES }), DRY_RUN),
  pipe: "what each command gives, one a line",
  positionals: {
    recipe: argument(`A file, a URL or - for standard input; ${DEFAULT_FILES.join(" or ")} when absent`),
  },
  options: {
    inline: text("YAML", "The recipe itself"),
    variable: texts("NAME=VALUE", "A variable of the recipe; repeatable"),
    dryRun: flag("Print the commands that the recipe stands for, and do nothing"),
    blocking: flag("", { hidden: true, deprecated: "the nodes run in the background" }),
  },
  async run({ dryRun, inline, recipe: typed, variable }, terminal) {
    if (inline !== undefined && typed !== undefined)
      throw usageError("a recipe and --inline exclude each other", "leave out one of them");
    const { readRecipeArguments } = await import("../configuration/recipe-arguments.ts");
    const recipe = await readRecipeArguments(
      inline ?? typed ?? defaultFile(),
      variable,
      inline !== undefined,
      terminal,
    );
    for (const warning of recipe.warnings) terminal.warn(warning);
    if (dryRun) {
      const { dryRunRecipe } = await import("../configuration/dry-run.ts");
      return dryRunRecipe(recipe);
    }
    const { runRecipe } = await import("../configuration/run-recipe.ts");
    return runRecipe(recipe, terminal);
  },
});

function defaultFile(): string {
  const found = DEFAULT_FILES.find((file) => existsSync(file));
  if (found !== undefined) return found;
  throw new OckamError("OCKAM_CLI_NO_RECIPE", `There is neither ${DEFAULT_FILES.join(" nor ")} here`, {
    details: { hint: "give a recipe: ockam run FILE, or ockam run --inline YAML" },
  });
}
