import { existsSync } from "node:fs";
import { setTimeout } from "node:timers/promises";

import { OckamError } from "@ockam/codec";
import { LOG_THRESHOLDS, newestLogFile, nodeFolder, openState } from "@ockam/node/state";

import { defineCommand, type Command } from "../command.ts";
import { escaped } from "../escaped.ts";
import { literal, object, optional, string, withNote } from "../json-shape.ts";
import { followLog, lastLogLines } from "../log-reader.ts";
import { NO_NODES, nodeNamed, withNode } from "../node-access.ts";
import { argument, choice, flag, parsed } from "../option.ts";
import type { Result } from "../result.ts";
import type { Terminal } from "../terminal.ts";
import { usageError } from "../usage-error.ts";

/** How many lines are shown unless told otherwise. */
const SHOWN_LINES = 100;
/** How often is looked for new lines, ms. */
const FOLLOW_INTERVAL = 200;

export const nodeLogs: Command = defineCommand({
  summary: "Show what a node in the background logs",
  description:
    "At a terminal these are the last lines of its log; in a pipe, and with --path, it is where the log is: the path of the newest of its files. --follow goes on with what comes, also when the log is continued in another file, until Ctrl-C.\n\n--level sets how much a running node logs, until it ends: a node that is started again begins with OCKAM_LOG_LEVEL, or debug. 'ockam node show' tells the level.",
  examples: ["node logs n1", "node logs n1 --lines 20", "node logs n1 --follow", "node logs n1 --level info"],
  json: object({
    path: string("of the newest file of the log"),
    level: optional(withNote(literal(...LOG_THRESHOLDS), "what it logs from now on, with --level")),
  }),
  pipe: "the path; with --lines or --follow, lines of the log",
  positionals: { name: argument("The node; the default node when absent") },
  options: {
    lines: parsed("COUNT", "Show so many of the last lines, also in a pipe", readCount, {
      short: "n",
      fallback: `${SHOWN_LINES} at a terminal`,
    }),
    follow: flag("Go on with what is logged from now on", { short: "f" }),
    level: choice(LOG_THRESHOLDS, "Log this and what is more important, until the node ends"),
    path: flag("Show where the log is, also at a terminal"),
  },
  async run({ follow, level, lines, name: typed, path: wantsPath }, terminal) {
    if (follow && terminal.json)
      throw usageError(
        "--follow prints lines of the log as they are, and no JSON",
        "a node that is started with OCKAM_LOG_FORMAT=json logs lines of JSON",
      );
    if (wantsPath && (follow || lines !== undefined))
      throw usageError("--path shows no lines", "leave out --lines and --follow");
    using state = openState();
    const node = nodeNamed(state, typed);
    if (node === undefined) return NO_NODES;
    const { name } = node;
    const folder = nodeFolder(state.home, name);
    const path = existsSync(folder) ? newestLogFile(folder) : undefined;
    if (path === undefined) throw noLogs(name);
    if (level !== undefined) {
      await withNode({ at: name, terminal }, (running) => running.call("node.set-log-level", { level }));
      if (!follow && lines === undefined && !wantsPath)
        return {
          json: () => ({ path, level }),
          machine: path,
          plain: (style) => style.success(`The node ${style.name(name)} logs ${level} from now on`),
        };
      terminal.note(`The node ${terminal.style.name(name)} logs ${level} from now on`);
    }
    if (follow) {
      await showAndFollow(path, lines ?? SHOWN_LINES, terminal);
      return undefined;
    }
    return {
      json: () => ({ path, ...(level === undefined ? {} : { level }) }),
      machine: lines === undefined ? path : lastLogLines(path, lines).lines.join("\n"),
      plain: () => (wantsPath ? path : shown(lastLogLines(path, lines ?? SHOWN_LINES).lines)),
    };
  },
});

async function showAndFollow(path: string, count: number, terminal: Terminal): Promise<void> {
  const { lines, end } = lastLogLines(path, count);
  const ends = AbortSignal.any([terminal.signal, terminal.unread]);
  const pause = async (): Promise<boolean> => {
    await setTimeout(FOLLOW_INTERVAL, undefined, { signal: ends }).catch(() => {});
    return !ends.aborted;
  };
  if (lines.length > 0) await terminal.print(linesResult(lines));
  for await (const more of followLog(end, pause)) {
    await terminal.print(linesResult(more));
    if (ends.aborted) return;
  }
}

function linesResult(lines: readonly string[]): Result {
  return { json: () => lines, machine: lines.join("\n"), plain: () => shown(lines) };
}

/** Whatever is in the file, it does not write on the terminal. */
function shown(lines: readonly string[]): string {
  return lines.map(escaped).join("\n");
}

function readCount(typed: string): number {
  if (/^\d{1,9}$/.test(typed)) return Number(typed);
  throw usageError(`'${typed}' is not a number of lines`, "--lines 20");
}

function noLogs(name: string): OckamError {
  return new OckamError(
    "OCKAM_CLI_NO_LOGS",
    `The node ${name} has no log files: it has not run in the background`,
    { details: { hint: "a node in the foreground logs on its standard error, with -v" } },
  );
}
