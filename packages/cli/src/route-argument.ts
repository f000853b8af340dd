import { usageError } from "./usage-error.ts";

const SELF = "self";

/**
 * Reads a route to a node, or `self`, which is a channel of the node to itself.
 * @throws OckamError OCKAM_CLI_USAGE for a word that is neither
 */
export function parseRouteToNode(text: string): string {
  if (text === SELF) return "/secure/api";
  if (text.startsWith("/")) return text;
  throw usageError(
    `'${text}' is neither a route nor '${SELF}'`,
    `a route begins with /: did you mean /node/${text}/secure/api?`,
  );
}
