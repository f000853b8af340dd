// What a peer says about itself, in the handshake and when it refreshes its credentials.
//
//   identity-and-credentials = [ change-history, purpose-key-attestation, [* credential-and-purpose-key] ]
//   refresh-credentials      = [ change-history, [* credential-and-purpose-key] ]
//
// The parts stay the bytes that were received: hashes and signatures are over those.
// docs/protocol/secure-channels.md, "Identity payload".
import { CborReader, CborWriter } from "@ockam/codec";

/** How many of the credentials that a peer presents at once are looked at; the rest is left aside. */
export const MAX_PRESENTED_CREDENTIALS = 16;

/** Credentials and the identity that presents them, all encoded. */
export interface PresentedCredentials {
  readonly changeHistory: Uint8Array;
  readonly credentials: readonly Uint8Array[];
}

/** The payload of the second and third handshake message. */
export interface PresentedIdentity extends PresentedCredentials {
  readonly attestation: Uint8Array;
}

/** The bytes of a handshake payload. */
export function encodePresentedIdentity(presented: PresentedIdentity): Uint8Array {
  const writer = new CborWriter(1024).array(3).raw(presented.changeHistory).raw(presented.attestation);
  return writeCredentials(writer, presented.credentials).finish();
}

/**
 * The parts of a handshake payload, as views; what follows it is ignored.
 * @throws OckamError OCKAM_CODEC_INVALID_CBOR
 */
export function decodePresentedIdentity(payload: Uint8Array): PresentedIdentity {
  const reader = new CborReader(payload);
  const fields = reader.array();
  fields.need("change history");
  const changeHistory = reader.raw();
  fields.need("purpose key attestation");
  const attestation = reader.raw();
  fields.need("credentials");
  const credentials = readCredentials(reader);
  fields.end();
  return { changeHistory, attestation, credentials };
}

/** Writes the fields of a credential refresh as one array. */
export function writePresentedCredentials(writer: CborWriter, presented: PresentedCredentials): void {
  writeCredentials(writer.array(2).raw(presented.changeHistory), presented.credentials);
}

/** Reads what {@link writePresentedCredentials} writes. */
export function readPresentedCredentials(reader: CborReader): PresentedCredentials {
  const fields = reader.array();
  fields.need("change history");
  const changeHistory = reader.raw();
  fields.need("credentials");
  const credentials = readCredentials(reader);
  fields.end();
  return { changeHistory, credentials };
}

function writeCredentials(writer: CborWriter, credentials: readonly Uint8Array[]): CborWriter {
  writer.array(credentials.length);
  for (const credential of credentials) writer.raw(credential);
  return writer;
}

function readCredentials(reader: CborReader): readonly Uint8Array[] {
  const credentials: Uint8Array[] = [];
  const items = reader.array();
  while (credentials.length < MAX_PRESENTED_CREDENTIALS && items.next()) credentials.push(reader.raw());
  items.end();
  return credentials;
}
