/** The longest policy, in characters as JavaScript counts them: of the text that is read, and of its full form. */
export const MAX_POLICY_LENGTH = 65_536;

/** How deep the lists and sequences of a policy may nest. `a or b or c` nests one deeper with each `or`. */
export const MAX_POLICY_DEPTH = 256;

/** The most literals, identifiers, lists and sequences of one policy, all counted. */
export const MAX_POLICY_TERMS = 8192;

/** The longest encoded policy that is decoded, in bytes: room for every policy within the other limits. */
export const MAX_ENCODED_POLICY_LENGTH: number = 512 * 1024;

/** How many favourable decisions one access control remembers. */
export const MAX_REMEMBERED_DECISIONS = 10;

/** How long a favourable decision is remembered at most, in milliseconds. Unfavourable ones never are. */
export const DECISION_LIFETIME = 1000;

/** How many denials of one access control are told as warnings within {@link DENIAL_INTERVAL}; further ones are for debugging. */
export const MAX_TOLD_DENIALS = 64;

/** How long the same denial is not told as a warning again, in milliseconds. */
export const DENIAL_INTERVAL = 60_000;
