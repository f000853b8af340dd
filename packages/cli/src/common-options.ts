import { parseNodeReference } from "./node-reference.ts";
import { flag, parsed, text, type Option } from "./option.ts";

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

/** `--identity` of commands that ask the hosted service in Rust's `ockam`, and this machine here. */
export const UNUSED_IDENTITY: Option<string | undefined> = text("IDENTITY", "", {
  hidden: true,
  deprecated: "it has no effect: no identity is needed for what this machine knows",
});
