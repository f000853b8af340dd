import { Readable } from "node:stream";

import { createTerminal, type Terminal, type TerminalOptions } from "../src/terminal.ts";
import { createStyle } from "../src/style.ts";
import { CollectedText } from "./collected-text.ts";

const NEVER = new AbortController().signal;

/** A terminal on streams in memory; by default pipes. What is written to standard error is `stderr.text`. */
export function testTerminal(over: Partial<TerminalOptions> = {}): {
  readonly terminal: Terminal;
  readonly stderr: CollectedText;
} {
  const stderr = new CollectedText(over.stdin?.isTTY === true);
  const terminal = createTerminal({
    stderr,
    stdin: Readable.from([]),
    style: createStyle(false),
    screen: undefined,
    quiet: false,
    noInput: false,
    verbosity: 0,
    json: false,
    dumb: false,
    signal: NEVER,
    unread: NEVER,
    print: () => Promise.resolve(),
    ...over,
  });
  return { terminal, stderr };
}

/** A standard input at which somebody types. */
export function typed(...lines: readonly string[]): TerminalOptions["stdin"] {
  return Object.assign(Readable.from(lines.map((line) => `${line}\n`)), { isTTY: true });
}

/** A standard input at which somebody presses keys, one after the other. */
export function keys(...pressed: readonly string[]): TerminalOptions["stdin"] {
  return Object.assign(Readable.from(pressed), { isTTY: true });
}
