import { isOckamError } from "@ockam/codec";

import { escapedLines } from "./escaped.ts";
import { hintOf } from "./hint.ts";
import type { Style } from "./style.ts";

/** Where and how an error is shown. */
export interface ErrorReportOptions {
  readonly stderr: { write(text: string): unknown };
  readonly style: Style;
  /** One line of JSON, `{"error":{"code","message","hint"}}`, instead of text. */
  readonly json: boolean;
  /** Also the causes, and the stack of an unexpected error. */
  readonly verbose: boolean;
}

/** Writes what failed, why, and what to type next. */
export function reportError(error: unknown, { stderr, style, json, verbose }: ErrorReportOptions): void {
  const { code, message, hint } = describeError(error);
  if (json) {
    const text = JSON.stringify({ error: { code, message, ...(hint === undefined ? {} : { hint }) } });
    // JSON leaves some control characters as they are.
    stderr.write(
      `${text.replaceAll(/[\u007f-\u009f]/g, (found) => `\\u00${found.charCodeAt(0).toString(16)}`)}\n`,
    );
    return;
  }
  const lines = [style.error(message)];
  if (verbose) lines.push(...causesOf(error).map((cause) => `    because: ${cause}`));
  if (hint !== undefined) lines.push(style.info(hint));
  lines.push(style.dim(`    ${code}`));
  if (verbose && !isOckamError(error) && error instanceof Error) lines.push(error.stack ?? "");
  stderr.write(`${escapedLines(lines.join("\n"))}\n`);
}

/** The parts of an error that a person or a program needs. */
export function describeError(error: unknown): {
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
} {
  if (isOckamError(error)) return { code: error.code, message: error.message, hint: hintOf(error) };
  return {
    code: "OCKAM_CLI_UNEXPECTED",
    message: error instanceof Error ? error.message : String(error),
    hint: "this is a fault of the program: run it again with -v and report what it says",
  };
}

function causesOf(error: unknown): readonly string[] {
  const causes: string[] = [];
  for (let at = error; at instanceof Error && at.cause !== undefined; at = at.cause) {
    if (at.cause instanceof Error) causes.push(at.cause.message);
  }
  return causes;
}
