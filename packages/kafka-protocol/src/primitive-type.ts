import { invalidMessage } from "./kafka-error.ts";
import type { KafkaReader } from "./kafka-reader.ts";
import type { KafkaWriter } from "./kafka-writer.ts";
import { utf8 } from "./kafka-writer.ts";
import { MAX_STRING_LENGTH } from "./limits.ts";
import { ZERO_UUID } from "./uuid.ts";

/** How values of one type are read and written, in one version. */
export interface TypeCodec {
  /** The fewest bytes that a value takes. */
  readonly minimum: number;
  read(reader: KafkaReader): unknown;
  /** Throws TypeError or RangeError for a value that is not of the type. */
  write(writer: KafkaWriter, value: unknown): void;
}

/** A type whose null has a form of its own: strings, bytes and records. */
export interface LengthPrefix {
  readonly compact: boolean;
  readonly nullable: boolean;
}

const NO_BYTES = new Uint8Array(0);

/** The value of a type's field that is absent, when the schema names none. */
export function primitiveDefault(type: string): unknown {
  switch (type) {
    case "bool":
      return false;
    case "int64":
      return 0n;
    case "string":
      return "";
    case "uuid":
      return ZERO_UUID;
    case "bytes":
      return NO_BYTES;
    case "records":
      return null;
    default:
      return 0;
  }
}

/** The codec of a primitive type of Kafka's schemas. */
export function primitiveCodec(type: string, prefix: LengthPrefix): TypeCodec {
  switch (type) {
    case "string":
      return stringCodec(prefix);
    case "bytes":
      return bytesCodec(prefix);
    case "records":
      return bytesCodec({ ...prefix, nullable: true });
    default: {
      const codec = FIXED[type];
      if (codec === undefined) throw new TypeError(`"${type}" is no type of Kafka's schemas`);
      return codec;
    }
  }
}

const FIXED: Readonly<Record<string, TypeCodec>> = {
  bool: {
    minimum: 1,
    read: (reader) => reader.readBoolean(),
    write: (writer, value) => {
      if (typeof value !== "boolean") throw new TypeError("expected a boolean");
      writer.writeBoolean(value);
    },
  },
  int8: {
    minimum: 1,
    read: (reader) => reader.readInt8(),
    write: (writer, value) => writer.writeInt8(integer(value, -0x80, 0x7f)),
  },
  int16: {
    minimum: 2,
    read: (reader) => reader.readInt16(),
    write: (writer, value) => writer.writeInt16(integer(value, -0x8000, 0x7fff)),
  },
  uint16: {
    minimum: 2,
    read: (reader) => reader.readUint16(),
    write: (writer, value) => writer.writeUint16(integer(value, 0, 0xffff)),
  },
  int32: {
    minimum: 4,
    read: (reader) => reader.readInt32(),
    write: (writer, value) => writer.writeInt32(integer(value, -0x80000000, 0x7fffffff)),
  },
  uint32: {
    minimum: 4,
    read: (reader) => reader.readUint32(),
    write: (writer, value) => writer.writeUint32(integer(value, 0, 0xffffffff)),
  },
  int64: {
    minimum: 8,
    read: (reader) => reader.readInt64(),
    write: (writer, value) => {
      if (typeof value !== "bigint") throw new TypeError("expected a bigint");
      if (BigInt.asIntN(64, value) !== value) throw new RangeError("expected a bigint of at most 64 bits");
      writer.writeInt64(value);
    },
  },
  float64: {
    minimum: 8,
    read: (reader) => reader.readFloat64(),
    write: (writer, value) => {
      if (typeof value !== "number") throw new TypeError("expected a number");
      writer.writeFloat64(value);
    },
  },
  uuid: {
    minimum: 16,
    read: (reader) => reader.readUuid(),
    write: (writer, value) => {
      if (typeof value !== "string") throw new TypeError("expected a UUID as text");
      writer.writeUuid(value);
    },
  },
};

function stringCodec({ compact, nullable }: LengthPrefix): TypeCodec {
  return {
    minimum: compact ? 1 : 2,
    read(reader) {
      const length = compact ? reader.readUvarint() - 1 : reader.readInt16();
      if (length >= 0) return reader.readText(length);
      return readNull(length, nullable);
    },
    write(writer, value) {
      if (value === null && nullable) return compact ? writer.writeUvarint(0) : writer.writeInt16(-1);
      if (typeof value !== "string") throw new TypeError(`expected a string${nullable ? " or null" : ""}`);
      const bytes = utf8(value);
      if (bytes.length > MAX_STRING_LENGTH) {
        throw new RangeError(`expected a string of at most ${MAX_STRING_LENGTH} bytes of UTF-8`);
      }
      if (compact) writer.writeUvarint(bytes.length + 1);
      else writer.writeInt16(bytes.length);
      writer.writeBytes(bytes);
    },
  };
}

function bytesCodec({ compact, nullable }: LengthPrefix): TypeCodec {
  return {
    minimum: compact ? 1 : 4,
    read(reader) {
      const length = compact ? reader.readUvarint() - 1 : reader.readInt32();
      if (length >= 0) return reader.readView(length);
      return readNull(length, nullable);
    },
    write(writer, value) {
      if (value === null && nullable) return compact ? writer.writeUvarint(0) : writer.writeInt32(-1);
      if (!(value instanceof Uint8Array)) {
        throw new TypeError(`expected a Uint8Array${nullable ? " or null" : ""}`);
      }
      if (compact) writer.writeUvarint(value.length + 1);
      else writer.writeInt32(value.length);
      writer.writeBytes(value);
    },
  };
}

function readNull(length: number, nullable: boolean): null {
  if (length !== -1) throw invalidMessage(`a length of ${length}`);
  if (!nullable) throw invalidMessage("null where the schema has no null");
  return null;
}

function integer(value: unknown, min: number, max: number): number {
  if (typeof value !== "number" || !Number.isInteger(value)) throw new TypeError("expected an integer");
  if (value < min || value > max) throw new RangeError(`expected an integer from ${min} to ${max}`);
  return value;
}
