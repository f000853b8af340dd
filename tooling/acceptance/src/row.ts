import { Scene, type Implementation, type Ockam } from "./scene.ts";
import type { Step } from "./step.ts";

/** A row of the acceptance table: what must hold for every `ockam` command that may run it. */
export interface Row {
  readonly id: string;
  readonly title: string;
  /** Command lines that come first and must succeed. */
  readonly given?: readonly string[];
  readonly steps: readonly Step[];
  /** Why the implementations deliberately behave differently; needed when a step is of one of them alone. */
  readonly differs?: string;
  /** Only this implementation can run the row. */
  readonly only?: Implementation;
}

/**
 * Plays the row with the command from an empty state folder, ends every process that it started and removes the
 * folder, also when it fails. Rejects with what was expected and what came.
 */
export async function runRow(row: Row, ockam: Ockam): Promise<void> {
  await using scene = new Scene(ockam);
  for (const line of row.given ?? []) {
    const outcome = await scene.run(line);
    if (outcome.exitCode !== 0) {
      throw new Error(
        `ockam ${outcome.line} ended with ${outcome.exitCode}\n${outcome.stdout}${outcome.stderr}`,
      );
    }
  }
  for (const step of row.steps) await step.run(scene);
}
