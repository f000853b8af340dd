/**
 * A process that no later one is mistaken for: `start` tells when it began, or is its alone, so that a number which the
 * system gives out again does not count.
 */
export interface ProcessMark {
  readonly pid: number;
  readonly start: string;
}

/** What has become of a process. `zombie`: it has ended, but its parent has not asked how. */
export type ProcessStatus = "running" | "zombie" | "gone";

/** Tells which processes live. */
export interface ProcessTable {
  /** The mark of this process. */
  own(): ProcessMark;
  /** Looks a process up by its mark. */
  status(mark: ProcessMark): ProcessStatus;
  /** Lets go of what {@link own} may hold. */
  close(): void;
}
