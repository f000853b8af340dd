import type { JsonShape, ObjectShape } from "../src/json-shape.ts";

/** Where a value is not what the shape says, and how: nothing when it is. A member that the shape lacks is one, too. */
export function jsonMismatches(shape: JsonShape, value: unknown, path = "$"): readonly string[] {
  const unlike = (wanted: string) => [`${path} is ${JSON.stringify(value) ?? "absent"} and not ${wanted}`];
  switch (shape.kind) {
    case "anything":
      return value === undefined ? unlike("a value") : [];
    case "boolean":
    case "number":
    case "string":
      return typeof value === shape.kind ? [] : unlike(`a ${shape.kind}`);
    case "literal":
      return shape.values.some((one) => one === value) ? [] : unlike(JSON.stringify(shape.values));
    case "nullable":
      return value === null ? [] : jsonMismatches(shape.of, value, path);
    case "array":
      if (!Array.isArray(value)) return unlike("an array");
      return value.flatMap((one: unknown, at) => jsonMismatches(shape.of, one, `${path}[${at}]`));
    case "map":
      if (!isRecord(value)) return unlike("an object");
      return Object.entries(value).flatMap(([key, one]) => jsonMismatches(shape.of, one, `${path}.${key}`));
    case "oneOf": {
      const each = shape.choices.map((choice) => jsonMismatches(choice, value, path));
      return each.some(({ length }) => length === 0) ? [] : each.flat();
    }
    case "named":
      return objectMismatches(shape.of.members, value, path);
    case "extended":
      return objectMismatches({ ...shape.base.of.members, ...shape.by.members }, value, path);
    default:
      return objectMismatches(shape.members, value, path);
  }
}

function objectMismatches(members: ObjectShape["members"], value: unknown, path: string): readonly string[] {
  if (!isRecord(value)) return [`${path} is ${JSON.stringify(value) ?? "absent"} and not an object`];
  const unknown = Object.keys(value).filter((key) => members[key] === undefined);
  return [
    ...unknown.map((key) => `${path}.${key} is not documented`),
    ...Object.entries(members).flatMap(([key, member]) => {
      if (member.kind !== "optional") return jsonMismatches(member, value[key], `${path}.${key}`);
      return value[key] === undefined ? [] : jsonMismatches(member.of, value[key], `${path}.${key}`);
    }),
  ];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
