import { OckamError } from "@ockam/codec";

import type { Terminal } from "../terminal.ts";
import { readSource } from "../text-source.ts";
import { usageError } from "../usage-error.ts";
import { isConfiguration } from "./node-configuration.ts";
import { MAX_VARIABLE_LENGTH, MAX_VARIABLES } from "./variables.ts";

/** The text of a configuration, and the name of the node when that was typed besides it. */
export interface ConfigurationSource {
  readonly text: string;
  /** What errors call it. */
  readonly label: string;
  readonly name: string | undefined;
}

/**
 * Finds the configuration of `node create`: the argument is a URL, a file, `-`, a configuration, or else the name of
 * a node. Without one there is an empty configuration.
 * @throws OckamError OCKAM_CLI_USAGE when it is given twice, and those of `readSource`
 */
export async function findConfiguration(
  argument: string | undefined,
  inline: string | undefined,
  terminal: Terminal,
): Promise<ConfigurationSource> {
  const input = terminal.source("the configuration");
  const found = argument === undefined ? undefined : await readSource(argument, input);
  const isName = found === undefined || (found.kind === "text" && !isConfiguration(found.text));
  if (!isName && inline !== undefined) {
    throw usageError(`the configuration is given twice: ${found.label} and --configuration`, "give it once");
  }
  if (!isName) return { text: found.text, label: labelOf(found), name: undefined };
  if (inline === undefined) return { text: "{}", label: "the command line", name: argument };
  const given = await readSource(inline, input);
  return { text: given.text, label: labelOf(given), name: argument };
}

function labelOf({ kind, label }: { readonly kind: string; readonly label: string }): string {
  return kind === "text" ? "configuration" : label;
}

/**
 * Reads the values of `--variable`.
 * @throws OckamError OCKAM_CLI_INVALID_VARIABLE
 */
export function readVariablePairs(pairs: readonly string[]): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  for (const pair of pairs) {
    const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(pair) ?? [];
    if (name === undefined || value === undefined) {
      throw invalid(`'${pair.split("=")[0]}' is no variable`, "write --variable NAME=VALUE");
    }
    if (value === "") throw invalid(`Empty value for variable '${name}'`, `write --variable ${name}=VALUE`);
    if (value.length > MAX_VARIABLE_LENGTH) {
      throw invalid(`the variable ${name} is longer than ${MAX_VARIABLE_LENGTH} characters`);
    }
    if (variables.has(name)) throw invalid(`the variable ${name} was given twice`, "give it once");
    variables.set(name, value);
  }
  if (variables.size > MAX_VARIABLES) throw invalid(`more than ${MAX_VARIABLES} variables were given`);
  return variables;
}

function invalid(message: string, hint?: string): OckamError {
  return new OckamError(
    "OCKAM_CLI_INVALID_VARIABLE",
    message,
    hint === undefined ? {} : { details: { hint } },
  );
}
