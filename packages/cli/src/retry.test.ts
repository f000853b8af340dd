import { OckamError } from "@ockam/codec";
import { afterEach, describe, expect, test, vi } from "vitest";

import { DEFAULT_RETRY_DELAY, DEFAULT_TRIES, MAX_RETRY_JITTER, retried, type RetryValues } from "./retry.ts";
import type { Terminal } from "./terminal.ts";
import { usageError } from "./usage-error.ts";

const warnings: string[] = [];
const terminal = { warn: (line: string) => warnings.push(line) } as unknown as Terminal;
const failure = new OckamError("OCKAM_NODE_CONNECT_FAILED", "nobody listens there");

afterEach(() => {
  warnings.length = 0;
  vi.unstubAllEnvs();
});

function values(given: Partial<RetryValues> = {}): RetryValues {
  return { retryCount: undefined, retryDelay: undefined, noRetry: false, ...given };
}

/** How often the work is done that always fails. */
async function tries(given: Partial<RetryValues>, error: Error = failure): Promise<number> {
  let count = 0;
  const work = (): Promise<never> => {
    count++;
    return Promise.reject(error);
  };
  await expect(retried(values(given), terminal, work)).rejects.toBe(error);
  return count;
}

describe("a command is tried", () => {
  test("once unless it is told otherwise", async () => {
    expect(await tries({})).toBe(1);
    expect(warnings).toEqual([]);
  });

  test("as often as --retry-count says, with a warning before each further try", async () => {
    expect(await tries({ retryCount: 3, retryDelay: 0 })).toBe(3);
    expect(warnings).toEqual([
      "nobody listens there. Trying again, 2 times at most",
      "nobody listens there. Trying again, once at most",
    ]);
    expect(await tries({ retryCount: 0, retryDelay: 0 })).toBe(1);
  });

  test("three times with --retry-delay alone", async () => {
    expect(await tries({ retryDelay: 0 })).toBe(DEFAULT_TRIES);
  });

  test("until it succeeds", async () => {
    let count = 0;
    const work = (): Promise<string> => (++count < 3 ? Promise.reject(failure) : Promise.resolve("done"));
    expect(await retried(values({ retryCount: 5, retryDelay: 0 }), terminal, work)).toBe("done");
    expect(count).toBe(3);
  });

  test("as the environment says, which the options overrule", async () => {
    vi.stubEnv("OCKAM_COMMAND_RETRY_COUNT", "2");
    vi.stubEnv("OCKAM_COMMAND_RETRY_DELAY", "0ms");
    expect(await tries({})).toBe(2);
    expect(await tries({ retryCount: 4 })).toBe(4);
    expect(await tries({ noRetry: true, retryCount: 4 })).toBe(1);
    vi.stubEnv("OCKAM_COMMAND_RETRY_COUNT", "often");
    await expect(retried(values(), terminal, async () => "done")).rejects.toMatchObject({
      code: "OCKAM_CLI_USAGE",
    });
  });

  test("once when its arguments make no sense, or when it is the program's fault", async () => {
    expect(await tries({ retryCount: 3, retryDelay: 0 }, usageError("no"))).toBe(1);
    expect(await tries({ retryCount: 3, retryDelay: 0 }, new TypeError("no"))).toBe(1);
  });

  test("again after the delay, which is prolonged by half of it and five seconds at most", async () => {
    const pauses: number[] = [];
    const wait = (milliseconds: number): Promise<void> => Promise.resolve(void pauses.push(milliseconds));
    const work = (): Promise<never> => Promise.reject(failure);
    const once = { retryCount: 2 };
    await expect(retried(values(once), terminal, work, wait)).rejects.toBe(failure);
    await expect(retried(values({ ...once, retryDelay: 60_000 }), terminal, work, wait)).rejects.toBe(
      failure,
    );
    expect(pauses[0]).toBeGreaterThanOrEqual(DEFAULT_RETRY_DELAY);
    expect(pauses[0]).toBeLessThanOrEqual(DEFAULT_RETRY_DELAY * 1.5);
    expect(pauses[1]).toBeGreaterThanOrEqual(60_000);
    expect(pauses[1]).toBeLessThanOrEqual(60_000 + MAX_RETRY_JITTER);
  });
});
