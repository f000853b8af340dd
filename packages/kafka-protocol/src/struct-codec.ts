import { arrayCodec, nullableStruct } from "./container-codec.ts";
import { fieldDefault, isDefault } from "./field-default.ts";
import type { KafkaReader } from "./kafka-reader.ts";
import { KafkaWriter } from "./kafka-writer.ts";
import { primitiveCodec } from "./primitive-type.ts";
import type { TypeCodec } from "./primitive-type.ts";
import { hasVersion } from "./schema.ts";
import type { FieldSchema, UnknownTag } from "./schema.ts";
import { readTaggedFields, writeTaggedFields } from "./tagged-fields.ts";

/** A struct's values by field name, and `unknownTags` when there are any. */
export type StructValue = Readonly<Record<string, unknown>>;

interface Field {
  readonly schema: FieldSchema;
  readonly name: string;
  /** Absent where the version has no such field. */
  readonly codec: TypeCodec | undefined;
  readonly isTagged: boolean;
  readonly default: unknown;
}

/** Reads and writes one struct in one version. Values that the version lacks are read as their defaults. */
export class StructCodec implements TypeCodec {
  readonly minimum: number;
  readonly #fields: readonly Field[];
  readonly #tagged: ReadonlyMap<number, Field>;
  readonly #flexible: boolean;

  constructor(schemas: readonly FieldSchema[], version: number, flexible: boolean) {
    this.#flexible = flexible;
    this.#fields = schemas.map((schema) => ({
      schema,
      name: schema.name,
      codec: hasVersion(schema.versions, version) ? fieldCodec(schema, version, flexible) : undefined,
      isTagged: flexible && hasVersion(schema.tagged, version),
      default: fieldDefault(schema),
    }));
    const present = this.#fields.filter((field) => field.codec !== undefined);
    this.#tagged = new Map(
      present.filter((field) => field.isTagged).map((field) => [field.schema.tag!, field]),
    );
    this.minimum = present
      .filter((field) => !field.isTagged)
      .reduce((sum, field) => sum + field.codec!.minimum, flexible ? 1 : 0);
  }

  read(reader: KafkaReader): StructValue {
    const value: Record<string, unknown> = {};
    for (const { name, codec, isTagged, default: absent } of this.#fields) {
      value[name] = codec === undefined || isTagged ? absent : codec.read(reader);
    }
    if (!this.#flexible) return value;
    const unknown = readTaggedFields(reader, (tag) => {
      const field = this.#tagged.get(tag);
      if (field === undefined) return false;
      value[field.name] = field.codec!.read(reader);
      return true;
    });
    if (unknown !== undefined) value["unknownTags"] = unknown;
    return value;
  }

  write(writer: KafkaWriter, value: unknown): void {
    if (typeof value !== "object" || value === null) throw new TypeError("expected an object");
    const struct = value as StructValue;
    const tags: UnknownTag[] = [];
    for (const field of this.#fields) {
      try {
        this.#writeField(writer, field, struct[field.name], tags);
      } catch (error) {
        throw inField(field.name, error);
      }
    }
    const unknown = (struct["unknownTags"] ?? []) as readonly UnknownTag[];
    if (this.#flexible) writeTaggedFields(writer, unknown.length === 0 ? tags : [...tags, ...unknown]);
    else if (unknown.length > 0) throw new RangeError("this version has no tagged fields");
  }

  #writeField(writer: KafkaWriter, field: Field, given: unknown, tags: UnknownTag[]): void {
    const value = given === undefined ? field.default : given;
    if (field.codec === undefined) {
      if (field.schema.ignorable === true || isDefault(field.schema, value)) return;
      throw new RangeError("this version has no such field, and it must not be left out");
    }
    if (!field.isTagged) {
      field.codec.write(writer, value);
    } else if (!isDefault(field.schema, value)) {
      const data = new KafkaWriter(64);
      field.codec.write(data, value);
      tags.push({ tag: field.schema.tag!, data: data.finish() });
    }
  }
}

/** How a field is read and written in a version that has it. */
function fieldCodec(schema: FieldSchema, version: number, flexible: boolean): TypeCodec {
  const prefix = {
    compact: flexible && schema.flexible !== "none",
    nullable: hasVersion(schema.nullable, version),
  };
  const isArray = schema.type.startsWith("[]");
  const element = isArray ? schema.type.slice(2) : schema.type;
  if (element !== "struct") {
    if (!isArray) return primitiveCodec(element, prefix);
    return arrayCodec(primitiveCodec(element, { ...prefix, nullable: false }), prefix, false);
  }
  const struct = new StructCodec(schema.fields ?? [], version, flexible);
  if (isArray) return arrayCodec(struct, prefix, true);
  return prefix.nullable ? nullableStruct(struct) : struct;
}

/** The same mistake of the caller, with the place of the value in front. */
function inField(name: string, error: unknown): unknown {
  if (error instanceof TypeError) return new TypeError(join(name, error.message), { cause: error.cause });
  if (error instanceof RangeError) return new RangeError(join(name, error.message), { cause: error.cause });
  return error;
}

function join(name: string, message: string): string {
  return message.startsWith('"') ? `"${name}.${message.slice(1)}` : `"${name}" ${message}`;
}
