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
 * Deletes the item that was named, those that somebody chooses, or all, after asking. Nothing to delete is no failure,
 * and neither is naming nothing. Of several, one that cannot be deleted is a warning.
 * @throws OckamError OCKAM_CLI_NOT_FOUND, OCKAM_CLI_CONFIRMATION_REQUIRED, OCKAM_CLI_USAGE for a name with `all`
 */
export async function deleteItems(options: DeleteItemsOptions): Promise<Result | undefined> {
  const { all, existing, kind, name, terminal, yes } = options;
  if (all && name !== undefined)
    throw usageError("--all and a name exclude each other", "leave out one of them");
  if (existing.length === 0) return emptyResult(`There is no ${kind} to delete`);
  const wanted = all ? existing : await wantedItems(options);
  if (wanted === undefined) {
    return emptyResult(
      `Nothing was deleted: name a ${kind}, or give --all. There is: ${existing.join(", ")}`,
    );
  }
  const [one] = wanted.length === 1 ? wanted : [];
  const what = all ? `every ${kind}` : one === undefined ? wanted.join(", ") : `the ${kind} ${one}`;
  if (!(await terminal.confirm(`Delete ${what}?`, yes))) return undefined;

  const deleted: string[] = [];
  for (const item of wanted) {
    terminal.signal.throwIfAborted();
    try {
      await terminal.busy(`Deleting the ${kind} ${item}`, () => options.remove(item));
      deleted.push(item);
    } catch (error) {
      if ((!all && one !== undefined) || terminal.signal.aborted || !(error instanceof Error)) throw error;
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

async function wantedItems({
  existing,
  kind,
  name,
  terminal,
}: DeleteItemsOptions): Promise<readonly string[] | undefined> {
  if (name === undefined) return terminal.selectSome(`Which ${kind} is to be deleted?`, existing);
  if (!existing.includes(name)) throw notFound(kind, name, existing);
  return [name];
}

/** The error for a name that is not among those that exist: OCKAM_CLI_NOT_FOUND. */
export function notFound(kind: string, name: string, existing: readonly string[]): OckamError {
  const guess = nearest(name, existing);
  const others = existing.length === 0 ? "there is none" : `there is: ${existing.join(", ")}`;
  const hint = guess === undefined ? others : `did you mean '${guess}'?`;
  return new OckamError("OCKAM_CLI_NOT_FOUND", `The ${kind} ${name} was not found`, { details: { hint } });
}
