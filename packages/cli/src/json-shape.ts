/**
 * What a JSON value looks like: what `--output json` of a command prints, told to people by {@link shapeText} and
 * checked by the tests.
 */
export type JsonShape =
  | (Noted & { readonly kind: "anything" | "boolean" | "number" | "string" })
  | (Noted & { readonly kind: "literal"; readonly values: readonly Literal[] })
  | (Noted & { readonly kind: "array" | "map" | "nullable"; readonly of: JsonShape })
  | (Noted & { readonly kind: "oneOf"; readonly choices: readonly JsonShape[] })
  | ObjectShape
  | (Noted & { readonly kind: "named"; readonly name: string; readonly of: ObjectShape })
  | (Noted & { readonly kind: "extended"; readonly base: NamedShape; readonly by: ObjectShape });

/** An object with these members and no others. */
export type ObjectShape = Noted & {
  readonly kind: "object";
  readonly members: Readonly<Record<string, JsonShape | OptionalMember>>;
};

/** An object that several commands print, and its name. */
export type NamedShape = Extract<JsonShape, { readonly kind: "named" }>;

/** A member that may be absent. */
export interface OptionalMember {
  readonly kind: "optional";
  readonly of: JsonShape;
}

type Literal = boolean | number | string | null;

/** What each shape may have. */
export interface Noted {
  /** A few words about the value: its unit, its form, when it is what. */
  readonly note?: string;
}

/** A text. */
export function string(note?: string): JsonShape {
  return { kind: "string", ...noted(note) };
}

/** A number. */
export function number(note?: string): JsonShape {
  return { kind: "number", ...noted(note) };
}

/** True or false. */
export function boolean(note?: string): JsonShape {
  return { kind: "boolean", ...noted(note) };
}

/** Any value at all. */
export function anything(note?: string): JsonShape {
  return { kind: "anything", ...noted(note) };
}

/** One of these values. */
export function literal(...values: readonly Literal[]): JsonShape {
  return { kind: "literal", values };
}

/** An array whose elements look like this. */
export function array(of: JsonShape, note?: string): JsonShape {
  return { kind: "array", of, ...noted(note) };
}

/** An array without elements: there to be what Rust's command prints. */
export function emptyArray(): JsonShape {
  return array(literal());
}

/** An object with any keys, whose values look like this. */
export function map(of: JsonShape, note?: string): JsonShape {
  return { kind: "map", of, ...noted(note) };
}

/** This, or null. */
export function nullable(of: JsonShape, note?: string): JsonShape {
  return { kind: "nullable", of, ...noted(note) };
}

/** What looks like one of these. */
export function oneOf(...choices: readonly JsonShape[]): JsonShape {
  return { kind: "oneOf", choices };
}

/** A member that may be absent. */
export function optional(of: JsonShape): OptionalMember {
  return { kind: "optional", of };
}

/** An object with these members and no others. */
export function object(members: ObjectShape["members"], note?: string): ObjectShape {
  return { kind: "object", members, ...noted(note) };
}

/** An object that several commands print, and what it is called: its members are told of once. */
export function named(name: string, members: ObjectShape["members"]): NamedShape {
  return { kind: "named", name, of: object(members) };
}

/** The named object, with more members. */
export function extended(base: NamedShape, members: ObjectShape["members"]): JsonShape {
  return { kind: "extended", base, by: object(members) };
}

/** The same shape, with a few words about it. */
export function withNote<T extends JsonShape>(shape: T, note: string): T {
  return { ...shape, note };
}

/** The named shapes in a shape, each after those that name it. */
export function namedShapesIn(shape: JsonShape): readonly NamedShape[] {
  const found = new Map<string, NamedShape>();
  const visit = (part: JsonShape | OptionalMember): void => {
    if (part.kind === "named" && !found.has(part.name)) {
      found.set(part.name, part);
      visit(part.of);
    }
    for (const inner of partsOf(part)) visit(inner);
  };
  visit(shape);
  return [...found.values()];
}

