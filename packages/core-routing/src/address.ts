// Addresses of workers and of places on a network. docs/protocol/routing.md, "Addresses".
import { decodeUtf8, encodeUtf8, equalBytes, expectBytes, OckamError, toHex } from "@ockam/codec";

/** Transport type of workers inside a node. */
export const LOCAL_TRANSPORT = 0;

/** Transport type of TCP; the value of such an address is `host:port`. */
export const TCP_TRANSPORT = 1;

/** Transport type of UDP; the value of such an address is `host:port`. */
export const UDP_TRANSPORT = 2;

/** The longest value of an address, in bytes: room for any host name and file path, and no more. */
export const MAX_ADDRESS_LENGTH = 1024;

const MAX_TYPE = 255;
const RANDOM_LENGTH = 16;
const NOT_TEXT = "Invalid UTF-8";

/**
 * A transport type (0 to 255) and a value: the name of a worker, or what the transport of that type makes of it.
 * Immutable: its value must not be written to. Two addresses are equal when type and value are.
 */
export class Address {
  readonly type: number;
  /** The value. Usually UTF-8 text, but a peer may send anything. */
  readonly value: Uint8Array;
  #key: string | undefined;

  /**
   * @param value bytes, which are kept as they are, or text, of which the UTF-8 form is taken.
   * @throws RangeError for a type outside 0 to 255 or a value beyond {@link MAX_ADDRESS_LENGTH}.
   */
  constructor(type: number, value: Uint8Array | string) {
    if (!Number.isInteger(type) || type < 0 || type > MAX_TYPE) {
      throw new RangeError(`"type" expected an integer from 0 to ${MAX_TYPE}, got ${type}`);
    }
    const bytes = typeof value === "string" ? encodeUtf8(value) : expectBytes(value, undefined, "value");
    if (bytes.length > MAX_ADDRESS_LENGTH) {
      throw new RangeError(
        `"value" expected at most ${MAX_ADDRESS_LENGTH} bytes, got length=${bytes.length}`,
      );
    }
    this.type = type;
    this.value = bytes;
  }

  /** The address of a worker by its name, which is taken as it is: a `#` in it has no meaning. */
  static local(name: string): Address {
    return new Address(LOCAL_TRANSPORT, name);
  }

  /**
   * Reads `type#value`, or a name alone (type 0). Text that comes from a peer or a user belongs here.
   * @throws OckamError OCKAM_ROUTING_INVALID_ADDRESS for a second `#`, a type that is not a number from 0 to 255, or a
   * value beyond {@link MAX_ADDRESS_LENGTH}.
   */
  static parse(text: string): Address {
    const parts = text.split("#");
    if (parts.length > 2) throw invalid('it has more than one "#"; write type#value');
    const [first = "", value] = parts;
    if (value === undefined) return checked(LOCAL_TRANSPORT, first);
    if (!/^\+?[0-9]+$/.test(first) || Number(first) > MAX_TYPE) {
      throw invalid(`the part before "#" must be a number from 0 to ${MAX_TYPE}`);
    }
    return checked(Number(first), value);
  }

  /** A local address that nobody can guess: 16 random bytes as 32 hexadecimal characters. */
  static random(): Address {
    return new Address(LOCAL_TRANSPORT, toHex(crypto.getRandomValues(new Uint8Array(RANDOM_LENGTH))));
  }

  /** Type and value as one string, a character for each byte: equal exactly for equal addresses. Good as a Map's key. */
  get key(): string {
    this.#key ??= keyOf(this.type, this.value);
    return this.#key;
  }

  /** Whether both have the same type and value. */
  equals(other: Address): boolean {
    return this.type === other.type && equalBytes(this.value, other.value);
  }

  /** The value as text, for display; `Invalid UTF-8` when it is none. */
  get name(): string {
    try {
      return decodeUtf8(this.value);
    } catch {
      return NOT_TEXT;
    }
  }

  /** `type#value`, as {@link Address.parse} reads it. */
  toString(): string {
    return `${this.type}#${this.name}`;
  }
}

/** A loop: spreading bytes into arguments takes four times as long. */
function keyOf(type: number, value: Uint8Array): string {
  let key = String.fromCharCode(type);
  for (let i = 0; i < value.length; i++) key += String.fromCharCode(value[i]!);
  return key;
}

function checked(type: number, text: string): Address {
  const value = encodeUtf8(text);
  if (value.length > MAX_ADDRESS_LENGTH) {
    throw invalid(`its value has ${value.length} bytes, at most ${MAX_ADDRESS_LENGTH} are allowed`);
  }
  return new Address(type, value);
}

function invalid(what: string): OckamError {
  return new OckamError("OCKAM_ROUTING_INVALID_ADDRESS", `not an address: ${what}`);
}
