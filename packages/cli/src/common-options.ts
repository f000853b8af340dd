import { parseNodeReference } from "./node-reference.ts";
import { flag, parsed, type Option } from "./option.ts";

/** `--at NODE`: the default node when absent. */
export const AT: Option<string | undefined> = parsed(
  "NODE",
  "The node to work on: NAME or /node/NAME",
  parseNodeReference,
  { fallback: "the default node" },
);

/** `--yes`: do not ask. */
export const YES: Option<boolean> = flag("Do not ask", { short: "y" });

/** `--all` */
export const ALL: Option<boolean> = flag("All of them");
