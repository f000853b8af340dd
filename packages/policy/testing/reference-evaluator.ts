// Evaluates policies on a stack machine, one step after the other, to have something to compare the evaluator with.
import type { Expression } from "../src/expression.ts";
import type { Environment, PolicyValue } from "../src/policy-value.ts";

/** What an expression comes to, or the kind of error. */
export type Outcome = { readonly value: PolicyValue } | { readonly error: string };

type Step = () => void;

class Failure extends Error {}

const ARITY: ReadonlyMap<string, readonly [least: number, most: number]> = new Map([
  ["not", [1, 1]],
  ["if", [3, 3]],
  ["=", [2, Infinity]],
  ["<", [2, Infinity]],
  [">", [2, Infinity]],
  ["member?", [2, 2]],
]);

export function referenceOutcome(expression: Expression, environment: Environment): Outcome {
  const steps: Step[] = [];
  const values: PolicyValue[] = [];
  const evaluate = (term: Expression): void => {
    steps.push(() => enter(term));
  };
  const enter = (term: Expression): void => {
    if (term.kind === "identifier") {
      const bound = environment.get(term.name);
      if (bound === undefined) throw new Failure("UNBOUND");
      values.push(bound);
    } else if (term.kind === "sequence") {
      gather(term.items, (items) => items);
    } else if (term.kind === "list") {
      enterList(term.items);
    } else {
      values.push(term.value);
    }
  };
  // Steps run last in, first out: what is to come after is pushed before.
  const gather = (terms: readonly Expression[], finish: (found: PolicyValue[]) => PolicyValue): void => {
    steps.push(() => {
      values.push(finish(terms.length === 0 ? [] : values.splice(-terms.length)));
    });
    for (const term of terms.toReversed()) evaluate(term);
  };
  const walk = (terms: readonly Expression[], stop: boolean): void => {
    const [term, ...others] = terms;
    if (term === undefined) return void values.push(!stop);
    if (others.length > 0) {
      steps.push(() => {
        const value = values.pop();
        if (typeof value !== "boolean") throw new Failure("INVALID_TYPE");
        if (value === stop) values.push(value);
        else walk(others, stop);
      });
    }
    evaluate(term);
  };
  const enterList = (items: readonly Expression[]): void => {
    const [head, ...rest] = items;
    if (head === undefined) return void values.push(null);
    if (head.kind !== "identifier") throw new Failure("INVALID_TYPE");
    const [least, most] = ARITY.get(head.name) ?? [0, Infinity];
    if (rest.length < least || rest.length > most) throw new Failure("MALFORMED");
    switch (head.name) {
      case "and":
      case "or":
        return walk(rest, head.name === "or");
      case "not":
        return gather(rest, ([value]) => !truth(value));
      case "if":
        steps.push(() => evaluate(item(rest, truth(values.pop()) ? 1 : 2)));
        return evaluate(item(rest, 0));
      case "=":
        return gather(rest, (found) => pairs(found).every(([a, b]) => rank(a, b) === 0));
      case "!=":
        return gather(rest, (found) => pairs(found).some(([a, b]) => rank(a, b) !== 0));
      case "<":
        return gather(rest, (found) => pairs(found).every(([a, b]) => rank(a, b) < 0));
      case ">":
        return gather(rest, (found) => pairs(found).every(([a, b]) => rank(a, b) > 0));
      case "member?":
        return gather(rest, (found) => {
          const sequence = item(found, 1);
          if (!Array.isArray(sequence)) throw new Failure("INVALID_TYPE");
          return (sequence as PolicyValue[]).some((member) => rank(item(found, 0), member) === 0);
        });
      case "exists?":
        for (const term of rest) {
          if (term.kind !== "identifier") throw new Failure("INVALID_TYPE");
          if (!environment.has(term.name)) return void values.push(false);
        }
        return void values.push(true);
      default:
        throw new Failure("UNKNOWN_OPERATION");
    }
  };

  evaluate(expression);
  try {
    for (let step = steps.pop(); step !== undefined; step = steps.pop()) step();
  } catch (error) {
    if (error instanceof Failure) return { error: error.message };
    throw error;
  }
  return { value: item(values, 0) };
}

function truth(value: PolicyValue | undefined): boolean {
  if (typeof value !== "boolean") throw new Failure("INVALID_TYPE");
  return value;
}

function item<T>(items: readonly T[], index: number): T {
  const found = items[index];
  if (found === undefined) throw new RangeError(`there is no item ${index}`);
  return found;
}

function pairs(values: readonly PolicyValue[]): (readonly [PolicyValue, PolicyValue])[] {
  return values.slice(1).map((value, index) => [item(values, index), value] as const);
}

/** Negative, 0 or positive; NaN where two values have no order. */
function rank(left: PolicyValue, right: PolicyValue): number {
  if (Array.isArray(left) && Array.isArray(right)) {
    if (left.length !== right.length) return left.length - right.length;
    const ranks = (left as PolicyValue[]).map(
      (value, index) => () => rank(value, item(right as PolicyValue[], index)),
    );
    for (const next of ranks) {
      const found = next();
      if (found !== 0) return found;
    }
    return 0;
  }
  if (left === null && right === null) return 0;
  if (typeof left !== typeof right || left === null || right === null) throw new Failure("TYPE_MISMATCH");
  if (Array.isArray(left) || Array.isArray(right)) throw new Failure("TYPE_MISMATCH");
  if (typeof left === "string") return rankText(left, right as string);
  if (typeof left === "number" && (Number.isNaN(left) || Number.isNaN(right))) return Number.NaN;
  return left < (right as typeof left) ? -1 : left > (right as typeof left) ? 1 : 0;
}

/** Characters have the order of their UTF-8 bytes. */
function rankText(left: string, right: string): number {
  const [a, b] = [Array.from(left), Array.from(right)];
  const index = a.findIndex((character, at) => character !== b[at]);
  if (index < 0) return a.length - b.length;
  return (a[index]?.codePointAt(0) ?? -1) - (b[index]?.codePointAt(0) ?? -1);
}
