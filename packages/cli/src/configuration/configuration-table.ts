import type { Command } from "../command.ts";
import { commandOf } from "./command-of.ts";
import { NODE_SECTIONS, type ResourceSection } from "./resource-section.ts";
import { listenerCommand } from "./services.ts";

/** What a configuration may have, and the commands that give it its meaning. */
export interface ConfigurationTable {
  /** Its options are the fields of the node. */
  readonly node: Command;
  /** What `services: secure-channel-listener` takes. */
  readonly listener: Command;
  /** In the order in which they are applied. */
  readonly resources: readonly (ResourceSection & { readonly command: Command })[];
}

/** Options of `node create` that say where the configuration comes from, or are only typed. */
export const NO_NODE_FIELDS: ReadonlySet<string> = new Set([
  "configuration",
  "variable",
  "enrollmentTicket",
  "services",
  "dryRun",
]);

/** Loads the commands. */
export async function configurationTable(): Promise<ConfigurationTable> {
  const [node, listener, ...commands] = await Promise.all([
    commandOf(["node", "create"]),
    listenerCommand(),
    ...NODE_SECTIONS.map(({ words }) => commandOf(words)),
  ]);
  const resources = NODE_SECTIONS.flatMap((section, index) => {
    const command = commands[index];
    return command === undefined ? [] : [{ ...section, command }];
  });
  return { node: node!, listener, resources };
}
