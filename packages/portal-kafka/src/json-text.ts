// Finds values in a JSON text without parsing the rest of it into other numbers, another order or other white space.
import { EACH } from "./json-path.ts";
import type { JsonStep } from "./json-path.ts";

/** The deepest nesting that is read. */
export const MAX_JSON_DEPTH = 256;

/** Where a value is in a text: from `start` up to, but without, `end`. */
export interface JsonSpan {
  readonly start: number;
  readonly end: number;
  /** The names and indexes that lead to it. */
  readonly path: readonly (string | number)[];
}

/**
 * The values that `paths` lead to, in the order of the text. A value inside of another one that is found is left out.
 * @throws SyntaxError for a text that is no JSON object
 */
export function findJson(text: string, paths: readonly (readonly JsonStep[])[]): readonly JsonSpan[] {
  // What is found is well-formed only if everything is.
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    throw new SyntaxError("not a JSON object");
  const scanner = new Scanner(text);
  scanner.value(paths, 0);
  return scanner.found;
}

/** The text with other texts in the place of `spans`, which are in order. */
export function replaceJson(
  text: string,
  spans: readonly JsonSpan[],
  replacements: readonly string[],
): string {
  let result = "";
  let from = 0;
  for (const [index, { end, start }] of spans.entries()) {
    result += text.slice(from, start) + replacements[index]!;
    from = end;
  }
  return result + text.slice(from);
}

type Paths = readonly (readonly JsonStep[])[];

/** Walks over a text that is known to be JSON. */
class Scanner {
  readonly found: JsonSpan[] = [];
  readonly #text: string;
  readonly #path: (string | number)[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** `paths`: what is left of those that lead here or further. */
  value(paths: Paths, depth: number): void {
    if (depth > MAX_JSON_DEPTH) throw new SyntaxError(`JSON that is nested more than ${MAX_JSON_DEPTH} deep`);
    this.#space();
    const start = this.#at;
    const isWanted = paths.some((path) => path.length === 0);
    const further = isWanted ? [] : paths;
    const first = this.#text[start];
    if (first === "{") this.#object(further, depth);
    else if (first === "[") this.#array(further, depth);
    else if (first === '"') this.#string();
    else while (this.#at < this.#text.length && !/[,\]}\s]/.test(this.#text[this.#at]!)) this.#at++;
    if (isWanted) this.found.push({ start, end: this.#at, path: [...this.#path] });
  }

  #object(paths: Paths, depth: number): void {
    this.#each("}", () => {
      const name = JSON.parse(this.#string()) as string;
      this.#space();
      this.#at++;
      this.#step(name, paths, depth);
    });
  }

  #array(paths: Paths, depth: number): void {
    let index = 0;
    this.#each("]", () => this.#step(index++, paths, depth));
  }

  #step(step: string | number, paths: Paths, depth: number): void {
    this.#path.push(step);
    this.value(narrowed(paths, step), depth + 1);
    this.#path.pop();
  }

  #each(close: string, item: () => void): void {
    this.#at++;
    this.#space();
    while (this.#text[this.#at] !== close) {
      item();
      this.#space();
      if (this.#text[this.#at] === ",") this.#at++;
      this.#space();
    }
    this.#at++;
  }

  #string(): string {
    const start = this.#at++;
    while (this.#text[this.#at] !== '"') this.#at += this.#text[this.#at] === "\\" ? 2 : 1;
    this.#at++;
    return this.#text.slice(start, this.#at);
  }

  #space(): void {
    while (/\s/.test(this.#text[this.#at] ?? "")) this.#at++;
  }
}

function narrowed(paths: Paths, step: string | number): Paths {
  return paths.filter(([first]) => first === EACH || first === step).map(([, ...rest]) => rest);
}
