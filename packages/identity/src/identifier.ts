import { equalBytes, expectBytes, fromHex, OckamError, toHex } from "@ockam/codec";
import { IDENTITY_ERROR_CODES } from "./identity-error.ts";

/** The length of an identifier: a whole SHA-256. */
export const IDENTIFIER_LENGTH = 32;

/**
 * Names an identity for its whole life: the SHA-256 of its first change. Whoever holds an identifier needs no
 * authority to check a history against it. Text form: `I` and 64 hex digits. docs/protocol/identities.md, "Identifier".
 */
export class Identifier {
  /** 64 lower-case hex digits, without the `I`: the form for Map keys and comparisons of text. */
  readonly hex: string;
  readonly #bytes: Uint8Array;

  /**
   * @param bytes the 32 bytes of the hash; they are copied.
   * @throws TypeError or RangeError for anything else.
   */
  constructor(bytes: Uint8Array) {
    this.#bytes = expectBytes(bytes, IDENTIFIER_LENGTH, "bytes").slice();
    this.hex = toHex(this.#bytes);
  }

  /**
   * The identifier of its text form. White space around it is ignored and the digits may be upper case.
   * @throws OckamError OCKAM_IDENTITY_INVALID_IDENTIFIER
   */
  static parse(text: string): Identifier {
    const match = /^I([0-9a-fA-F]{64})$/.exec(text.trim());
    if (match?.[1] === undefined) {
      throw new OckamError(
        IDENTITY_ERROR_CODES.invalidIdentifier,
        'expected an identifier: "I" followed by 64 hex digits',
      );
    }
    return new Identifier(fromHex(match[1]));
  }

  /** The 32 bytes, in an array of the caller's own. */
  get bytes(): Uint8Array {
    return this.#bytes.slice();
  }

  /** Whether both name the same identity. */
  equals(other: Identifier): boolean {
    return equalBytes(this.#bytes, other.#bytes);
  }

  /** `I` and 64 lower-case hex digits. */
  toString(): string {
    return `I${this.hex}`;
  }

  /** The text form: what JSON holds. */
  toJSON(): string {
    return this.toString();
  }
}
