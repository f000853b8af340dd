import fc from "fast-check";

import { fieldDefault } from "../src/field-default.ts";
import { hasVersion } from "../src/schema.ts";
import type { FieldSchema, MessageSchema } from "../src/schema.ts";
import { formatUuid } from "../src/uuid.ts";
import { arbitraryText } from "./arbitrary-text.ts";

/** Bodies of a message in one version: fields that the version lacks have their defaults, as a decoder gives them. */
export function arbitraryBody(schema: MessageSchema, version: number): fc.Arbitrary<Record<string, unknown>> {
  return arbitraryStruct(schema.fields, version, hasVersion(schema.flexible, version));
}

function arbitraryStruct(
  fields: readonly FieldSchema[],
  version: number,
  flexible: boolean,
): fc.Arbitrary<Record<string, unknown>> {
  const values = fc.record(
    Object.fromEntries(fields.map((field) => [field.name, arbitraryField(field, version, flexible)])),
    { noNullPrototype: true },
  );
  if (!flexible) return values;
  const unknown = fc.uniqueArray(
    fc.record(
      { tag: fc.integer({ min: 100, max: 0xffffffff }), data: arbitraryBytes() },
      { noNullPrototype: true },
    ),
    { maxLength: 2, selector: (field) => field.tag },
  );
  return fc
    .tuple(values, fc.option(unknown, { freq: 3 }))
    .map(([value, tags]) =>
      tags === null || tags.length === 0
        ? value
        : { ...value, unknownTags: tags.toSorted((a, b) => a.tag - b.tag) },
    );
}

function arbitraryField(field: FieldSchema, version: number, flexible: boolean): fc.Arbitrary<unknown> {
  if (!hasVersion(field.versions, version)) return fc.constant(fieldDefault(field));
  const isArray = field.type.startsWith("[]");
  const type = isArray ? field.type.slice(2) : field.type;
  const element =
    type === "struct" ? arbitraryStruct(field.fields ?? [], version, flexible) : arbitraryPrimitive(type);
  const value = isArray ? fc.array(element, { maxLength: 2 }) : element;
  const nullable = field.type === "records" || hasVersion(field.nullable, version);
  return nullable ? fc.option(value, { freq: 3 }) : value;
}

function arbitraryPrimitive(type: string): fc.Arbitrary<unknown> {
  switch (type) {
    case "bool":
      return fc.boolean();
    case "int8":
      return fc.integer({ min: -0x80, max: 0x7f });
    case "int16":
      return fc.integer({ min: -0x8000, max: 0x7fff });
    case "uint16":
      return fc.integer({ min: 0, max: 0xffff });
    case "int32":
      return fc.integer();
    case "uint32":
      return fc.integer({ min: 0, max: 0xffffffff });
    case "int64":
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    case "float64":
      return fc.double();
    case "string":
      return arbitraryText;
    case "uuid":
      return fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => formatUuid(bytes));
    case "bytes":
    case "records":
      return arbitraryBytes();
    default:
      throw new TypeError(`no arbitrary for ${type}`);
  }
}

function arbitraryBytes(): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ maxLength: 8 });
}
