import type { TestFunction } from "../src/testing.ts";

/** Runs the tests that `declare` declares and returns the names of those that fail. */
export async function failuresOf(declare: (test: TestFunction) => void): Promise<readonly string[]> {
  const declared: { name: string; run: () => Promise<void> }[] = [];
  declare((name, run) => declared.push({ name, run }));
  if (declared.length === 0) throw new Error("the suite declares no test");
  const failures: string[] = [];
  for (const { name, run } of declared) {
    try {
      await run();
    } catch {
      failures.push(name);
    }
  }
  return failures;
}
