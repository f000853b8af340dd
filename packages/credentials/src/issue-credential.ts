import { OckamError } from "@ockam/codec";
import { IDENTITY_ERROR_CODES, PURPOSE_KEY_LIFETIME } from "@ockam/identity";
import type { Identifier, Identities } from "@ockam/identity";

import type { Attributes } from "./attributes.ts";
import {
  MAX_ATTRIBUTES,
  MAX_CREDENTIAL_LENGTH,
  PROJECT_MEMBER_SCHEMA,
  RESERVED_ATTRIBUTES,
} from "./constants.ts";
import type { Credential } from "./credential.ts";
import { encodeCredential, encodeCredentialData } from "./credential.ts";

/** What to issue. */
export interface CredentialOptions {
  /** The authority: an identity of one's own. */
  readonly issuer: Identifier;
  /** Whom it is about: its change history must be stored. */
  readonly subject: Identifier;
  readonly attributes: Attributes;
  /** For how many seconds from now it is valid, unless the issuer's key ends before. */
  readonly ttl: number;
  /** {@link PROJECT_MEMBER_SCHEMA} by default. */
  readonly schema?: number;
  /** It is not to look older than this, in seconds since 1970: where those that are have been declared void. */
  readonly notBefore?: number;
}

/**
 * Issues a credential: signs it with the issuer's purpose key for credentials, which is made when there is none. A
 * credential that outlived its key would be refused everywhere, so a `ttl` beyond that is cut: see
 * {@link Credential.expiresAt}. Nothing is stored. docs/protocol/credentials.md, "Issuing".
 * @throws OckamError OCKAM_IDENTITY_NOT_FOUND when issuer or subject are unknown, OCKAM_IDENTITY_KEY_NOT_FOUND when
 * the issuer is not one's own, OCKAM_IDENTITY_KEY_NOT_VALID
 * @throws RangeError for a `ttl` or `schema` that is no whole number, for {@link RESERVED_ATTRIBUTES}, and for too many
 * or too long attributes.
 */
export async function issueCredential(
  identities: Identities,
  options: CredentialOptions,
): Promise<Credential> {
  const { issuer, subject, attributes, ttl, schema = PROJECT_MEMBER_SCHEMA, notBefore = 0 } = options;
  expectAttributes(attributes);
  if (!Number.isSafeInteger(ttl) || ttl < 1) {
    throw new RangeError(`"ttl" expected a positive whole number of seconds, got ${ttl}`);
  }
  // Half of a key's lifetime: a key is not replaced for every credential that wants to live as long as a new key does.
  const minimumLifetime = Math.min(ttl, Math.floor(PURPOSE_KEY_LIFETIME / 2));
  const key = await identities.purposeKey(issuer, "credentials", { minimumLifetime });
  const subjectLatestChangeHash = await latestChangeHash(identities, subject);
  const now = identities.now();
  const wished = Math.max(now, notBefore);
  // The key may be up to a minute ahead of a clock that was set back, and a credential is never older than its key.
  const createdAt = Math.max(wished, key.createdAt);
  const expiresAt = Math.min(wished + ttl, key.expiresAt);
  const data = encodeCredentialData({
    subject,
    subjectLatestChangeHash,
    schema,
    attributes,
    createdAt,
    expiresAt,
  });
  const { vault } = identities;
  const encoded = encodeCredential(data, await vault.sign(key.handle, vault.sha256(data)), key.attestation);
  if (encoded.length > MAX_CREDENTIAL_LENGTH) {
    throw new RangeError(
      `"attributes" make a credential of ${encoded.length} bytes, at most ${MAX_CREDENTIAL_LENGTH} are accepted`,
    );
  }
  return { subject, issuer, attributes, schema, createdAt, expiresAt, encoded };
}

function expectAttributes(attributes: Attributes): void {
  if (attributes.size > MAX_ATTRIBUTES) {
    throw new RangeError(`"attributes" expected at most ${MAX_ATTRIBUTES}, got ${attributes.size}`);
  }
  const reserved = RESERVED_ATTRIBUTES.find((name) => attributes.has(name));
  if (reserved !== undefined) {
    throw new RangeError(`"attributes" must not have "${reserved}", which policies use themselves`);
  }
}

async function latestChangeHash(identities: Identities, subject: Identifier): Promise<Uint8Array> {
  const identity = await identities.get(subject);
  if (identity !== undefined) return identity.latest.hash;
  throw new OckamError(
    IDENTITY_ERROR_CODES.notFound,
    `identity not found for identifier ${subject.toString()}: import its change history first`,
  );
}
