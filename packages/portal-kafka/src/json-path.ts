// Which members of a JSON text are meant. docs/protocol/kafka-portal.md, "Values and fields".

/** A step of a path: a member's name, an element's index, or each of them. */
export type JsonStep = string | number | typeof EACH;

/** All members of an object, or all elements of an array. */
export const EACH: unique symbol = Symbol("each");

/** The most steps that a path may have. */
export const MAX_JSON_PATH_STEPS = 32;

const STEP = /\.([^.[\]]+)|\[(?:(\d{1,9})|(\*)|'([^']*)'|"([^"]*)")\]/y;

/**
 * Reads the name of a member of the whole value (`price`), or a path: `$.order.price`, `$.items[*].price`, `$.items[0]`,
 * `$['a name']`.
 * @throws RangeError for a path that is none
 */
export function parseJsonPath(text: string): readonly JsonStep[] {
  if (!text.startsWith("$")) {
    if (text === "")
      throw new RangeError('"field" expected a name or a path, such as price or $.order.price');
    return [text];
  }
  const steps: JsonStep[] = [];
  STEP.lastIndex = 1;
  while (STEP.lastIndex < text.length) {
    const at = STEP.lastIndex;
    const found = STEP.exec(text);
    if (found === null || steps.length === MAX_JSON_PATH_STEPS) {
      STEP.lastIndex = 0;
      throw new RangeError(
        `"${text}" is no path from character ${at + 1} on: write $.order.price or $.items[*].price`,
      );
    }
    const [, name, index, each, single, double] = found;
    if (index !== undefined) steps.push(Number(index));
    else if (each !== undefined || name === "*") steps.push(EACH);
    else steps.push(name ?? single ?? double ?? "");
  }
  STEP.lastIndex = 0;
  if (steps.length === 0) throw new RangeError(`"${text}" names the whole value: leave the fields out`);
  return steps;
}
