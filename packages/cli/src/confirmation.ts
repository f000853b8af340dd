import { createInterface } from "node:readline/promises";

import { OckamError } from "@ockam/codec";

/**
 * Asks a question that is answered with yes (the default) or no.
 * @throws OckamError OCKAM_CLI_CONFIRMATION_REQUIRED when `canAsk` is false.
 */
export async function askToConfirm(question: string, canAsk: boolean): Promise<boolean> {
  if (!canAsk) {
    throw new OckamError("OCKAM_CLI_CONFIRMATION_REQUIRED", "Use --yes to confirm", {
      details: { hint: "run the command again with --yes" },
    });
  }
  using reader = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await reader.question(`${question} [Y/n] `);
  return /^(y|yes)?$/i.test(answer.trim());
}
