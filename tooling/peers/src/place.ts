/** Where processes of a suite run: on this machine's loopback, or in a network namespace of their own. */
export interface Place {
  /** What nodes there listen on, and what others reach them at. */
  readonly address: string;
  /** The program and arguments that come before each command which is to run there; empty on this machine. */
  readonly prefix: readonly string[];
}

/** This machine, reached over its loopback. */
export const THIS_MACHINE: Place = { address: "127.0.0.1", prefix: [] };

/** The program and the arguments that run `program` at a place. */
export function commandAt(place: Place, program: string, args: readonly string[]): [string, string[]] {
  const [first, ...rest] = place.prefix;
  return first === undefined ? [program, [...args]] : [first, [...rest, program, ...args]];
}
