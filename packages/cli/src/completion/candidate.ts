/** What may stand at the cursor. */
export interface Candidate {
  readonly value: string;
  /** A few words, for shells that show them. */
  readonly description: string;
}

/** What a shell is to offer. `files`: its own completion of paths; `parts`: candidates that may be gone on with. */
export interface Completion {
  readonly kind: "words" | "parts" | "files";
  readonly candidates: readonly Candidate[];
}

/** Nothing. */
export const NO_COMPLETION: Completion = { kind: "words", candidates: [] };
