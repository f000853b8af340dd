import type { Expression } from "./expression.ts";
import { formatFloat } from "./number-literal.ts";
import { formatString } from "./string-literal.ts";

/** An expression in full form, as it is stored and shown. docs/protocol/policies.md, "How it is written". */
export function formatExpression(expression: Expression): string {
  switch (expression.kind) {
    case "string":
      return formatString(expression.value);
    case "float":
      return formatFloat(expression.value);
    case "identifier":
      return expression.name;
    case "sequence":
      return `[${expression.items.map(formatExpression).join(" ")}]`;
    case "list":
      return `(${expression.items.map(formatExpression).join(" ")})`;
    default:
      return String(expression.value);
  }
}