function partsOf(part: JsonShape | OptionalMember): readonly (JsonShape | OptionalMember)[] {
  switch (part.kind) {
    case "array":
    case "map":
    case "nullable":
    case "optional":
      return [part.of];
    case "oneOf":
      return part.choices;
    case "object":
      return Object.values(part.members);
    case "extended":
      return [part.base, part.by];
    default:
      return [];
  }
}

/** How wide a shape may be on one line; a longer one has a line for each member. */
const LINE_WIDTH = 76;
/** How wide a member may be with its note; a longer note comes before it. */
const NOTED_WIDTH = 92;

/**
 * The shape in the notation of TypeScript's types, over as many lines as it takes. Named shapes are names here:
 * {@link namedShapesIn} tells which, and their `of` has their members.
 */
export function shapeText(shape: JsonShape): string {
  return text(shape, 0);
}

function text(shape: JsonShape, indent: number): string {
  const line = lineText(shape);
  if (line !== undefined && indent + line.length <= LINE_WIDTH) return line;
  switch (shape.kind) {
    case "array":
      return grouped(shape.of, text(shape.of, indent)) + "[]";
    case "nullable":
      return `${text(shape.of, indent)} | null`;
    case "map":
      return `{ [name: string]: ${text(shape.of, indent)} }`;
    case "oneOf":
      return shape.choices.map((choice) => text(choice, indent)).join(`\n${" ".repeat(indent)}| `);
    case "extended":
      return `${shape.base.name} & ${text(shape.by, indent)}`;
    case "object": {
      const inner = " ".repeat(indent + 2);
      const members = Object.entries(shape.members).map(([key, member]) => {
        const { mark, of } =
          member.kind === "optional" ? { mark: "?", of: member.of } : { mark: "", of: member };
        const told = `${inner}${key}${mark}: ${text(of, indent + 2)};`;
        if (of.note === undefined) return told;
        const whole = `${told} // ${of.note}`;
        return Math.max(...whole.split("\n").map(({ length }) => length)) <= NOTED_WIDTH
          ? whole
          : `${inner}// ${of.note}\n${told}`;
      });
      return `{\n${members.join("\n")}\n${" ".repeat(indent)}}`;
    }
    default:
      return line ?? "";
  }
}

/** The shape on one line; undefined when it has members with notes, which need lines of their own. */
function lineText(shape: JsonShape): string | undefined {
  switch (shape.kind) {
    case "anything":
      return "unknown";
    case "boolean":
    case "number":
    case "string":
      return shape.kind;
    case "literal":
      return shape.values.map((value) => JSON.stringify(value)).join(" | ");
    case "named":
      return shape.name;
    case "array":
      return mapped(shape.of, (of) => `${grouped(shape.of, of)}[]`);
    case "nullable":
      return mapped(shape.of, (of) => `${of} | null`);
    case "map":
      return mapped(shape.of, (of) => `{ [name: string]: ${of} }`);
    case "oneOf": {
      const choices = shape.choices.map(lineText);
      return choices.includes(undefined) ? undefined : choices.join(" | ");
    }
    case "extended":
      return mapped(shape.by, (by) => `${shape.base.name} & ${by}`);
    default: {
      const members = Object.entries(shape.members).map(([key, member]) => {
        const { mark, of } =
          member.kind === "optional" ? { mark: "?", of: member.of } : { mark: "", of: member };
        return of.note === undefined ? mapped(of, (line) => `${key}${mark}: ${line}`) : undefined;
      });
      return members.includes(undefined) ? undefined : `{ ${members.join("; ")} }`;
    }
  }
}

function mapped(shape: JsonShape, into: (line: string) => string): string | undefined {
  const line = lineText(shape);
  return line === undefined ? undefined : into(line);
}

function grouped(shape: JsonShape, written: string): string {
  const isUnion =
    shape.kind === "nullable" ||
    shape.kind === "oneOf" ||
    shape.kind === "extended" ||
    (shape.kind === "literal" && shape.values.length > 1);
  return isUnion ? `(${written})` : written;
}

function noted(note: string | undefined): Noted {
  return note === undefined ? {} : { note };
}
