import type { Command } from "../command.ts";
import { argument } from "../option.ts";
import { isNodeName } from "../node-reference.ts";
import { usageError } from "../usage-error.ts";
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
  "udp",
  "udpListenerAddress",
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
  return { node: withNodeName(node!), listener, resources };
}

/** `node create` with a positional that is the name of a node, and not where a configuration is. */
export function withNodeName(command: Command): Command {
  const { name = argument("Its name"), ...others } = command.positionals;
  return { ...command, positionals: { name: { ...name, read: readNodeName }, ...others } };
}

function readNodeName(given: string | undefined): string | undefined {
  if (given === undefined || isNodeName(given)) return given;
  throw usageError(`'${given}' is no name for a node`, "use letters, digits, '_' and '-' only");
}
