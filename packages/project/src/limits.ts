/** Bytes of the identifier of a project: it is the address of a worker, too. */
export const MAX_PROJECT_ID_LENGTH = 255;

/** Bytes of the name of a project or of its space. */
export const MAX_PROJECT_NAME_LENGTH = 255;

/** Characters of a project's record: two change histories of the greatest length as hex, and room for the rest. */
export const MAX_PROJECT_RECORD_LENGTH: number = 256 * 1024;

/** Characters of a ticket in any form: of the longest, the hex of a record with its code. */
export const MAX_TICKET_LENGTH: number = 2 * (MAX_PROJECT_RECORD_LENGTH + 1024);

/** Bytes of a one-time code. */
export const ONE_TIME_CODE_LENGTH = 32;
