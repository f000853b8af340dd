import { optionName } from "../command.ts";
import { kebab, readArguments, type ConfiguredArguments } from "./command-arguments.ts";
import { NO_NODE_FIELDS, type ConfigurationTable } from "./configuration-table.ts";
import {
  expectFew,
  openConfiguration,
  type ConfigurationText,
  type Layout,
  type OpenedConfiguration,
} from "./opened-configuration.ts";
import type { PlannedCommand } from "./planned-command.ts";
import { readResources } from "./resources.ts";
import { readServices } from "./services.ts";
import { parseYaml, type Value } from "./yaml-tree.ts";

/** A configuration of a node that was read, checked, and has its variables filled in. */
export interface NodeConfiguration extends Pick<OpenedConfiguration, "ticket" | "warnings"> {
  readonly source: string;
  /** Arguments of `node create`. */
  readonly node: ConfiguredArguments;
  /** In the order in which they are to run. */
  readonly resources: readonly PlannedCommand[];
}

/** What {@link readNodeConfiguration} reads. */
export interface NodeConfigurationText extends ConfigurationText {
  readonly table: ConfigurationTable;
  /** `--services`: counts, and not the section in the text. */
  readonly services?: { readonly text: string; readonly source: string };
}

/**
 * Reads a configuration file, docs/configuration.md.
 * @throws OckamError OCKAM_CLI_INVALID_CONFIGURATION: the message begins with source, line and column
 */
export function readNodeConfiguration(from: NodeConfigurationText): NodeConfiguration {
  const { services, source, table } = from;
  const opened = openConfiguration(from, layoutOf(table));
  const { fields, place, sections, ticket, variables, warnings } = opened;
  const offered = services === undefined ? sections.get("services") : servicesOf(services);
  const resources = [
    ...(offered === undefined ? [] : readServices(offered, variables, table.listener)),
    ...table.resources.flatMap((section) => {
      const value = sections.get(section.keys[0]);
      return value === undefined ? [] : readResources(section, value, variables);
    }),
  ];
  return {
    source,
    ticket,
    node: readArguments({
      command: table.node,
      section: "nodes",
      entries: fields,
      place,
      variables,
      without: NO_NODE_FIELDS,
      partial: true,
    }),
    resources: expectFew(resources),
    warnings,
  };
}

/** Whether the text is a mapping in YAML or JSON, and not the name of something. */
export function isConfiguration(text: string): boolean {
  if (/^\s*\{/.test(text)) return true;
  if (!/:(\s|$)/.test(text)) return false;
  try {
    return parseYaml(text, "").kind === "mapping";
  } catch {
    // With several lines it can be nothing else, and deserves to be told what is wrong with it.
    return text.trim().includes("\n");
  }
}

function layoutOf({ node, resources }: ConfigurationTable): Layout {
  const options = Object.entries(node.options).filter(([key]) => !NO_NODE_FIELDS.has(key));
  const names = Object.keys(node.positionals);
  return {
    own: ["services"],
    resources,
    fields: [
      ...names,
      ...options.flatMap(([key, { aliases = [], short }]) => [
        optionName(key),
        ...aliases,
        ...(short === undefined ? [] : [short]),
      ]),
    ],
    shownFields: [
      ...names,
      ...options.filter(([, { hidden }]) => hidden !== true).map(([key]) => optionName(key)),
    ],
  };
}

/** What `--services` takes: Rust's launch configuration, which may be without the outer key. */
function servicesOf({ text, source }: { readonly text: string; readonly source: string }): Value {
  const root = parseYaml(text, source);
  const entry =
    root.kind === "mapping"
      ? root.entries.find(({ key }) => ["services", "startup-services"].includes(kebab(key.text)))
      : undefined;
  return entry?.value ?? root;
}
