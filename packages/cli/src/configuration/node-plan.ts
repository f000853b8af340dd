import type { NodeStartOptions } from "@ockam/node";

import { optionName, type Command, type GivenArguments } from "../command.ts";
import { expectNodeName } from "../node-reference.ts";
import { nodeSettings, type NodeSettings, type NodeValues } from "../node-settings.ts";
import type { ConfigurationTable } from "./configuration-table.ts";
import type { NodeConfiguration } from "./node-configuration.ts";
import type { Place } from "./place.ts";
import type { PlannedCommand } from "./planned-command.ts";

/** What is to be done for a node: by a configuration, and by the options that were typed besides it. */
export interface NodePlan {
  readonly name: string | undefined;
  readonly settings: NodeSettings;
  /** The same as a command. */
  readonly create: PlannedCommand;
  readonly ticket: string | undefined;
  /** Where the ticket is in the configuration, if it is from there. */
  readonly ticketPlace: Place | undefined;
  readonly commands: readonly PlannedCommand[];
  /** What a start is told of the listener `api`, so that it never is more open than the file says. */
  readonly apiListener: Pick<NodeStartOptions, "apiListener">;
}

/** Options of which the command line replaces the file's as soon as it gives one of them. */
const GROUPS: readonly (readonly string[])[] = [
  ["noStatusEndpoint", "statusEndpoint", "statusEndpointPort"],
  ["project", "authorityIdentity", "authorityRoute", "credentialScope"],
];

/**
 * Joins them: what was typed counts before what is in the configuration.
 * @throws OckamError OCKAM_CLI_USAGE, OCKAM_CLI_INVALID_NODE_NAME
 */
export function planNode(
  table: ConfigurationTable,
  configuration: NodeConfiguration,
  typed: GivenArguments,
  ticket: string | undefined,
): NodePlan {
  const { node, resources } = configuration;
  const options = new Map(node.given.options);
  for (const group of GROUPS) {
    if (group.some((key) => typed.options.has(key))) for (const key of group) options.delete(key);
  }
  for (const [key, values] of typed.options) options.set(key, values);
  const [name] = typed.positionals.length > 0 ? typed.positionals : node.given.positionals;
  if (name !== undefined) expectNodeName(name);
  const given = { positionals: name === undefined ? [] : [name], options };
  return {
    name,
    settings: settingsOf(table.node, given),
    create: {
      words: ["node", "create"],
      command: table.node,
      given,
      secretKeys: node.secretKeys,
      secrets: node.secrets,
      nodeOption: undefined,
      place: { source: configuration.source, line: 1, column: 1 },
    },
    ticket: ticket ?? configuration.ticket?.text,
    ticketPlace: ticket === undefined ? configuration.ticket?.place : undefined,
    commands: named(resources),
    apiListener: apiListenerOf(resources),
  };
}

/**
 * What arguments of `node create` make of a node.
 * @throws OckamError OCKAM_CLI_USAGE
 */
export function settingsOf(command: Command, given: GivenArguments): NodeSettings {
  const values: Record<string, unknown> = {};
  for (const [key, option] of Object.entries(command.options)) {
    values[key] = option.read(given.options.get(key) ?? [], optionName(key));
  }
  return nodeSettings(values as NodeValues & Record<string, unknown>);
}

/** The values of options as they were typed, in a form that reads the same. */
export function typedArguments(
  values: Readonly<Record<string, unknown>>,
  without: ReadonlySet<string>,
  name: string | undefined,
): GivenArguments {
  const options = new Map<string, readonly string[]>();
  for (const [key, value] of Object.entries(values)) {
    if (without.has(key) || key === "name") continue;
    if (typeof value === "string") options.set(key, [value]);
    else if (value === true) options.set(key, [""]);
    else if (Array.isArray(value) && value.length > 0) options.set(key, value.map(String));
  }
  return { positionals: name === undefined ? [] : [name], options };
}

function apiListenerOf(commands: readonly PlannedCommand[]): NodePlan["apiListener"] {
  const planned = commands.find(
    ({ given, words }) => words[0] === "secure-channel-listener" && given.positionals[0] === API_LISTENER,
  );
  if (planned === undefined) return {};
  const { options } = planned.given;
  const authorized = options.get("authorized");
  const [identity] = options.get("identity") ?? [];
  return {
    apiListener: {
      ...(authorized === undefined ? {} : { authorized }),
      ...(identity === undefined ? {} : { identity }),
    },
  };
}

const API_LISTENER = "api";

/** The first outlet without a name is the node's `outlet`, whatever it leads to, so that it is found again. */
function named(commands: readonly PlannedCommand[]): readonly PlannedCommand[] {
  const outlets = commands.filter(({ words }) => words[0] === "tcp-outlet");
  if (outlets.some((outlet) => nameOf(outlet) === DEFAULT_OUTLET)) return commands;
  const first = outlets.find((outlet) => nameOf(outlet) === undefined);
  if (first === undefined) return commands;
  const given = { ...first.given, positionals: [DEFAULT_OUTLET] };
  return commands.map((command) => (command === first ? { ...first, given } : command));
}

const DEFAULT_OUTLET = "outlet";

function nameOf({ given }: PlannedCommand): string | undefined {
  return given.options.get("from")?.[0] ?? given.positionals[0];
}
