import type { ConfigurationTable, ResourceSection } from "./configuration-table.ts";
import { NO_NODE_FIELDS, REFUSED_SECTIONS } from "./configuration-table.ts";
import {
  expectScalar,
  isPlain,
  kebab,
  readArguments,
  type ConfiguredArguments,
} from "./command-arguments.ts";
import { nearest } from "../nearest.ts";
import { optionName } from "../command.ts";
import { configurationError, type Place } from "./place.ts";
import type { PlannedCommand } from "./planned-command.ts";
import { readResources } from "./resources.ts";
import { readServices } from "./services.ts";
import { MAX_VARIABLE_LENGTH, MAX_VARIABLES, Variables, type Expanded } from "./variables.ts";
import { parseYaml, type Mapping, type MappingEntry, type Value } from "./yaml-tree.ts";

/** The most things that one configuration may make. */
export const MAX_RESOURCES = 1000;

/** A configuration that was read, checked, and has its variables filled in. */
export interface NodeConfiguration {
  readonly source: string;
  readonly ticket: (Expanded & { readonly place: Place }) | undefined;
  /** Arguments of `node create`. */
  readonly node: ConfiguredArguments;
  /** In the order in which they are to run. */
  readonly resources: readonly PlannedCommand[];
  /** What the user should know. */
  readonly warnings: readonly string[];
}

