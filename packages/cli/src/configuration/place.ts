import { OckamError } from "@ockam/codec";

/** Where something is in a configuration. Lines and columns count from 1. */
export interface Place {
  /** What the user calls the text: a file, a URL, or the option that it came with. */
  readonly source: string;
  readonly line: number;
  readonly column: number;
}

/** `node.yaml:3:7`, as compilers write it. */
export function formatPlace({ source, line, column }: Place): string {
  return `${source}:${line}:${column}`;
}

/** An error in a configuration: code `OCKAM_CLI_INVALID_CONFIGURATION`, which begins with the place. */
export function configurationError(
  place: Place,
  message: string,
  hint?: string,
  cause?: unknown,
): OckamError {
  return new OckamError("OCKAM_CLI_INVALID_CONFIGURATION", `${formatPlace(place)}: ${message}`, {
    cause,
    details: { line: place.line, column: place.column, ...(hint === undefined ? {} : { hint }) },
  });
}
