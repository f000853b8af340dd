import { OckamError } from "@ockam/codec";
import { decodeAttestation, MAX_CLOCK_SKEW } from "@ockam/identity";
import type { Identifier, Identities, VerifiedAttestation } from "@ockam/identity";

import { CREDENTIALS_ERROR_CODES, invalidCredential } from "./credential-error.ts";
import { decodeCredential } from "./credential.ts";
import type { Credential, UnverifiedCredential } from "./credential.ts";

/** What is expected of a credential. */
export interface CredentialExpectations {
  /** Whose credentials count. Their change histories must be stored. */
  readonly authorities: readonly Identifier[];
  /** Whom it must be about: whenever a peer presents it, the peer. */
  readonly expectedSubject?: Identifier;
}

/**
 * Verifies a credential at the present time, against the stored history of its issuer. Stores nothing.
 * docs/protocol/credentials.md, "Verifying".
 * @param encoded a credential with the attestation of the key that signed it; bytes after it are ignored.
 * @throws OckamError OCKAM_CREDENTIALS_INVALID_CREDENTIAL, OCKAM_CREDENTIALS_EXPIRED,
 * OCKAM_CREDENTIALS_UNKNOWN_AUTHORITY, OCKAM_IDENTITY_INVALID_ATTESTATION when the key that signed is not, or no longer, the issuer's; and
 * OCKAM_IDENTITY_NOT_FOUND when the history of an accepted authority is not stored.
 */
export async function verifyCredential(
  identities: Identities,
  encoded: Uint8Array,
  expectations: CredentialExpectations,
): Promise<Credential> {
  const credential = decodeCredential(encoded);
  expectAuthority(credential, expectations.authorities);
  const key = await identities.verifyPurposeKeyAttestation(credential.attestation, {
    purpose: "credentials",
  });
  const { vault } = identities;
  if (!vault.verify(key.publicKey, vault.sha256(credential.data), credential.signature)) {
    throw invalidCredential(`the attested key of ${key.subject.toString()} did not sign it`);
  }
  const subject = expectSubject(credential, expectations.expectedSubject);
  expectLifetime(credential, key, identities.now());
  const { attributes, schema, createdAt, expiresAt } = credential;
  return {
    subject,
    issuer: key.subject,
    attributes,
    schema,
    createdAt,
    expiresAt,
    encoded: credential.encoded,
  };
}

/** First of all: strangers' credentials cost neither a look-up nor a signature check. */
function expectAuthority(credential: UnverifiedCredential, authorities: readonly Identifier[]): void {
  const { subject: issuer } = decodeAttestation(credential.attestation);
  if (authorities.some((authority) => authority.equals(issuer))) return;
  throw new OckamError(
    CREDENTIALS_ERROR_CODES.unknownAuthority,
    `the credential is issued by ${issuer.toString()}, which is not an accepted authority`,
    { details: { issuer: issuer.toString() } },
  );
}

function expectSubject(credential: UnverifiedCredential, expected: Identifier | undefined): Identifier {
  const { subject } = credential;
  if (subject === undefined) throw invalidCredential("it names no subject");
  if (expected !== undefined && !expected.equals(subject)) {
    throw invalidCredential(`it is about ${subject.toString()}, not ${expected.toString()}`);
  }
  return subject;
}

function expectLifetime(
  { createdAt, expiresAt }: UnverifiedCredential,
  key: VerifiedAttestation,
  now: number,
): void {
  if (createdAt < key.createdAt) throw invalidCredential("it is older than the key that signed it");
  if (expiresAt > key.expiresAt) throw invalidCredential("it outlives the key that signed it");
  if (createdAt - now > MAX_CLOCK_SKEW) {
    throw invalidCredential(`it was created ${createdAt - now} s in the future: compare the clocks`);
  }
  if (expiresAt < now) {
    throw new OckamError(
      CREDENTIALS_ERROR_CODES.expired,
      `the credential expired ${now - expiresAt} s ago: its subject must ask the authority for a new one`,
      { details: { expiresAt } },
    );
  }
}
