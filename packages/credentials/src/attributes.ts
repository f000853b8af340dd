import { decodeUtf8, encodeUtf8, equalBytes, isOckamError } from "@ockam/codec";

/** A name or a value: text stands for its UTF-8 bytes. */
export type AttributeText = string | Uint8Array;

/**
 * What an authority says about a subject: names with values. Both are bytes, compared byte by byte; almost always they
 * are UTF-8 text. Immutable. docs/protocol/credentials.md, "Attributes".
 */
export class Attributes {
  // Names as text with one character a byte: these sort as the bytes do.
  readonly #entries: ReadonlyMap<string, Uint8Array>;

  /** @param entries of the same name: the last one counts. Bytes are copied. */
  constructor(entries: Iterable<readonly [name: AttributeText, value: AttributeText]> = []) {
    const unordered = new Map<string, Uint8Array>();
    for (const [name, value] of entries) unordered.set(keyOf(name), bytesOf(value).slice());
    this.#entries = new Map([...unordered].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** The attributes of an object's own properties, as `{ "ockam-role": "enroller" }`. */
  static of(properties: Readonly<Record<string, AttributeText>>): Attributes {
    return new Attributes(Object.entries(properties));
  }

  /** How many there are. */
  get size(): number {
    return this.#entries.size;
  }

  /** The value of a name, in an array of the caller's own, or undefined. */
  get(name: AttributeText): Uint8Array | undefined {
    return this.#entries.get(keyOf(name))?.slice();
  }

  /** The value of a name as text, or undefined when it is absent or not UTF-8. */
  text(name: AttributeText): string | undefined {
    const value = this.#entries.get(keyOf(name));
    return value === undefined ? undefined : textOf(value);
  }

  /** Whether there is a value of this name. */
  has(name: AttributeText): boolean {
    return this.#entries.has(keyOf(name));
  }

  /** Whether all of `required` are here, with equal values. */
  includes(required: Attributes): boolean {
    for (const [key, value] of required.#entries) {
      const own = this.#entries.get(key);
      if (own === undefined || !equalBytes(own, value)) return false;
    }
    return true;
  }

  /** Names and values that both are UTF-8, in the order of the bytes. Others are left out. */
  toText(): ReadonlyMap<string, string> {
    const texts = new Map<string, string>();
    for (const [name, value] of this) {
      const [nameText, valueText] = [textOf(name), textOf(value)];
      if (nameText !== undefined && valueText !== undefined) texts.set(nameText, valueText);
    }
    return texts;
  }

  /** Names and values in the order of the names' bytes, which is that of the wire; arrays of the caller's own. */
  *[Symbol.iterator](): IterableIterator<[name: Uint8Array, value: Uint8Array]> {
    for (const [key, value] of this.#entries) {
      yield [Uint8Array.from(key, (character) => character.charCodeAt(0)), value.slice()];
    }
  }
}

function bytesOf(text: AttributeText): Uint8Array {
  return typeof text === "string" ? encodeUtf8(text) : text;
}

function keyOf(name: AttributeText): string {
  let key = "";
  for (const byte of bytesOf(name)) key += String.fromCharCode(byte);
  return key;
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return decodeUtf8(bytes);
  } catch (error) {
    if (isOckamError(error)) return undefined;
    throw error;
  }
}