/** What {@link readNodeConfiguration} needs besides the text. */
export interface ReadOptions {
  /** What errors call it. */
  readonly source: string;
  readonly table: ConfigurationTable;
  /** `--services`: counts, and not the section in the text. */
  readonly services?: { readonly text: string; readonly source: string };
  /** `--variable` */
  readonly variables: ReadonlyMap<string, string>;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Reads a configuration file, docs/configuration.md.
 * @throws OckamError OCKAM_CLI_INVALID_CONFIGURATION: the message begins with source, line and column
 */
export function readNodeConfiguration(text: string, options: ReadOptions): NodeConfiguration {
  const { source, table } = options;
  const tree = parseYaml(text, source);
  const root = expectMapping(tree);
  const file = readVariables(root);
  const variables = new Variables({ given: options.variables, environment: options.environment, file });
  const sections = sectionsOf(root, table);
  const ticket = sections.scalars.get("ticket");
  const services =
    options.services === undefined ? sections.others.get("services") : servicesOf(options.services);
  const listeners = services === undefined ? [] : readServices(services, variables, table.listener);
  const resources = table.resources.flatMap((section) => {
    const value = sections.others.get(section.keys[0]);
    return value === undefined ? [] : readResources(section, value, variables);
  });
  expectFew(resources);
  return {
    source,
    ticket: ticket === undefined ? undefined : { ...variables.expand(ticket), place: ticket.place },
    node: readArguments({
      command: table.node,
      section: "nodes",
      entries: sections.fields,
      place: root.place,
      variables,
      without: NO_NODE_FIELDS,
      partial: true,
    }),
    resources: [...listeners, ...resources],
    warnings: warningsOf(file, options),
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

interface Sections {
  readonly fields: readonly MappingEntry[];
  readonly scalars: ReadonlyMap<string, ReturnType<typeof expectScalar>>;
  /** By the plural key. */
  readonly others: ReadonlyMap<string, Value>;
}

function sectionsOf(root: Mapping, table: ConfigurationTable): Sections {
  const fields: MappingEntry[] = [];
  const scalars = new Map<string, ReturnType<typeof expectScalar>>();
  const others = new Map<string, Value>();
  const seen = new Map<string, Place>();
  for (const entry of root.entries) {
    const { key, value } = entry;
    const name = kebab(key.text);
    const canonical = canonicalKey(name, table);
    if (canonical === undefined) throw unknownKey(key.text, key.place, table);
    if (canonical === "field") {
      fields.push(entry);
      continue;
    }
    const first = seen.get(canonical);
    if (first !== undefined)
      throw configurationError(key.place, `${name} is here twice: line ${first.line}, too`);
    seen.set(canonical, key.place);
    if (canonical === "ticket") scalars.set(canonical, expectScalar(value, name));
    else if (canonical === "version") expectVersion(value);
    else if (canonical !== "variables" && !isNothing(value)) others.set(canonical, value);
  }
  return { fields: fields.filter(expectAvailable), scalars, others };
}

/** Which section a key opens; `field` for a field of the node. */
function canonicalKey(name: string, table: ConfigurationTable): string | undefined {
  if (OWN_KEYS.includes(name)) return name;
  const section = table.resources.find(({ keys }) => keys.includes(name));
  if (section !== undefined) return section.keys[0];
  return name in REFUSED_SECTIONS || name in NOT_YET || fieldNames(table, true).includes(name)
    ? "field"
    : undefined;
}

const OWN_KEYS: readonly string[] = ["version", "variables", "ticket", "services"];

// `udp: false` is what a node of ours does anyway.
const NOT_YET: Readonly<Record<string, string>> = {
  udp: "nodes have no UDP transport yet",
  "udp-listener-address": "nodes have no UDP transport yet",
};

/** Drops what asks for nothing, refuses what cannot be done. */
function expectAvailable({ key, value }: MappingEntry): boolean {
  const name = kebab(key.text);
  const refused = REFUSED_SECTIONS[name];
  if (refused !== undefined) throw configurationError(key.place, refused, `leave ${name} out`);
  const missing = NOT_YET[name];
  if (missing === undefined) return true;
  if (name === "udp" && value.kind === "scalar" && isPlain(value, "false")) return false;
  throw configurationError(key.place, missing, `leave ${name} out`);
}

function fieldNames({ node }: ConfigurationTable, hidden: boolean): readonly string[] {
  return [
    ...Object.keys(node.positionals),
    ...Object.entries(node.options)
      .filter(([key, option]) => !NO_NODE_FIELDS.has(key) && (hidden || option.hidden !== true))
      .flatMap(([key, { aliases, short }]) => [
        optionName(key),
        ...(hidden ? [...(aliases ?? []), ...(short === undefined ? [] : [short])] : []),
      ]),
  ];
}

function unknownKey(name: string, place: Place, table: ConfigurationTable): Error {
  const known = [
    ...OWN_KEYS,
    ...fieldNames(table, false),
    ...table.resources.flatMap(({ keys }: ResourceSection) => keys),
  ];
  const guess = nearest(kebab(name), known);
  const hint = guess === undefined ? `there is: ${known.join(", ")}` : `did you mean ${guess}?`;
  return configurationError(place, `a configuration has no key ${name}`, hint);
}

function readVariables(root: Mapping): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  const section = root.entries.find(({ key }) => key.text === "variables")?.value;
  if (section === undefined || isNothing(section)) return variables;
  for (const { key, value } of expectMapping(section).entries) {
    if (!/^[A-Za-z_]\w*$/.test(key.text)) {
      throw configurationError(
        key.place,
        `${key.text} is no name for a variable`,
        "use letters, digits and _",
      );
    }
    const { text } = expectScalar(value, key.text);
    if (text.length > MAX_VARIABLE_LENGTH) {
      throw configurationError(value.place, `${key.text} is longer than ${MAX_VARIABLE_LENGTH} characters`);
    }
    variables.set(key.text, text);
    if (variables.size > MAX_VARIABLES) {
      throw configurationError(key.place, `there are more than ${MAX_VARIABLES} variables`);
    }
  }
  return variables;
}

function warningsOf(file: ReadonlyMap<string, string>, options: ReadOptions): readonly string[] {
  return [...file.keys()]
    .filter((name) => !options.variables.has(name) && options.environment[name] !== undefined)
    .map((name) => `the variable ${name} is taken from the environment, not from ${options.source}`);
}

function expectVersion(value: Value): void {
  const { place, text } = expectScalar(value, "version");
  if (text !== "1")
    throw configurationError(place, `version ${text} is not known`, "write 1, or leave it out");
}

function expectFew(resources: readonly PlannedCommand[]): void {
  const extra = resources[MAX_RESOURCES];
  if (extra !== undefined) {
    throw configurationError(extra.place, `a configuration makes at most ${MAX_RESOURCES} things`);
  }
}

function expectMapping(value: Value): Mapping {
  if (value.kind === "mapping") return value;
  throw configurationError(value.place, "this is where 'key: value' lines are expected");
}

function isNothing(value: Value): boolean {
  return value.kind === "scalar" && isPlain(value, "", "~", "null");
}
