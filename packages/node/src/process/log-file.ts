import { appendFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";

import { isOckamError } from "@ockam/codec";
import type { Log, LogEntry } from "@ockam/codec";

import { passes } from "./log-level.ts";
import type { LogDial, LogThreshold } from "./log-level.ts";
import { FILE_MODE, makePrivateFolder } from "../state/home-folder.ts";

/** How many log files are kept unless told otherwise. */
export const MAX_LOG_FILES = 60;
/** The size at which a log file is continued in another one unless told otherwise, in bytes. */
export const MAX_LOG_FILE_LENGTH = 104_857_600;

/** How lines of a log look. */
export type LogFormat = "default" | "json";

/** Options of {@link fileLog}. */
export interface FileLogOptions {
  readonly folder: string;
  /** What is less important is left out; `off` leaves out everything. `debug` by default. */
  readonly level?: LogThreshold;
  readonly format?: LogFormat;
  readonly maxFiles?: number;
  /** In bytes. */
  readonly maxFileLength?: number;
  readonly now?: () => Date;
}

/** A log in files, and what sets how much it keeps. */
export interface FileLog extends LogDial {
  readonly log: Log;
}

/**
 * A sink that appends to `stdout.<yyyy-mm-dd>.log` in a folder, and goes on in `stdout.<yyyy-mm-dd>.<n>.log` when that
 * is full. Of old files the newest {@link FileLogOptions.maxFiles} stay. A disk that is full costs entries, not the node.
 */
export function fileLog(options: FileLogOptions): FileLog {
  const { folder, format = "default", maxFiles = MAX_LOG_FILES, now = () => new Date() } = options;
  const maxLength = options.maxFileLength ?? MAX_LOG_FILE_LENGTH;
  makePrivateFolder(folder);
  let current = "";
  let length = 0;
  const select = (date: Date): void => {
    const isFull = current !== "" && length >= maxLength;
    if (current.startsWith(logFilePath(folder, date).slice(0, -".log".length)) && !isFull) return;
    ({ path: current, length } = firstWithRoom(folder, date, maxLength));
    removeOldest(folder, maxFiles, current);
  };
  const log: Log = (entry) => {
    if (!passes(file.level, entry.level)) return;
    try {
      const date = now();
      select(date);
      const line = `${format === "json" ? jsonLine(entry, date) : plainLine(entry, date)}\n`;
      appendFileSync(current, line, { mode: FILE_MODE });
      length += Buffer.byteLength(line);
    } catch {
      // Nowhere to report it.
    }
  };
  const file: FileLog = { log, level: options.level ?? "debug" };
  return file;
}

/** The log file of a day; `part` counts from 1 for those that continue it. */
export function logFilePath(folder: string, date: Date, part = 0): string {
  const day = date.toISOString().slice(0, 10);
  return join(folder, part === 0 ? `stdout.${day}.log` : `stdout.${day}.${part}.log`);
}

/** The newest log file of a folder, or undefined. */
export function newestLogFile(folder: string): string | undefined {
  const name = logFiles(folder).at(-1);
  return name === undefined ? undefined : join(folder, name);
}

/** The log file that was begun after the one at `path`, or undefined. */
export function nextLogFile(path: string): string | undefined {
  const folder = dirname(path);
  const names = logFiles(folder);
  // One that was removed as too old has followers all the same.
  const next = names.find((name) => inOrder(name, basename(path)) > 0);
  return next === undefined ? undefined : join(folder, next);
}

/** The log file that was begun before the one at `path`, or undefined. */
export function previousLogFile(path: string): string | undefined {
  const folder = dirname(path);
  const previous = logFiles(folder).findLast((name) => inOrder(name, basename(path)) < 0);
  return previous === undefined ? undefined : join(folder, previous);
}

/** One entry as a person reads it: time, level, area, message and what caused it. */
export function plainLine(entry: LogEntry, date: Date): string {
  const level = entry.level.toUpperCase().padEnd(5);
  const text = `${entry.area}: ${entry.message}${reasonOf(entry.error)}`;
  return `${date.toISOString()} ${level} ${text.replace(CONTROL_CHARACTERS, escaped)}`;
}

// Peers choose names that end up in entries: none of them begins a line of its own, or speaks to a terminal.
const CONTROL_CHARACTERS = /\p{Cc}|[\u2028\u2029]/gu;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function jsonLine(entry: LogEntry, date: Date): string {
  const { level, area, message, error } = entry;
  const reason = error === undefined ? {} : { error: describe(error) };
  const text = JSON.stringify({ timestamp: date.toISOString(), level, area, message, ...reason });
  // Those that JSON leaves as they are.
  return text.replace(CONTROL_CHARACTERS, escaped);
}

function reasonOf(error: unknown): string {
  return error === undefined ? "" : ` (${describe(error)})`;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = isOckamError(error) ? `${error.code}: ${error.message}` : String(error);
  return error.cause === undefined ? own : `${own}; caused by ${describe(error.cause)}`;
}

function firstWithRoom(folder: string, date: Date, maxLength: number): { path: string; length: number } {
  for (let part = 0; ; part++) {
    const path = logFilePath(folder, date, part);
    const length = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (length < maxLength) return { path, length };
  }
}

function removeOldest(folder: string, maxFiles: number, current: string): void {
  const old = logFiles(folder).filter((name) => join(folder, name) !== current);
  for (const name of old.slice(0, Math.max(0, old.length - (maxFiles - 1)))) rmSync(join(folder, name));
}

/** Oldest first. */
function logFiles(folder: string): readonly string[] {
  return readdirSync(folder).filter(isLogFile).sort(inOrder);
}

/** Whether a file of a node's folder can be one of its logs, by its name. */
export function isLogFile(name: string): boolean {
  return LOG_FILE.test(name);
}

function inOrder(a: string, b: string): number {
  return compare(dayOf(a), dayOf(b)) || partOf(a) - partOf(b);
}

const LOG_FILE = /^stdout\.(\d{4}-\d\d-\d\d)(?:\.(\d+))?\.log$/;

function dayOf(name: string): string {
  return LOG_FILE.exec(name)?.[1] ?? "";
}

function partOf(name: string): number {
  return Number(LOG_FILE.exec(name)?.[2] ?? 0);
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
