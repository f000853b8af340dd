import { createInterface } from "node:readline/promises";
import type { Readable, Writable } from "node:stream";

import { OckamError } from "@ockam/codec";

/** How long after Esc more may come that makes another key of it, ms. */
const ESCAPE_TIMEOUT = 50;

/** Where somebody can be asked. */
export interface Dialogue {
  readonly input: Readable;
  readonly output: Writable & { readonly columns?: number; readonly rows?: number };
  /** Ends a question that nobody has answered. */
  readonly signal?: AbortSignal;
}

/**
 * Asks a question that is answered with yes (the default) or no.
 * @throws OckamError OCKAM_CLI_CONFIRMATION_REQUIRED without a dialogue: nobody can be asked; those of {@link askForLine}
 */
export async function askToConfirm(question: string, dialogue: Dialogue | undefined): Promise<boolean> {
  if (dialogue === undefined) {
    throw new OckamError("OCKAM_CLI_CONFIRMATION_REQUIRED", "Use --yes to confirm", {
      details: { hint: "run the command again with --yes" },
    });
  }
  return /^(y|yes)?$/i.test(await askForLine(`${question} [Y/n]`, dialogue));
}

/**
 * Asks for one line, and returns it without white space at its ends.
 * @throws OckamError OCKAM_CLI_CANCELLED after Ctrl-C, Ctrl-D or Esc; the reason of the dialogue's signal
 */
export async function askForLine(question: string, dialogue: Dialogue): Promise<string> {
  const { input, output, signal } = dialogue;
  const given = new AbortController();
  const onKey = (_text: string | undefined, key: { readonly name?: string }): void => {
    if (key.name === "escape") given.abort();
  };
  using reader = createInterface({ input, output, escapeCodeTimeout: ESCAPE_TIMEOUT });
  input.on("keypress", onKey);
  try {
    const ending = signal === undefined ? given.signal : AbortSignal.any([signal, given.signal]);
    return (await reader.question(`${question} `, { signal: ending })).trim();
  } catch (cause) {
    if (!(cause instanceof Error) || cause.name !== "AbortError") throw cause;
    output.write("\n");
    signal?.throwIfAborted();
    throw cancelled(cause);
  } finally {
    input.removeListener("keypress", onKey);
  }
}

/** The error of a question that was answered with Ctrl-C or Esc: OCKAM_CLI_CANCELLED. */
export function cancelled(cause?: unknown): OckamError {
  return new OckamError("OCKAM_CLI_CANCELLED", "Cancelled: nothing was done", { cause });
}
