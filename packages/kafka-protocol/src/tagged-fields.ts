import { invalidMessage } from "./kafka-error.ts";
import type { KafkaReader } from "./kafka-reader.ts";
import type { KafkaWriter } from "./kafka-writer.ts";
import type { UnknownTag } from "./schema.ts";

/**
 * Reads the tagged fields at the end of a struct or header of a flexible version (KIP-482):
 * `count: uvarint, count × (tag: uvarint, length: uvarint, data)`, the tags ascending.
 * `known` reads the data of a tag that it knows and returns true; the others are returned.
 */
export function readTaggedFields(
  reader: KafkaReader,
  known: (tag: number, length: number) => boolean,
): readonly UnknownTag[] | undefined {
  const count = reader.readUvarint();
  let unknown: UnknownTag[] | undefined;
  let last = -1;
  for (let i = 0; i < count; i++) {
    reader.countStructs(1);
    const tag = reader.readUvarint();
    const length = reader.readUvarint();
    if (tag <= last) throw invalidMessage(`tagged field ${tag} after ${last}: tags must ascend`);
    if (length > reader.remaining)
      throw invalidMessage(`a tagged field of ${length} bytes in ${reader.remaining}`);
    last = tag;
    const end = reader.offset + length;
    if (!known(tag, length)) (unknown ??= []).push({ tag, data: reader.readView(length) });
    if (reader.offset !== end) throw invalidMessage(`tagged field ${tag} is not as long as it says`);
  }
  return unknown;
}

/** Writes tagged fields, in any order given, as ascending tags. */
export function writeTaggedFields(writer: KafkaWriter, fields: readonly UnknownTag[]): void {
  writer.writeUvarint(fields.length);
  if (fields.length === 0) return;
  let last = -1;
  for (const { tag, data } of fields.toSorted((a, b) => a.tag - b.tag)) {
    if (!Number.isInteger(tag) || tag <= last || tag > 0xffffffff) {
      throw new RangeError(`tagged field ${tag}: expected different tags from 0 to 4294967295`);
    }
    writer.writeUvarint(tag);
    writer.writeUvarint(data.length);
    writer.writeBytes(data);
    last = tag;
  }
}
