// Reads the boolean form of a policy. docs/protocol/policies.md, "The boolean form".
//
//   expr = and *( "or" and )      and = not *( "and" not )      not = "not" not / "(" expr ")" / name [ "=" value ]
//
// The first alternative that fits is taken; one that leads nowhere is given up for the next.
import { BOOLEAN_IDENTIFIER } from "./boolean-expression.ts";
import type { BooleanExpression } from "./boolean-expression.ts";
import { MAX_POLICY_DEPTH } from "./constants.ts";
import { tooLarge } from "./policy-error.ts";
import type { ParseFailure } from "./policy-text.ts";
import type { PolicyWarning } from "./policy-warning.ts";

/** An expression that was read. */
export interface BooleanForm {
  readonly expression: BooleanExpression;
  readonly warnings: readonly PolicyWarning[];
}

/**
 * Reads a policy in boolean form.
 * @throws OckamError OCKAM_POLICY_TOO_LARGE when it nests too deep.
 */
export function parseBooleanForm(text: string): BooleanForm | ParseFailure {
  return new BooleanParser(text).parse();
}

/** An expression and how deep its full form nests. */
interface Parsed {
  readonly expression: BooleanExpression;
  readonly depth: number;
}

const BLANK = /[ \t\r\n]*/y;
const NAME = /[A-Za-z_-][A-Za-z0-9._-]*/y;
const VALUE = /=(?:([A-Za-z0-9._-]+)|"([^"]+)")/y;
const NAME_CHARACTER = /[A-Za-z0-9._-]/;
const KEYWORDS: readonly string[] = ["and", "or", "not", "true", "false"];
const TROUBLES: readonly (readonly [RegExp, string])[] = [
  [/^\s+$/, "white space at the end; remove it"],
  [
    /^\s*(?:=|!=)/,
    '"=" takes no white space around it and is followed by a value: name=value or name="a value"',
  ],
  [/^\s*(?:&&|\|\||&|\||!)/, 'parts are joined by "and", "or" and "not"'],
  [/^\s*\)/, "this `)` closes nothing; remove it"],
];

class BooleanParser {
  readonly #text: string;
  readonly #warnings: PolicyWarning[] = [];
  #offset = 0;
  #nesting = 0;
  #furthest: ParseFailure = { offset: 0, reason: "" };

  constructor(text: string) {
    this.#text = text;
  }

  parse(): BooleanForm | ParseFailure {
    const parsed = this.#expression();
    if (parsed === undefined) return this.#furthest;
    if (this.#offset === this.#text.length) {
      return { expression: parsed.expression, warnings: this.#warnings };
    }
    const rest = this.#text.slice(this.#offset);
    const parts = { parsed: this.#text.slice(0, this.#offset).trim(), rest };
    const trouble = TROUBLES.find(([pattern]) => pattern.test(rest));
    if (trouble !== undefined) return { offset: this.#offset, reason: trouble[1], parts };
    if (this.#furthest.offset > this.#offset) return { ...this.#furthest, parts };
    return { offset: this.#offset, reason: 'expected "and" or "or"', parts };
  }

  #expression(): Parsed | undefined {
    return this.#joined("or", () => this.#joined("and", () => this.#negation()));
  }

  #joined(operator: "and" | "or", next: () => Parsed | undefined): Parsed | undefined {
    let left = next();
    while (left !== undefined) {
      const right = this.#attempt(() => (this.#keyword(operator) ? next() : undefined));
      if (right === undefined) break;
      left = {
        expression: { kind: operator, left: left.expression, right: right.expression },
        depth: limited(Math.max(left.depth, right.depth) + 1),
      };
    }
    return left;
  }

  #negation(): Parsed | undefined {
    const negated = this.#attempt(() =>
      this.#keyword("not") ? this.#nested(() => this.#negation()) : undefined,
    );
    if (negated !== undefined) {
      return { expression: { kind: "not", operand: negated.expression }, depth: limited(negated.depth + 1) };
    }
    return this.#attempt(() => this.#parenthesized()) ?? this.#name();
  }

  #parenthesized(): Parsed | undefined {
    if (!this.#symbol("(")) return undefined;
    const inner = this.#nested(() => this.#expression());
    if (inner === undefined) return undefined;
    const at = this.#offset;
    if (this.#symbol(")")) return inner;
    this.#fail(at, 'expected "and", "or" or `)`');
    return undefined;
  }

  #name(): Parsed | undefined {
    const start = this.#offset;
    const name = this.#match(NAME)?.[0];
    if (name === undefined) {
      this.#fail(start, "expected a name, which begins with a letter, `_` or `-`, or `not`, or `(`");
      return undefined;
    }
    if (BOOLEAN_IDENTIFIER.test(name)) {
      if (/[A-F]/.test(name))
        this.#warn(
          "upper-case-identifier",
          `${name} matches nobody; write ${name[0]}${name.slice(1).toLowerCase()}`,
        );
      return { expression: { kind: "identifier", identifier: name }, depth: 1 };
    }
    this.#warnAbout(name);
    const match = this.#match(VALUE);
    const value = match?.[1] ?? match?.[2];
    if (value === undefined) return { expression: { kind: "name", name }, depth: 1 };
    return { expression: { kind: "value", name, value }, depth: 1 };
  }

