import { createInterface } from "node:readline/promises";
import type { Readable, Writable } from "node:stream";

import { OckamError } from "@ockam/codec";

/** Where somebody can be asked. */
export interface Dialogue {
  readonly input: Readable;
  readonly output: Writable;
}

/**
 * Asks a question that is answered with yes (the default) or no.
 * @throws OckamError OCKAM_CLI_CONFIRMATION_REQUIRED without a dialogue: nobody can be asked; OCKAM_CLI_CANCELLED
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
 * @throws OckamError OCKAM_CLI_CANCELLED after Ctrl-C or Ctrl-D
 */
export async function askForLine(question: string, dialogue: Dialogue): Promise<string> {
  using reader = createInterface(dialogue);
  try {
    return (await reader.question(`${question} `)).trim();
  } catch (cause) {
    if (!(cause instanceof Error) || cause.name !== "AbortError") throw cause;
    dialogue.output.write("\n");
    throw new OckamError("OCKAM_CLI_CANCELLED", "Cancelled: nothing was done", { cause });
  }
}
