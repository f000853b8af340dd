import { invalidMessage } from "./kafka-error.ts";
import type { KafkaReader } from "./kafka-reader.ts";
import type { KafkaWriter } from "./kafka-writer.ts";
import type { LengthPrefix, TypeCodec } from "./primitive-type.ts";

/** Arrays of elements; those of structs count against the message's limit. */
export function arrayCodec(
  element: TypeCodec,
  { compact, nullable }: LengthPrefix,
  ofStructs: boolean,
): TypeCodec {
  return {
    minimum: compact ? 1 : 4,
    read(reader: KafkaReader) {
      const count = reader.readCount(compact, element.minimum);
      if (count === -1) {
        if (nullable) return null;
        throw invalidMessage("null where the schema has an array");
      }
      if (ofStructs) reader.countStructs(count);
      const values: unknown[] = [];
      for (let i = 0; i < count; i++) values.push(element.read(reader));
      return values;
    },
    write(writer: KafkaWriter, value: unknown) {
      if (value === null && nullable) return compact ? writer.writeUvarint(0) : writer.writeInt32(-1);
      if (!Array.isArray(value)) throw new TypeError(`expected an array${nullable ? " or null" : ""}`);
      if (compact) writer.writeUvarint(value.length + 1);
      else writer.writeInt32(value.length);
      for (const one of value) element.write(writer, one);
    },
  };
}

/** A struct that may be null has a byte in front: -1 for null, 1 otherwise. */
export function nullableStruct(struct: TypeCodec): TypeCodec {
  return {
    minimum: 1,
    read: (reader) => (reader.readInt8() < 0 ? null : struct.read(reader)),
    write(writer, value) {
      writer.writeInt8(value === null ? -1 : 1);
      if (value !== null) struct.write(writer, value);
    },
  };
}
