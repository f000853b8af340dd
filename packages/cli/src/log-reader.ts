import { closeSync, fstatSync, openSync, readSync } from "node:fs";

import { nextLogFile, previousLogFile } from "@ockam/node/state";

/** How much of a log is read at once, in bytes. */
export const LOG_CHUNK_LENGTH = 65_536;

const NEWLINE = 0x0a;

/** How far a log was read. */
export interface LogPosition {
  readonly path: string;
  /** In bytes. */
  readonly offset: number;
}

/** Lines of a log, and where those that come later begin. */
export interface LogPart {
  readonly lines: readonly string[];
  readonly end: LogPosition;
}

/** The last lines of the log whose newest file is at `path`: of that one, and of those before as long as it takes. */
export function lastLogLines(path: string, count: number): LogPart {
  const end = { path, offset: endOfLastLine(path) };
  let file: string | undefined = path;
  let lines: readonly string[] = [];
  while (file !== undefined && lines.length < count) {
    lines = [...lastLinesOf(file, count - lines.length), ...lines];
    file = previousLogFile(file);
  }
  return { lines, end };
}

/**
 * What comes after a position, over all files that follow it, until the log is removed. `pause` is called when there is
 * nothing new; false ends it.
 */
export async function* followLog(
  from: LogPosition,
  pause: () => Promise<boolean>,
): AsyncGenerator<readonly string[], void> {
  let { offset, path } = from;
  let next: string | undefined;
  for (;;) {
    const { lines, read } = linesAt(path, offset);
    if (read > 0) {
      offset += read;
      yield lines;
      continue;
    }
    // What was written before the next file was there has been read now.
    if (next !== undefined) [path, offset, next] = [next, 0, undefined];
    else {
      const follower = followerOf(path);
      if (follower === "gone") return;
      next = follower?.path;
      if (next === undefined && !(await pause())) return;
    }
  }
}

/** The file after that one; undefined as long as there is none. */
function followerOf(path: string): { readonly path: string } | "gone" | undefined {
  try {
    const next = nextLogFile(path);
    return next === undefined ? undefined : { path: next };
  } catch {
    // The folder went with the node.
    return "gone";
  }
}

/** The whole lines from `offset` on, and how long they are. Of a line that is longer than a chunk, what there is. */
function linesAt(path: string, offset: number): { readonly lines: readonly string[]; readonly read: number } {
  const bytes = bytesAt(path, offset);
  const newline = bytes.lastIndexOf(NEWLINE);
  const read = newline < 0 && bytes.length === LOG_CHUNK_LENGTH ? bytes.length : newline + 1;
  const text = bytes.toString("utf8", 0, newline < 0 ? read : newline);
  return { lines: read === 0 ? [] : text.split("\n"), read };
}

function bytesAt(path: string, offset: number): Buffer {
  try {
    return withFile(path, (file) => readAt(file, offset, LOG_CHUNK_LENGTH));
  } catch {
    // Removed, as one that is too old.
    return Buffer.alloc(0);
  }
}

function lastLinesOf(path: string, count: number): readonly string[] {
  return withFile(path, (file) => {
    const pieces: Buffer[] = [];
    let start = fstatSync(file).size;
    let newlines = 0;
    // The last line ends with a newline itself.
    while (start > 0 && newlines <= count) {
      const length = Math.min(LOG_CHUNK_LENGTH, start);
      start -= length;
      const piece = readAt(file, start, length);
      newlines += piece.reduce((sum, byte) => sum + (byte === NEWLINE ? 1 : 0), 0);
      pieces.unshift(piece);
    }
    const lines = Buffer.concat(pieces).toString("utf8").split("\n");
    // Behind the last newline there is nothing, or a line that is being written.
    return lines.slice(0, -1).slice(-count);
  });
}

function endOfLastLine(path: string): number {
  return withFile(path, (file) => {
    const { size } = fstatSync(file);
    const start = Math.max(0, size - LOG_CHUNK_LENGTH);
    const newline = readAt(file, start, size - start).lastIndexOf(NEWLINE);
    return newline < 0 ? size : start + newline + 1;
  });
}

function readAt(file: number, offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(file, bytes, 0, length, offset));
}

function withFile<T>(path: string, work: (file: number) => T): T {
  const file = openSync(path, "r");
  try {
    return work(file);
  } finally {
    closeSync(file);
  }
}
