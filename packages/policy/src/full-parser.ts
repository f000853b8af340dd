// Reads the full form of a policy. docs/protocol/policies.md, "The full form".
import { checkSequence } from "./check-expression.ts";
import { MAX_POLICY_DEPTH } from "./constants.ts";
import type { Expression } from "./expression.ts";
import { beginsWithOperator, OPERATORS } from "./expression.ts";
import { tokenize } from "./lexer.ts";
import type { Token } from "./lexer.ts";
import { tooLarge } from "./policy-error.ts";
import { excerpt } from "./policy-text.ts";
import type { ParseFailure } from "./policy-text.ts";
import type { PolicyWarning } from "./policy-warning.ts";

/** An expression that was read. */
export interface FullForm {
  readonly expression: Expression;
  readonly warnings: readonly PolicyWarning[];
}

interface Open {
  readonly kind: "list" | "sequence";
  readonly offset: number;
  readonly items: Expression[];
}

/**
 * Reads a full policy expression.
 * @throws OckamError OCKAM_POLICY_TOO_LARGE when it nests too deep.
 */
export function parseFullForm(text: string): FullForm | ParseFailure {
  const tokens = tokenize(text);
  if ("reason" in tokens) return tokens;
  const read = readItems(text, tokens);
  if ("reason" in read) return read;
  const [only] = read.items;
  if (only === undefined) return { offset: 0, reason: "empty expression value" };
  const expression: Expression =
    read.items.length === 1 && !read.closed ? only : { kind: "list", items: read.items };
  if (beginsWithOperator(expression)) return { expression, warnings: read.closed ? [STRAY] : [] };
  return {
    offset: tokens[0]!.offset,
    reason: `The first identifier of the expression: \`${excerpt(text, "start")}\` must be an operation. The available operations are: ${OPERATORS.join(", ")}`,
  };
}

const STRAY: PolicyWarning = {
  code: "stray-parenthesis",
  message: "the last `)` closes nothing; remove it, or write `(` at the beginning",
};

interface Items {
  readonly items: readonly Expression[];
  /** Whether a last `)` closed the list that has no `(`. */
  readonly closed: boolean;
}

function readItems(text: string, tokens: readonly Token[]): Items | ParseFailure {
  const outermost: Expression[] = [];
  const open: Open[] = [];
  for (const [index, { content, offset }] of tokens.entries()) {
    const inner = open.at(-1);
    const items = inner?.items ?? outermost;
    if (content === "(" || content === "[") {
      if (open.length === MAX_POLICY_DEPTH) {
        throw tooLarge(
          "nests too deep",
          MAX_POLICY_DEPTH,
          "give (or …) or (member? …) more operands instead",
        );
      }
      open.push({ kind: content === "(" ? "list" : "sequence", offset, items: [] });
    } else if (content !== ")" && content !== "]") {
      items.push(content);
    } else if (
      inner === undefined &&
      content === ")" &&
      index === tokens.length - 1 &&
      isOperation(outermost)
    ) {
      return { items: outermost, closed: true };
    } else if (inner === undefined || (inner.kind === "list") !== (content === ")")) {
      return {
        offset,
        reason: `this \`${content}\` closes nothing; remove it${inner === undefined ? "" : ` or close the \`${text[inner.offset]}\` before it`}`,
      };
    } else {
      open.pop();
      const mismatch = inner.kind === "sequence" ? checkSequence(inner.items) : undefined;
      if (mismatch !== undefined) return { offset: inner.offset, reason: mismatch };
      const parent = open.at(-1)?.items ?? outermost;
      parent.push({ kind: inner.kind, items: inner.items });
    }
  }
  const unclosed = open.at(-1);
  if (unclosed === undefined) return { items: outermost, closed: false };
  return {
    offset: text.length,
    reason: `the \`${text[unclosed.offset]}\` at character ${unclosed.offset + 1} is not closed`,
  };
}

function isOperation([first]: readonly Expression[]): boolean {
  return first?.kind === "identifier" && OPERATORS.includes(first.name);
}
