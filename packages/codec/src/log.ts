/** How much attention an entry deserves. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** One thing that happened: `area` is the package or worker, `error` its cause when there is one. */
export interface LogEntry {
  readonly level: LogLevel;
  readonly area: string;
  readonly message: string;
  readonly error?: unknown;
}

/** Where a library reports what it cannot return. Libraries never print; the owner hands in a sink. */
export type Log = (entry: LogEntry) => void;

/** The default sink: drops every entry. */
export const silentLog: Log = () => {};
