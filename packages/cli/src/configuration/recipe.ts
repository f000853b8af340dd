import type { Command } from "../command.ts";
import { commandOf } from "./command-of.ts";
import { NO_NODE_FIELDS, withNodeName } from "./configuration-table.ts";
import {
  expectFew,
  openConfiguration,
  type ConfigurationText,
  type OpenedConfiguration,
} from "./opened-configuration.ts";
import { configurationError } from "./place.ts";
import type { PlannedCommand } from "./planned-command.ts";
import { NODE_SECTIONS, type ResourceSection } from "./resource-section.ts";
import { readResources } from "./resources.ts";

/** What `ockam run` reads: several nodes, and what they need. */
export interface Recipe extends Pick<OpenedConfiguration, "ticket" | "warnings"> {
  readonly source: string;
  readonly vaults: readonly PlannedCommand[];
  readonly identities: readonly PlannedCommand[];
  readonly nodes: readonly PlannedCommand[];
  /** What the nodes have. */
  readonly resources: readonly PlannedCommand[];
}

/** The sections of a recipe with the commands that give them their meaning. */
export type RecipeTable = readonly (ResourceSection & { readonly command: Command })[];

const MACHINE_SECTIONS: readonly ResourceSection[] = [
  { keys: ["vaults", "vault"], words: ["vault", "create"], nodeOption: undefined },
  { keys: ["identities", "identity"], words: ["identity", "create"], nodeOption: undefined },
  { keys: ["nodes", "node"], words: ["node", "create"], nodeOption: undefined },
];

/** Loads the commands. */
export async function recipeTable(): Promise<RecipeTable> {
  const table = await Promise.all(
    [...MACHINE_SECTIONS, ...NODE_SECTIONS].map(async (section) => {
      const command = await commandOf(section.words);
      return command === undefined ? [] : [{ ...section, command: withoutSources(section, command) }];
    }),
  );
  return table.flat();
}

/**
 * Reads a recipe, docs/configuration.md. A thing of a node must say of which, unless there is only one.
 * @throws OckamError OCKAM_CLI_INVALID_CONFIGURATION: the message begins with source, line and column
 */
export function readRecipe(from: ConfigurationText & { readonly table: RecipeTable }): Recipe {
  const { source, table } = from;
  const layout = { own: [], resources: table, fields: [], shownFields: [] };
  const { sections, ticket, variables, warnings } = openConfiguration(from, layout);
  const commands = table.flatMap((section) => {
    const value = sections.get(section.keys[0]);
    return value === undefined ? [] : readResources(section, value, variables);
  });
  const of = (group: string): readonly PlannedCommand[] => commands.filter(({ words }) => words[0] === group);
  const [vaults, identities, nodes] = [of("vault"), of("identity"), of("node")];
  const resources = commands.filter(({ nodeOption }) => nodeOption !== undefined);
  const only = nodes.length === 1 ? nodes[0]?.given.positionals[0] : undefined;
  if (only === undefined) resources.forEach(expectNode);
  expectFew(commands);
  return { source, ticket, warnings, vaults, identities, nodes, resources };
}

function expectNode({ given, nodeOption, place, words }: PlannedCommand): void {
  if (nodeOption === undefined || given.options.has(nodeOption)) return;
  throw configurationError(
    place,
    `this ${words[0]} does not say at which node it is`,
    `add ${nodeOption}: NAME, as there is not exactly one node with a name`,
  );
}

/** Of `node create`, what makes sense inside of a recipe. */
function withoutSources({ words }: ResourceSection, command: Command): Command {
  if (words[0] !== "node") return command;
  const without = new Set([...NO_NODE_FIELDS, "foreground", "exitOnEof", "skipIsRunningCheck", "inMemory"]);
  const options = Object.fromEntries(Object.entries(command.options).filter(([key]) => !without.has(key)));
  return withNodeName({ ...command, options });
}
