// Lifetimes and limits of identities. docs/protocol/identities.md, "Limits".

/** How long a new identity key may sign attestations and the next change unless told otherwise: ten 365-day years, in seconds. */
export const IDENTITY_KEY_LIFETIME: number = 10 * 365 * 24 * 60 * 60;

/** How long a purpose key attestation is valid: five 365-day years, in seconds. */
export const PURPOSE_KEY_LIFETIME: number = 5 * 365 * 24 * 60 * 60;

/** How far, in seconds, a creation time may lie ahead of the local clock. Expiry has no tolerance. */
export const MAX_CLOCK_SKEW = 60;

/**
 * The most changes of one identity. Each costs its verifier two signature checks, so this bounds what a stranger can
 * make a node compute: 40 changes are a rotation every quarter for ten years, and cost less than 10 ms.
 */
export const MAX_CHANGES = 40;

/**
 * The longest change history in bytes. 40 rotations between P-256 keys take 11 KiB, the rest is room for newer fields; a
 * history must fit into one handshake message of 64 KiB beside attestation and credentials.
 */
export const MAX_CHANGE_HISTORY_LENGTH: number = 48 * 1024;

/** The longest purpose key attestation in bytes: P-256 everywhere takes 229, the rest is room for newer fields. */
export const MAX_ATTESTATION_LENGTH = 1024;

/** How many verified histories are remembered, so that a peer who returns costs no signature check. */
export const VERIFIED_HISTORIES_CAPACITY = 1024;

/** How many bytes the remembered histories may take together. */
export const VERIFIED_HISTORIES_MAX_BYTES: number = 4 * 1024 * 1024;

/** How many verified attestation signatures are remembered (32 bytes each, as hex). */
export const VERIFIED_ATTESTATIONS_CAPACITY = 4096;