  /** Reads `operator` and the white space around it. */
  #keyword(operator: "and" | "or" | "not"): boolean {
    if (!this.#symbol(operator, false)) return false;
    const after = this.#text[this.#offset] ?? "";
    if (NAME_CHARACTER.test(after)) {
      this.#warn(
        "glued-operator",
        `"${operator}${wordFrom(this.#text, this.#offset)}" is read as "${operator} ${wordFrom(this.#text, this.#offset)}"; if the attribute is meant, write (= subject.${operator}${wordFrom(this.#text, this.#offset)} "true")`,
      );
    }
    this.#match(BLANK);
    return true;
  }

  #symbol(symbol: string, blankAfter = true): boolean {
    this.#match(BLANK);
    if (!this.#text.startsWith(symbol, this.#offset)) return false;
    this.#offset += symbol.length;
    if (blankAfter) this.#match(BLANK);
    return true;
  }

  /** What `read` reads; nothing has happened when it reads nothing. */
  #attempt(read: () => Parsed | undefined): Parsed | undefined {
    const start = this.#offset;
    const warnings = this.#warnings.length;
    const parsed = read();
    if (parsed === undefined) {
      this.#offset = start;
      this.#warnings.length = warnings;
    }
    return parsed;
  }

  #nested(read: () => Parsed | undefined): Parsed | undefined {
    this.#nesting = limited(this.#nesting + 1);
    const parsed = read();
    this.#nesting -= 1;
    return parsed;
  }

  #match(sticky: RegExp): RegExpExecArray | null {
    sticky.lastIndex = this.#offset;
    const match = sticky.exec(this.#text);
    if (match !== null) this.#offset += match[0].length;
    return match;
  }

  #fail(offset: number, reason: string): void {
    if (this.#furthest.reason === "" || offset > this.#furthest.offset) this.#furthest = { offset, reason };
  }

  #warnAbout(name: string): void {
    if (name.startsWith("subject.")) {
      const plain = name.slice("subject.".length);
      this.#warn(
        "subject-prefix",
        `"${name}" is the attribute of that whole name; write "${plain}", or compare with (= ${name} …)`,
      );
    } else if (KEYWORDS.includes(name)) {
      this.#warn(
        "keyword-name",
        `"${name}" is read as the attribute of that name; if it is meant, write (= subject.${name} "true")`,
      );
    }
  }

  #warn(code: PolicyWarning["code"], message: string): void {
    this.#warnings.push({ code, message });
  }
}

function wordFrom(text: string, offset: number): string {
  return /^[A-Za-z0-9._-]*/.exec(text.slice(offset))![0];
}

function limited(depth: number): number {
  if (depth <= MAX_POLICY_DEPTH) return depth;
  throw tooLarge(
    "nests too deep",
    MAX_POLICY_DEPTH,
    "use the full form, where (or …) and (and …) take any number of operands",
  );
}
