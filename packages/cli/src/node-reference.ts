import { OckamError } from "@ockam/codec";

import { usageError } from "./usage-error.ts";

/**
 * The name in a reference to a node: `n1` or `/node/n1`.
 * @throws OckamError OCKAM_CLI_USAGE for a route that is more than a node.
 */
export function parseNodeReference(text: string): string {
  const name = text.startsWith("/") ? /^\/node\/([^/]+)$/.exec(text)?.[1] : text;
  if (name === undefined || name === "") {
    throw usageError(`'${text}' does not name a node`, "give a node's name, like n1 or /node/n1");
  }
  return name;
}

/** Whether a node may be called so: letters, digits, `_` and `-`. */
export function isNodeName(name: string): boolean {
  return /^[\p{L}\p{N}_-]+$/u.test(name);
}

/**
 * Checks the name of a node that is to be created: letters, digits, `_` and `-`. Returns it.
 * @throws OckamError OCKAM_CLI_INVALID_NODE_NAME
 */
export function expectNodeName(name: string): string {
  if (isNodeName(name)) return name;
  throw new OckamError(
    "OCKAM_CLI_INVALID_NODE_NAME",
    `Invalid value for NAME_OR_CONFIGURATION: '${name}' is neither a node name nor an existing configuration file`,
    { details: { hint: "name the node with letters, digits, '_' and '-' only" } },
  );
}
