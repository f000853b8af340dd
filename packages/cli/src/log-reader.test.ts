import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, test } from "vitest";

import { followLog, lastLogLines, LOG_CHUNK_LENGTH } from "./log-reader.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ockam-logs-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Writes a file of the log. */
function file(name: string, text: string): string {
  const path = join(folder, `stdout.${name}.log`);
  writeFileSync(path, text);
  return path;
}

test("the last lines are those of the newest file, and of files before as long as it takes", () => {
  file("2026-11-24", "a\nb\n");
  file("2026-11-25", "c\nd\n");
  const path = file("2026-11-25.1", "e\nf\nhalf of a");
  const end = { path, offset: 4 };
  expect(lastLogLines(path, 1)).toEqual({ lines: ["f"], end });
  expect(lastLogLines(path, 3)).toEqual({ lines: ["d", "e", "f"], end });
  expect(lastLogLines(path, 99)).toEqual({ lines: ["a", "b", "c", "d", "e", "f"], end });
  expect(lastLogLines(path, 0)).toEqual({ lines: [], end });
});

test("lines that lie over the edges of what is read at once are whole", () => {
  const long = Array.from({ length: 5 }, (_, index) => `${index}é`.repeat(LOG_CHUNK_LENGTH / 3));
  const path = file("2026-11-25", `${long.join("\n")}\n`);
  expect(lastLogLines(path, 4).lines).toEqual(long.slice(1));
  expect(lastLogLines(path, 9).lines).toEqual(long);
  expect(lastLogLines(file("2026-11-26", ""), 2).lines).toEqual(long.slice(3));
});

test("what comes later is followed line by line, and over to the next files", async () => {
  const path = file("2026-11-25", "a\n");
  const steps: readonly (() => void)[] = [
    () => appendFileSync(path, "b\nc"),
    () => appendFileSync(path, "c\n"),
    () => {
      // The last words of a file, and two that came after it meanwhile.
      appendFileSync(path, "d\n");
      file("2026-11-25.1", "e\n");
      file("2026-11-26", "f\n");
    },
    () => appendFileSync(join(folder, "stdout.2026-11-26.log"), "g\n"),
  ];
  expect(await followed(path, steps)).toEqual(["b", "cc", "d", "e", "f", "g"]);
});

test("a file that is removed as too old leads to the next one; a log that is gone is the end", async () => {
  const path = file("2026-11-25", "a\n");
  const gone = (): void => rmSync(path);
  const next = (): void => void file("2026-11-26", "b\n");
  expect(await followed(path, [gone, next])).toEqual(["b"]);
  const all: string[] = [];
  for await (const lines of followLog({ path, offset: 0 }, async () => {
    rmSync(folder, { recursive: true });
    return true;
  }))
    all.push(...lines);
  expect(all).toEqual(["b"]);
});

test("a line longer than what is read at once comes in parts", async () => {
  const path = file("2026-11-25", "");
  const line = "x".repeat(LOG_CHUNK_LENGTH + 10);
  const parts = await followed(path, [() => appendFileSync(path, `${line}\n`)]);
  expect(parts.join("")).toBe(line);
});

/** What is read from the end of a file on, when these steps are done one after the other in the pauses. */
async function followed(path: string, steps: readonly (() => void)[]): Promise<readonly string[]> {
  const { end } = lastLogLines(path, 0);
  const left = [...steps];
  const found: string[] = [];
  const pause = async (): Promise<boolean> => {
    const step = left.shift();
    step?.();
    return step !== undefined;
  };
  for await (const lines of followLog(end, pause)) found.push(...lines);
  return found;
}
