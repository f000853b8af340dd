import { optionName, type Command } from "../command.ts";
import type { Option } from "../option.ts";
import type { ConfigurationTable } from "./configuration-table.ts";
import { NO_NODE_FIELDS } from "./configuration-table.ts";

/** A JSON Schema, or a part of one. */
export type Schema = Readonly<Record<string, unknown>>;

const ID = "https://unpkg.com/@ockam/cli/node-configuration.schema.json";

/**
 * The schema of configuration files in JSON Schema 2020-12, for editors and for checks before a file is used. It says
 * less than the command does: the command also reads each value.
 */
export function configurationSchema({ listener, node, resources }: ConfigurationTable): Schema {
  const definitions: Record<string, Schema> = {
    variable: {
      description: "A text with a variable in it: $NAME, ${NAME} or ${NAME:-default}. $$ is a dollar.",
      type: "string",
      pattern: String.raw`\$`,
    },
    switch: { anyOf: [{ type: "boolean" }, { enum: ["true", "false"] }, { $ref: "#/$defs/variable" }] },
    value: { type: ["string", "number"], minLength: 1 },
    values: {
      anyOf: [{ $ref: "#/$defs/value" }, { type: "array", items: { $ref: "#/$defs/value" } }],
    },
  };
  const sections: Record<string, Schema> = {};
  for (const { command, keys, nodeOption } of resources) {
    const [plural, singular] = keys;
    const [name] = Object.entries(command.positionals);
    const own = `${singular}-options`;
    definitions[own] = optionsSchema(command, nodeOption, name);
    definitions[`${singular}-item`] = itemSchema(
      own,
      name !== undefined,
      requiredOptions(command).length === 0,
    );
    sections[plural] = {
      description: `${command.summary}: 'ockam ${singular} create' for each.`,
      anyOf: [
        { $ref: `#/$defs/${singular}-item` },
        { type: "array", items: { $ref: `#/$defs/${singular}-item` } },
        { type: "null" },
      ],
    };
    sections[singular] = { $ref: `#/properties/${plural}` };
  }
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: ID,
    title: "Configuration of an Ockam node",
    description: "What 'ockam node create FILE' makes. Written in YAML or JSON.",
    type: "object",
    properties: {
      version: { enum: [1, "1"] },
      variables: {
        description: "Values of variables that neither --variable nor the environment gives.",
        type: ["object", "null"],
        propertyNames: { pattern: "^[A-Za-z_][A-Za-z0-9_]*$" },
        additionalProperties: { type: ["string", "number", "boolean", "null"] },
      },
      ticket: {
        description: "Enrols the node's identity first: a file, a URL, or the ticket itself.",
        type: "string",
      },
      ...inBothCases(fieldsOf(node)),
      udp: { description: "Only false: nodes have no UDP transport yet.", enum: [false, "false"] },
      services: servicesSchema(listener),
      ...inBothCases(sections),
    },
    additionalProperties: false,
    $defs: definitions,
  };
}

function fieldsOf({ options, positionals }: Command): Record<string, Schema> {
  const fields: Record<string, Schema> = {};
  for (const key of Object.keys(positionals))
    fields[key] = { description: "Its name", $ref: "#/$defs/value" };
  for (const [key, option] of Object.entries(options)) {
    if (NO_NODE_FIELDS.has(key) || option.unsupported === true) continue;
    for (const name of namesOf(key, option)) fields[name] = valueSchema(option);
  }
  return fields;
}

function optionsSchema(
  command: Command,
  nodeOption: string | undefined,
  name: readonly [string, { readonly summary: string; readonly required: boolean }] | undefined,
): Schema {
  const properties: Record<string, Schema> = {};
  if (name !== undefined) {
    properties[name[0]] = { description: name[1].summary, $ref: "#/$defs/value" };
  }
  for (const [key, option] of Object.entries(command.options)) {
    if (option.unsupported === true) continue;
    const schema =
      key === nodeOption ? { ...valueSchema(option), default: "the node of this file" } : valueSchema(option);
    for (const one of namesOf(key, option)) properties[one] = schema;
  }
  const required = requiredOptions(command);
  return {
    type: "object",
    properties: inBothCases(properties),
    additionalProperties: false,
    ...(required.length === 0 ? {} : { allOf: required.map(([key, option]) => oneOfNames(key, option)) }),
  };
}

/** An option may be given by any of its names. */
function oneOfNames(key: string, option: Option<unknown>): Schema {
  const names = Object.keys(inBothCases(Object.fromEntries(namesOf(key, option).map((name) => [name, {}]))));
  return names.length === 1 ? { required: names } : { anyOf: names.map((name) => ({ required: [name] })) };
}

function itemSchema(options: string, hasName: boolean, nameSuffices: boolean): Schema {
  const ref = { $ref: `#/$defs/${options}` };
  if (!hasName) return ref;
  return {
    anyOf: [
      ...(nameSuffices ? [{ description: "Only its name", $ref: "#/$defs/value" }] : []),
      ref,
      {
        description: "Options by name",
        type: "object",
        minProperties: 1,
        additionalProperties: nameSuffices ? { anyOf: [ref, { type: "null" }] } : ref,
      },
    ],
  };
}

function servicesSchema({ options }: Command): Schema {
  const properties: Record<string, Schema> = {
    address: { description: "Its address; api when absent", $ref: "#/$defs/value" },
  };
  for (const [key, option] of Object.entries(options)) {
    for (const name of namesOf(key, option)) properties[name] = valueSchema(option);
  }
  return {
    description: "Services that the node offers.",
    type: ["object", "null"],
    properties: inBothCases({
      "secure-channel-listener": {
        description: "Who may open secure channels to the node.",
        type: ["object", "null"],
        properties: inBothCases(properties),
        additionalProperties: false,
      },
    }),
    additionalProperties: false,
  };
}

function valueSchema(option: Option<unknown>): Schema {
  const { deprecated, fallback, summary, takes } = option;
  const ref = { nothing: "switch", value: "value", values: "values" }[takes];
  const notes = [
    ...(summary === "" ? [] : [summary]),
    ...(deprecated === undefined ? [] : [`Deprecated: ${deprecated}`]),
    ...(fallback === undefined ? [] : [`Default: ${fallback}`]),
  ];
  return {
    ...(notes.length === 0 ? {} : { description: `${notes.join(". ")}.` }),
    ...(deprecated === undefined ? {} : { deprecated: true }),
    $ref: `#/$defs/${ref}`,
  };
}

function namesOf(key: string, { aliases = [], short }: Option<unknown>): readonly string[] {
  return [optionName(key), ...aliases, ...(short === undefined ? [] : [short])];
}

function inBothCases(properties: Readonly<Record<string, Schema>>): Record<string, Schema> {
  const both: Record<string, Schema> = {};
  for (const [name, schema] of Object.entries(properties)) {
    both[name] = schema;
    both[name.replaceAll("-", "_")] ??= schema;
  }
  return both;
}

function requiredOptions({ options }: Command): readonly (readonly [string, Option<unknown>])[] {
  return Object.entries(options).filter(([key, option]) => {
    try {
      option.read([], optionName(key));
      return false;
    } catch {
      // It says that it is missing.
      return true;
    }
  });
}
