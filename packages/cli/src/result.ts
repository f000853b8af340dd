import { coloured } from "./json-colours.ts";
import { createStyle, type Style } from "./style.ts";

/** What a command found out, in the forms that it can be printed in. */
export interface Result {
  /** For `--output json`, and for pipes when there is no `machine` form. */
  json(): unknown;
  /** One value a line, for pipes: what the next command takes. */
  readonly machine?: string;
  /** Whether that form goes out without a newline behind it: for readers that take one as part of the value. */
  readonly isBare?: boolean;
  /** For people at a terminal. */
  plain(style: Style): string;
  /** What they may do next, a line each: on standard error, below the result. */
  next?(style: Style): readonly string[];
}

/** How the result is to be printed. */
export interface Presentation {
  readonly json: boolean;
  readonly compact: boolean;
  readonly jq: string | undefined;
  readonly stdoutIsTty: boolean;
  readonly style: Style;
}

/**
 * The text for standard output, without a final newline. JSON when asked for; else at a terminal the plain form, and
 * in a pipe the machine form when there is one, else JSON.
 * @throws OckamError OCKAM_CLI_INVALID_JQ_FILTER
 */
export async function presentResult(result: Result, how: Presentation): Promise<string> {
  if (how.jq !== undefined) {
    const { filterJson } = await import("./jq.ts");
    return shownJson(await filterJson(await result.json(), how.jq, how.compact), how);
  }
  if (how.json || how.compact) return shownJson(formatJson(await result.json(), how.compact), how);
  if (how.stdoutIsTty) return result.plain(how.style);
  return result.machine ?? formatJson(await result.json(), false);
}

/** Programs read it in a pipe, whatever FORCE_COLOR says. */
function shownJson(json: string, { stdoutIsTty, style }: Presentation): string {
  return stdoutIsTty ? coloured(json, style) : json;
}

/** A result that looks the same in a pipe as at a terminal. */
export function plainResult(json: unknown, plain: (style: Style) => string): Result {
  return { json: () => json, machine: plain(createStyle(false)), plain };
}

/** The result of a command about a set that is empty. */
export function emptyResult(sentence: string): Result {
  return { json: () => [], plain: (style) => style.info(sentence) };
}

/** JSON with its keys in alphabetical order, by default indented with two spaces. */
export function formatJson(value: unknown, compact = false): string {
  return JSON.stringify(value, sortKeys, compact ? undefined : 2) ?? "null";
}

function sortKeys(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
