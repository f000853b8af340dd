import { setTimeout as sleep } from "node:timers/promises";

import { isOckamError } from "@ockam/codec";

import { parseDuration } from "./duration.ts";
import { duration, flag, parsed, type Option } from "./option.ts";
import type { Terminal } from "./terminal.ts";
import { usageError } from "./usage-error.ts";

/** How often a command is tried when only the delay is given. */
export const DEFAULT_TRIES = 3;
/** Milliseconds between two tries when only their number is given. */
export const DEFAULT_RETRY_DELAY = 5000;
/** The most milliseconds by which a delay is prolonged at random, so that many do not come back at once. */
export const MAX_RETRY_JITTER = 5000;

/** What was typed wrongly, or cancelled, is not tried again. */
const IN_VAIN = /^OCKAM_CLI_(USAGE|CANCELLED)/;

/** Values of {@link RETRY_OPTIONS}. */
export interface RetryValues {
  readonly retryCount: number | undefined;
  readonly retryDelay: number | undefined;
  readonly noRetry: boolean;
}

/** The options of commands that may be tried again. */
export const RETRY_OPTIONS: { readonly [Name in keyof RetryValues]: Option<RetryValues[Name]> } = {
  retryCount: parsed("N", "How often to try", readCount, { hidden: true, aliases: ["retry"] }),
  retryDelay: duration("How long to wait before the next try", { hidden: true }),
  noRetry: flag("Try once, whatever the environment says", { hidden: true }),
};

/**
 * Does the work, and again when it fails, if the options or `OCKAM_COMMAND_RETRY_COUNT` and
 * `OCKAM_COMMAND_RETRY_DELAY` ask for it, after a pause (`wait`). Rejects with the last error; at once with one that no other try would mend.
 */
export async function retried<T>(
  values: RetryValues,
  terminal: Terminal,
  work: () => Promise<T>,
  wait: (milliseconds: number) => Promise<unknown> = (time) =>
    sleep(time, undefined, { signal: terminal.signal }),
): Promise<T> {
  const { delay, tries } = planOf(values, process.env);
  for (let left = tries - 1; ; left--) {
    try {
      return await work();
    } catch (error) {
      if (left <= 0 || !isOckamError(error) || IN_VAIN.test(error.code)) throw error;
      terminal.warn(`${error.message}. Trying again, ${left === 1 ? "once" : `${left} times`} at most`);
    }
    await wait(delay + Math.random() * Math.min(delay / 2, MAX_RETRY_JITTER));
  }
}

function planOf(values: RetryValues, env: NodeJS.ProcessEnv): { tries: number; delay: number } {
  const count = env["OCKAM_COMMAND_RETRY_COUNT"];
  const wait = env["OCKAM_COMMAND_RETRY_DELAY"];
  const tries = values.retryCount ?? (count === undefined ? undefined : readCount(count));
  const delay = values.retryDelay ?? (wait === undefined ? undefined : parseDuration(wait));
  if (values.noRetry || (tries === undefined && delay === undefined)) return { tries: 1, delay: 0 };
  return { tries: tries ?? DEFAULT_TRIES, delay: delay ?? DEFAULT_RETRY_DELAY };
}

function readCount(typed: string): number {
  if (/^\d{1,9}$/.test(typed)) return Number(typed);
  throw usageError(`'${typed}' is not how often to try`, "give a whole number, like 3");
}
