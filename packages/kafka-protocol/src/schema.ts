/** A field as the generated schemas hold it; its parts mean what they mean in Kafka's schemas. */
export interface FieldSchema {
  readonly name: string;
  /** A primitive type, `struct`, or either behind `[]`. */
  readonly type: string;
  readonly versions: string;
  readonly nullable?: string;
  readonly tagged?: string;
  readonly tag?: number;
  /** `none`: in the old form also in flexible versions. */
  readonly flexible?: string;
  /** Whether a value may be left out silently where the version has no such field. */
  readonly ignorable?: boolean;
  /** Where it is not the type's own default. */
  readonly default?: string | number | bigint | boolean | null;
  /** Of a struct. */
  readonly fields?: readonly FieldSchema[];
}

/** The fields of a request's or response's body in all versions. */
export interface MessageSchema {
  readonly versions: string;
  readonly flexible: string;
  readonly fields: readonly FieldSchema[];
}

/** A tagged field that the schema does not know: kept, and written again. */
export interface UnknownTag {
  readonly tag: number;
  readonly data: Uint8Array;
}

/** First and last version, both included. */
export interface VersionRange {
  readonly min: number;
  readonly max: number;
}

/** Reads `3`, `0-12`, `4+` or `none` (which has nothing in it). */
export function parseVersions(text: string): VersionRange {
  if (text === "none") return { min: 0, max: -1 };
  const found = /^(\d+)(?:(\+)|-(\d+))?$/.exec(text);
  if (found === null) throw new TypeError(`"${text}" is no range of versions`);
  const min = Number(found[1]);
  if (found[2] !== undefined) return { min, max: 0x7fff };
  return { min, max: found[3] === undefined ? min : Number(found[3]) };
}

/** Whether the range, as text, has that version; an absent range has none. */
export function hasVersion(text: string | undefined, version: number): boolean {
  if (text === undefined) return false;
  const { min, max } = parseVersions(text);
  return version >= min && version <= max;
}
