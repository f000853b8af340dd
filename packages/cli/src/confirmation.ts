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
 * @throws OckamError OCKAM_CLI_CONFIRMATION_REQUIRED without a dialogue: nobody can be asked
 */
export async function askToConfirm(question: string, dialogue: Dialogue | undefined): Promise<boolean> {
  if (dialogue === undefined) {
    throw new OckamError("OCKAM_CLI_CONFIRMATION_REQUIRED", "Use --yes to confirm", {
      details: { hint: "run the command again with --yes" },
    });
  }
  using reader = createInterface(dialogue);
  const answer = await reader.question(`${question} [Y/n] `);
  return /^(y|yes)?$/i.test(answer.trim());
}

/** Asks for one line, and returns it without white space at its ends. */
export async function askForLine(question: string, dialogue: Dialogue): Promise<string> {
  using reader = createInterface(dialogue);
  return (await reader.question(`${question} `)).trim();
}
