import type { KafkaField, KafkaSchema } from "./kafka-schemas.ts";
import { commonStructs, fieldName, structFields } from "./schema-source.ts";
import type { CommonStructs } from "./schema-source.ts";

/** Source of the interface of a schema's messages: every field of every version. */
export function typeSource(schema: KafkaSchema): string {
  const kind = schema.type === "request" ? "request" : "response";
  const versions = schema.validVersions === "none" ? "no version left" : `versions ${schema.validVersions}`;
  return `/** Body of Kafka's ${schema.name.replace(/Request$|Response$/, "")} ${kind}, API key ${schema.apiKey}, ${versions}. */
export interface ${schema.name} ${fieldsType(schema.fields ?? [], commonStructs(schema), "")}`;
}

function fieldsType(fields: readonly KafkaField[], common: CommonStructs, indent: string): string {
  const lines = fields.map(
    (field) => `${indent}  readonly ${fieldName(field.name)}: ${fieldType(field, common, `${indent}  `)};\n`,
  );
  return `{\n${lines.join("")}${indent}  readonly unknownTags?: readonly UnknownTag[];\n${indent}}`;
}

function fieldType(field: KafkaField, common: CommonStructs, indent: string): string {
  const fields = structFields(field, common);
  const element =
    fields === undefined ? primitiveType(field.type.replace("[]", "")) : fieldsType(fields, common, indent);
  const type = field.type.startsWith("[]") ? `readonly ${wrapped(element)}[]` : element;
  const nullable =
    field.type === "records" ||
    (field.nullableVersions ?? "none") !== "none" ||
    String(field.default) === "null";
  return nullable ? `${type} | null` : type;
}

function wrapped(element: string): string {
  return element.includes("|") && !element.startsWith("{") ? `(${element})` : element;
}

function primitiveType(type: string): string {
  switch (type) {
    case "bool":
      return "boolean";
    case "int64":
      return "bigint";
    case "string":
    case "uuid":
      return "string";
    case "bytes":
    case "records":
      return "Uint8Array";
    case "int8":
    case "int16":
    case "uint16":
    case "int32":
    case "uint32":
    case "float64":
      return "number";
    default:
      throw new Error(`unknown type ${type}`);
  }
}
