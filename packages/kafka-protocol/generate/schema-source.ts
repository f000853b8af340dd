import type { KafkaField, KafkaSchema } from "./kafka-schemas.ts";

/** A struct that fields of several places share, by name. */
export type CommonStructs = ReadonlyMap<string, readonly KafkaField[]>;

export function commonStructs(schema: KafkaSchema): CommonStructs {
  return new Map((schema.commonStructs ?? []).map((struct) => [struct.name, struct.fields ?? []]));
}

/** The fields of a struct, or of the elements of an array of structs; undefined for any other type. */
export function structFields(field: KafkaField, common: CommonStructs): readonly KafkaField[] | undefined {
  const element = field.type.replace("[]", "");
  if (!/^[A-Z]/.test(element)) return undefined;
  const fields = field.fields ?? common.get(element);
  if (fields === undefined) throw new Error(`no fields of ${field.type} ${field.name}`);
  return fields;
}

/** Kafka's field names begin with a capital, ours do not. */
export function fieldName(name: string): string {
  return name[0]!.toLowerCase() + name.slice(1);
}

/** Source of the object literal of a schema, one line for each field. */
export function schemaSource(schema: KafkaSchema): string {
  if (schema.validVersions === "none") return `{ versions: "none", flexible: "none", fields: [] }`;
  const fields = fieldsSource(schema.fields ?? [], commonStructs(schema), "  ");
  return `{ versions: "${schema.validVersions}", flexible: "${schema.flexibleVersions ?? "none"}", fields: ${fields} }`;
}

function fieldsSource(fields: readonly KafkaField[], common: CommonStructs, indent: string): string {
  const lines = fields.map((field) => `${indent}  ${fieldSource(field, common, indent)},\n`);
  return `[\n${lines.join("")}${indent}]`;
}

function fieldSource(field: KafkaField, common: CommonStructs, indent: string): string {
  const fields = structFields(field, common);
  const isArray = field.type.startsWith("[]");
  const type = fields === undefined ? field.type : isArray ? "[]struct" : "struct";
  const parts = [
    `name: "${fieldName(field.name)}"`,
    `type: "${type}"`,
    `versions: "${field.versions ?? field.taggedVersions}"`,
  ];
  if (field.nullableVersions !== undefined) parts.push(`nullable: "${field.nullableVersions}"`);
  if (field.tag !== undefined) parts.push(`tag: ${field.tag}`, `tagged: "${field.taggedVersions}"`);
  if (field.flexibleVersions !== undefined) parts.push(`flexible: "${field.flexibleVersions}"`);
  if (String(field.ignorable) === "true") parts.push("ignorable: true");
  const value = defaultSource(field);
  if (value !== undefined) parts.push(`default: ${value}`);
  if (fields !== undefined) parts.push(`fields: ${fieldsSource(fields, common, `${indent}  `)}`);
  return `{ ${parts.join(", ")} }`;
}

/** Source of a default that is not the type's own. */
function defaultSource(field: KafkaField): string | undefined {
  if (field.default === undefined) return undefined;
  const text = String(field.default);
  if (text === "null") return "null";
  switch (field.type) {
    case "string":
      return text === "" ? undefined : JSON.stringify(text);
    case "bool":
      return text.toLowerCase() === "true" ? "true" : undefined;
    case "int64":
      return BigInt(text) === 0n ? undefined : `${BigInt(text)}n`;
    case "int8":
    case "int16":
    case "uint16":
    case "int32":
    case "uint32":
    case "float64":
      return Number(text) === 0 ? undefined : String(Number(text));
    default:
      throw new Error(`default of ${field.type} ${field.name}: ${text}`);
  }
}
