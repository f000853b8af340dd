import { MAX_ATTRIBUTES } from "@ockam/credentials";

/** The worker that issues credentials. */
export const CREDENTIAL_ISSUER = "credential_issuer";
/** The worker that makes one-time codes. */
export const TOKEN_ISSUER = "enrollment_token_issuer";
/** The worker that redeems them. */
export const TOKEN_ACCEPTOR = "enrollment_token_acceptor";
/** The worker by which enrollers list, add and remove members. */
export const MEMBER_ADMINISTRATION = "direct_authenticator";
/** The worker that tells members whose membership changed; only ours have it. */
export const MEMBERSHIP_CHANGES = "membership_changes";
/** The worker that tells about the project; only ours have it. */
export const PROJECT = "project";

/** The attribute that makes a member an enroller when its value is {@link ENROLLER}. */
export const ROLE_ATTRIBUTE = "ockam-role";
/** See {@link ROLE_ATTRIBUTE}. */
export const ENROLLER = "enroller";
/** The attribute with the name of the relay that a member may register, or `*`. */
export const RELAY_ATTRIBUTE = "ockam-relay";
/** The attribute of those who may get a TLS certificate of the project. */
export const TLS_CERTIFICATE_ATTRIBUTE = "ockam-tls-certificate";
/** The attribute with the project's identifier; nobody checks it. */
export const TRUST_CONTEXT_ATTRIBUTE = "trust_context_id";
/** The attribute of the member that is the project's node, with the value `true`; only ours use it. */
export const PROJECT_NODE_ATTRIBUTE = "ockam-project-node";

/** How long credentials are valid unless the authority says otherwise, s. */
export const CREDENTIAL_LIFETIME = 300;
/**
 * How long they are valid at least for a caller that does not say that it renews early, s. Rust members renew 120 s
 * before the end and use no credential that ends within 60 s.
 */
export const RUST_MINIMUM_LIFETIME = 600;

/** How long a one-time code is valid unless its maker says otherwise, s. */
export const TOKEN_LIFETIME = 600;
/** How long it may be valid, s. */
export const MAX_TOKEN_LIFETIME: number = 365 * 24 * 3600;
/** How often a one-time code may be used. */
export const MAX_TOKEN_USES = 100_000;
/** Bytes of a one-time code. */
export const ONE_TIME_CODE_LENGTH = 32;
/** How many one-time codes may be open. */
export const MAX_TOKENS = 100_000;
/** How many members an authority has. */
export const MAX_MEMBERS = 100_000;
/** The most attributes of a member: its credential has `trust_context_id` beside them. */
export const MAX_MEMBER_ATTRIBUTES: number = MAX_ATTRIBUTES - 1;
/** The most bytes of a member's attributes, names and values together: they must fit into a credential. */
export const MAX_ATTRIBUTES_LENGTH: number = 16 * 1024;

/** How many wrong codes an identity may present within {@link FAILED_CODES_PERIOD}. */
export const MAX_FAILED_CODES = 10;
/** See {@link MAX_FAILED_CODES}; s. */
export const FAILED_CODES_PERIOD = 60;
/** How many wrong codes all identities together may present within that period before refusals take their time. */
export const MAX_FAILED_CODES_IN_ALL = 1000;
/** How long a refusal takes then, ms; nothing else arrives on the caller's channel meanwhile. */
export const SLOW_REFUSAL = 1000;
/** For how many identities wrong codes are counted; those that failed longest ago make room. */
export const MAX_FAILED_CALLERS = 10_000;

/** How long a request for changes waits for some, ms. */
export const CHANGES_WAIT = 25_000;
/** How many such requests of one member wait at a time; further ones are answered at once. */
export const MAX_WAITING_REQUESTS_PER_MEMBER = 16;
/** How many wait in all. */
export const MAX_WAITING_REQUESTS = 16_384;
/** How long changes are told: longer than any credential that was issued before them is valid, s. */
export const CHANGES_KEPT: number = 90 * 24 * 3600;
/** How often those that are older are forgotten, s. */
export const FORGETTING_PERIOD = 3600;
/** How many changes one answer tells. Of more, only that they are too many: `complete` is false. */
export const MAX_CHANGES_TOLD = 10_000;
/** How long a credential may be valid, s: less than {@link CHANGES_KEPT}. */
export const MAX_CREDENTIAL_LIFETIME: number = 60 * 24 * 3600;
/** How far the changes of one member may get ahead of the clock, by one second each, s: verifiers allow a minute. */
export const MAX_CHANGES_AHEAD = 30;

/** The longest request or answer that is read, in bytes. */
export const MAX_BODY_LENGTH: number = 8 * 1024 * 1024;
