import { EXIT_CANCELLED, EXIT_OK, EXIT_RUNTIME, EXIT_USAGE } from "../exit-code.ts";

/** What each exit code means, in Markdown. */
export const EXIT_STATUS: readonly (readonly [number, string])[] = [
  [EXIT_OK, "Done; also help, version, “nothing to do” and the answer “no”"],
  [EXIT_USAGE, "The arguments make no sense, and nothing was done"],
  [EXIT_RUNTIME, "It failed"],
  [EXIT_CANCELLED, "It was ended by Ctrl-C; 143 by SIGTERM, 129 by SIGHUP"],
];
