import { Scene, type Implementation, type Ockam } from "./scene.ts";
import type { Step } from "./step.ts";

/** `time`: it waits for credentials to expire. `broker`: the variable `{broker}` is the port of a Kafka broker. */
export type RowNeed = "time" | "broker";

/** What has an id of the acceptance table. */
export interface Entry {
  /** A letter and a number as in the table; rows of our own have a small letter between them. */
  readonly id: string;
  readonly title: string;
  readonly steps: readonly Step[];
  /** Why the implementations deliberately behave differently; needed when a step is of one of them alone. */
  readonly differs?: string;
}

/** A row of the acceptance table: what must hold for every `ockam` command that may run it. */
export interface Row extends Entry {
  /** Command lines that come first and must succeed. */
  readonly given?: readonly string[];
  /** Rows whose precondition is this one: in this order, each goes on where the one before it has ended. */
  readonly next?: readonly Entry[];
  /** Only this implementation can run the row. */
  readonly only?: Implementation;
  /** What it takes that not every run has: the suites of live peers do. */
  readonly needs?: RowNeed;
}

/** The row, and those that go on where it ends. */
export function entriesOf(row: Row): readonly Entry[] {
  return [row, ...(row.next ?? [])];
}

/**
 * Plays the row with the command from an empty state folder and with these variables, then those that go on where it ends; ends every process
 * that they started and removes the folder, also when one fails. Rejects with what was expected and what came.
 */
export async function runRow(
  row: Row,
  ockam: Ockam,
  variables: Readonly<Record<string, string>> = {},
): Promise<void> {
  await using scene = new Scene(ockam);
  for (const [name, value] of Object.entries(variables)) scene.set(name, value);
  for (const line of row.given ?? []) {
    const outcome = await scene.run(line);
    if (outcome.exitCode !== 0) {
      throw new Error(
        `ockam ${outcome.line} ended with ${outcome.exitCode}\n${outcome.stdout}${outcome.stderr}`,
      );
    }
  }
  for (const entry of entriesOf(row)) await play(entry, scene);
}

async function play({ id, steps }: Entry, scene: Scene): Promise<void> {
  try {
    for (const step of steps) await step.run(scene);
  } catch (error) {
    throw new Error(`${id}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
