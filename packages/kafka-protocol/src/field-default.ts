import { primitiveDefault } from "./primitive-type.ts";
import type { FieldSchema } from "./schema.ts";

const NO_ELEMENTS: readonly unknown[] = Object.freeze([]);

/** The value of a field that is absent. Values that could be changed are frozen or empty: they are shared. */
export function fieldDefault(schema: FieldSchema): unknown {
  if (schema.default !== undefined) return schema.default;
  if (schema.type.startsWith("[]")) return NO_ELEMENTS;
  if (schema.type !== "struct") return primitiveDefault(schema.type);
  return Object.freeze(
    Object.fromEntries((schema.fields ?? []).map((field) => [field.name, fieldDefault(field)])),
  );
}

/** Whether a value is the one that an absent field has. */
export function isDefault(schema: FieldSchema, value: unknown): boolean {
  if (value === undefined) return true;
  const expected = schema.default === undefined ? undefined : schema.default;
  if (value === null || expected === null) return value === (expected ?? fieldDefault(schema));
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length === 0;
  if (schema.type === "struct") {
    const struct = value as Readonly<Record<string, unknown>>;
    if (((struct["unknownTags"] ?? []) as readonly unknown[]).length > 0) return false;
    return (schema.fields ?? []).every((field) => isDefault(field, struct[field.name]));
  }
  return Object.is(value, fieldDefault(schema));
}
