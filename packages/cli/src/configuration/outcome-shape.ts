import { ENROLMENT } from "../enrolment-shape.ts";
import { anything, array, literal, nullable, object, string } from "../json-shape.ts";

/** What each command of a configuration or a recipe did, as `--output json` prints it. */
export const CONFIGURATION_CHANGES = array(
  object({
    command: string("as it would be typed"),
    change: literal("created", "started", "restarted", "changed", "unchanged"),
    result: nullable(anything("the JSON of that command")),
  }),
);

/** What a configuration did, as `--output json` prints it with the node. */
export const CONFIGURATION_OUTCOME = object({
  node: literal("created", "started", "restarted", "unchanged"),
  enrolment: nullable(ENROLMENT),
  changes: CONFIGURATION_CHANGES,
});

/** The commands of a dry run, as `--output json` prints them. */
export const DRY_RUN = array(
  object({ command: string(), place: nullable(string(), "FILE:LINE:COLUMN that asks for it") }),
);
