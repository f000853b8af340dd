/** The longest credential with its attestation that is read or issued, in bytes. A handshake message holds 64 KiB. */
export const MAX_CREDENTIAL_LENGTH: number = 32 * 1024;

/** The most attributes of one credential. */
export const MAX_ATTRIBUTES = 256;

/** The schema of a project member's attributes, and the default when a credential is issued. Nobody checks it. */
export const PROJECT_MEMBER_SCHEMA = 1;

/**
 * Attribute names that policies use for facts of their own. A credential that carries one could pass for another
 * subject: none is issued, and policies leave them aside in credentials of others.
 */
export const RESERVED_ATTRIBUTES: readonly string[] = ["identifier", "has_credential"];
