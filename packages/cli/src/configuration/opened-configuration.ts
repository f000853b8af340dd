import { nearest } from "../nearest.ts";
import { expectScalar, isPlain, kebab } from "./command-arguments.ts";
import { REFUSED_SECTIONS, type ResourceSection } from "./resource-section.ts";
import { configurationError, type Place } from "./place.ts";
import type { PlannedCommand } from "./planned-command.ts";
import { MAX_VARIABLE_LENGTH, MAX_VARIABLES, Variables, type Expanded } from "./variables.ts";
import { parseYaml, type Mapping, type MappingEntry, type Scalar, type Value } from "./yaml-tree.ts";

/** The most things that one configuration may make. */
export const MAX_RESOURCES = 1000;

/** Where a configuration and its variables come from. */
export interface ConfigurationText {
  readonly text: string;
  /** What errors call it. */
  readonly source: string;
  /** `--variable` */
  readonly variables: ReadonlyMap<string, string>;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Which keys a configuration may have. */
export interface Layout {
  /** Sections of its own kind. */
  readonly own: readonly string[];
  readonly resources: readonly ResourceSection[];
  /** Keys that are options. */
  readonly fields: readonly string[];
  /** Those of them that a user is told of. */
  readonly shownFields: readonly string[];
}

/** A configuration that is divided into its sections. */
export interface OpenedConfiguration {
  readonly place: Place;
  readonly variables: Variables;
  readonly ticket: (Expanded & { readonly place: Place }) | undefined;
  readonly fields: readonly MappingEntry[];
  /** By the plural key, or the own one. */
  readonly sections: ReadonlyMap<string, Value>;
  /** What the user should know. */
  readonly warnings: readonly string[];
}

const COMMON_KEYS: readonly string[] = ["version", "variables", "ticket"];

// `udp: false` is what a node of ours does anyway.
const NOT_YET: Readonly<Record<string, string>> = {
  udp: "nodes have no UDP transport yet",
  "udp-listener-address": "nodes have no UDP transport yet",
};

/**
 * Reads the text and looks at its keys.
 * @throws OckamError OCKAM_CLI_INVALID_CONFIGURATION
 */
export function openConfiguration(
  { environment, source, text, variables: given }: ConfigurationText,
  layout: Layout,
): OpenedConfiguration {
  const root = expectMapping(parseYaml(text, source));
  const file = readVariables(root);
  const variables = new Variables({ given, environment, file });
  const fields: MappingEntry[] = [];
  const sections = new Map<string, Value>();
  const seen = new Map<string, Place>();
  let ticket: Scalar | undefined;
  for (const entry of root.entries) {
    const { key, value } = entry;
    const name = kebab(key.text);
    if (!isAvailable(entry)) continue;
    const section = sectionOf(name, layout);
    if (section === undefined) {
      if (!layout.fields.includes(name)) throw unknownKey(key, layout);
      fields.push(entry);
      continue;
    }
    const first = seen.get(section);
    if (first !== undefined) {
      throw configurationError(key.place, `${name} is here twice: line ${first.line}, too`);
    }
    seen.set(section, key.place);
    if (section === "ticket") ticket = expectScalar(value, name);
    else if (section === "version") expectVersion(value);
    else if (section !== "variables" && !isNothing(value)) sections.set(section, value);
  }
  return {
    place: root.place,
    variables,
    ticket: ticket === undefined ? undefined : { ...variables.expand(ticket), place: ticket.place },
    fields,
    sections,
    warnings: [...file.keys()]
      .filter((name) => !given.has(name) && environment[name] !== undefined)
      .map((name) => `the variable ${name} is taken from the environment, not from ${source}`),
  };
}

/** Checks their number, and returns them. */
export function expectFew(commands: readonly PlannedCommand[]): readonly PlannedCommand[] {
  const extra = commands[MAX_RESOURCES];
  if (extra === undefined) return commands;
  throw configurationError(extra.place, `a configuration makes at most ${MAX_RESOURCES} things`);
}

/** The value, which must be a mapping. */
export function expectMapping(value: Value): Mapping {
  if (value.kind === "mapping") return value;
  throw configurationError(value.place, "this is where 'key: value' lines are expected");
}

/** Whether there is nothing where a value could be. */
export function isNothing(value: Value): boolean {
  return value.kind === "scalar" && isPlain(value, "", "~", "null");
}

function sectionOf(name: string, { own, resources }: Layout): string | undefined {
  if (COMMON_KEYS.includes(name) || own.includes(name)) return name;
  return resources.find(({ keys }) => keys.includes(name))?.keys[0];
}

/** False for what asks for nothing. Throws for what cannot be done. */
function isAvailable({ key, value }: MappingEntry): boolean {
  const name = kebab(key.text);
  if (name === "udp" && value.kind === "scalar" && isPlain(value, "false")) return false;
  const reason = REFUSED_SECTIONS[name] ?? NOT_YET[name];
  if (reason === undefined) return true;
  throw configurationError(key.place, reason, `leave ${name} out`);
}

function unknownKey({ place, text }: Scalar, { own, resources, shownFields }: Layout): Error {
  const known = [...COMMON_KEYS, ...own, ...shownFields, ...resources.flatMap(({ keys }) => keys)];
  const guess = nearest(kebab(text), known);
  const hint = guess === undefined ? `there is: ${known.join(", ")}` : `did you mean ${guess}?`;
  return configurationError(place, `a configuration has no key ${text}`, hint);
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

function expectVersion(value: Value): void {
  const { place, text } = expectScalar(value, "version");
  if (text !== "1")
    throw configurationError(place, `version ${text} is not known`, "write 1, or leave it out");
}
