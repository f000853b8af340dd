import { isOckamError } from "@ockam/codec";
import { Policy } from "@ockam/policy";

import type { Command } from "../command.ts";
import type { ResourceSection } from "./resource-section.ts";
import { readArguments } from "./command-arguments.ts";
import { isNothing } from "./opened-configuration.ts";
import { configurationError, type Place } from "./place.ts";
import { maskSecrets, type PlannedCommand } from "./planned-command.ts";
import type { Variables } from "./variables.ts";
import type { Mapping, MappingEntry, Scalar, Value } from "./yaml-tree.ts";

const POLICY_OPTIONS: readonly string[] = ["allow", "allowConsumer", "allowProducer"];

type Section = ResourceSection & { readonly command: Command };

/**
 * Reads a section: a name, `{name: options}`, options, or a list of those.
 * @throws OckamError OCKAM_CLI_INVALID_CONFIGURATION
 */
export function readResources(
  section: Section,
  value: Value,
  variables: Variables,
): readonly PlannedCommand[] {
  if (value.kind !== "sequence") return readOne(section, value, variables);
  return value.items.flatMap((item) => {
    if (item.kind !== "sequence") return readOne(section, item, variables);
    throw configurationError(item.place, "this is a list in a list");
  });
}

function readOne(section: Section, value: Exclude<Value, { kind: "sequence" }>, variables: Variables) {
  if (value.kind === "scalar") return [planned(section, { name: value, entries: [], value }, variables)];
  if (!isByName(value)) return [planned(section, { entries: value.entries, value }, variables)];
  return value.entries.map(({ key, value: options }) =>
    planned(section, { name: key, entries: entriesOf(options, key), value: key }, variables),
  );
}

/** Options have no mappings as values: where there is one, keys are names. */
function isByName({ entries }: Mapping): boolean {
  return (
    entries.some(({ value }) => value.kind === "mapping") ||
    (entries.length > 0 && entries.every(({ value }) => isNothing(value)))
  );
}

function entriesOf(options: Value, name: Scalar): readonly MappingEntry[] {
  if (options.kind === "mapping") return options.entries;
  if (isNothing(options)) return [];
  throw configurationError(
    options.place,
    `the options of ${name.text} are expected here, as its neighbours have them`,
    `write ${name.text}: {option: value}`,
  );
}

function planned(
  section: Section,
  item: { readonly name?: Scalar; readonly entries: readonly MappingEntry[]; readonly value: Value },
  variables: Variables,
): PlannedCommand {
  const { command, keys, nodeOption, words } = section;
  const { place } = item.value;
  const { entries, name } = item;
  const source = {
    command,
    section: keys[0],
    entries,
    place,
    variables,
    ...(name === undefined ? {} : { name }),
  };
  const { places, ...read } = readArguments(source);
  // Commands leave policies to the node, which is too late: the rest of the file would be in force by then.
  for (const key of POLICY_OPTIONS) {
    for (const policy of read.given.options.get(key) ?? []) {
      expectPolicy(policy, places.get(key) ?? place, read.secrets);
    }
  }
  return { words, command, ...read, nodeOption, place };
}

function expectPolicy(text: string, place: Place, secrets: readonly string[]): void {
  try {
    Policy.parse(text, { strict: true });
  } catch (error) {
    if (!isOckamError(error)) throw error;
    throw configurationError(
      place,
      maskSecrets(error.message, secrets),
      `policies are like role=db and not role=guest, or (= subject.role "db")`,
    );
  }
}
