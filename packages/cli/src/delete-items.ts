import { OckamError } from "@ockam/codec";

import { nearest } from "./nearest.ts";
import { emptyResult, type Result } from "./result.ts";
import type { Terminal } from "./terminal.ts";
import { usageError } from "./usage-error.ts";

/** What a command that deletes by name is about. */
export interface DeleteItemsOptions {
  readonly terminal: Terminal;
  /** What one of them is called, like `TCP inlet`. */
  readonly kind: string;
  readonly existing: readonly string[];
  readonly name: string | undefined;
  readonly all: boolean;
  readonly yes: boolean;
  remove(name: string): Promise<void>;
  /** The JSON that tells of one that was deleted. */
  json(name: string): unknown;
  /** The line for pipes; without it they get JSON. */
  machine?(name: string): string;
}

/**
 * Deletes one item or all, after asking. Nothing to delete is no failure, and neither is naming nothing. With `all`
 * an item that cannot be deleted is a warning.
 * @throws OckamError OCKAM_CLI_NOT_FOUND, OCKAM_CLI_CONFIRMATION_REQUIRED, OCKAM_CLI_USAGE for a name with `all`
 */
export async function deleteItems(options: DeleteItemsOptions): Promise<Result | undefined> {
  const { terminal, kind, existing, name, all, yes } = options;
  if (all && name !== undefined) throw usageError("--all and a name exclude each other");
  if (existing.length === 0) return emptyResult(`There is no ${kind} to delete`);
  if (name === undefined && !all) {
    return emptyResult(
      `Nothing was deleted: name a ${kind}, or give --all. There is: ${existing.join(", ")}`,
    );
  }
  if (name !== undefined && !existing.includes(name)) throw notFound(kind, name, existing);
  const question = name === undefined ? `Delete every ${kind}?` : `Delete the ${kind} ${name}?`;
  if (!(await terminal.confirm(question, yes))) return undefined;

  const deleted: string[] = [];
  for (const item of name === undefined ? existing : [name]) {
    try {
      await options.remove(item);
      deleted.push(item);
    } catch (error) {
      if (!all || !(error instanceof Error)) throw error;
      terminal.warn(`The ${kind} ${item} was not deleted: ${error.message}`);
    }
  }
  const described = deleted.map((item) => options.json(item));
  const lines = deleted.map((item) => options.machine?.(item));
  return {
    json: () => (name === undefined ? described : described[0]),
    ...(options.machine === undefined ? {} : { machine: lines.join("\n") }),
    plain: (style) =>
      deleted.map((item) => style.success(`The ${kind} ${style.name(item)} was deleted`)).join("\n"),
  };
}

/** The error for a name that is not among those that exist: OCKAM_CLI_NOT_FOUND. */
export function notFound(kind: string, name: string, existing: readonly string[]): OckamError {
  const guess = nearest(name, existing);
  const others = existing.length === 0 ? "there is none" : `there is: ${existing.join(", ")}`;
  const hint = guess === undefined ? others : `did you mean '${guess}'?`;
  return new OckamError("OCKAM_CLI_NOT_FOUND", `The ${kind} ${name} was not found`, { details: { hint } });
}
