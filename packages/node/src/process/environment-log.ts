import { fileLog } from "./log-file.ts";
import type { FileLog, LogFormat } from "./log-file.ts";
import { LOG_THRESHOLDS } from "./log-level.ts";
import type { LogThreshold } from "./log-level.ts";

const LEVELS: ReadonlyMap<string, LogThreshold> = new Map([
  ...LOG_THRESHOLDS.map((level) => [level, level] as const),
  ["trace", "debug"],
]);

/**
 * The log of a background node as the environment wants it: `OCKAM_LOG_LEVEL` (off, error, warn, info, debug, trace),
 * `OCKAM_LOG_FORMAT` (default, json), `OCKAM_LOG_MAX_FILES` and `OCKAM_LOG_MAX_SIZE_MB`. A value that makes no sense
 * is as good as none: a node must not fail for its log.
 */
export function environmentLog(
  folder: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): FileLog {
  const format: LogFormat = environment["OCKAM_LOG_FORMAT"] === "json" ? "json" : "default";
  const maxFiles = positive(environment["OCKAM_LOG_MAX_FILES"]);
  const maxMegabytes = positive(environment["OCKAM_LOG_MAX_SIZE_MB"]);
  return fileLog({
    folder,
    format,
    level: LEVELS.get(environment["OCKAM_LOG_LEVEL"]?.toLowerCase() ?? "") ?? "debug",
    ...(maxFiles === undefined ? {} : { maxFiles }),
    ...(maxMegabytes === undefined ? {} : { maxFileLength: maxMegabytes * 1_000_000 }),
  });
}

function positive(text: string | undefined): number | undefined {
  const value = Number(text);
  return Number.isSafeInteger(value) && value > 0 ? value : undefined;
}
