import { toHex } from "@ockam/codec";
import { decodeCredential, type Attributes, type Credential } from "@ockam/credentials";
import { decodeAttestation } from "@ockam/identity";

import { escaped } from "../escaped.ts";

/** A credential as `--output json` prints it. Times are seconds since 1970. */
export interface CredentialDescription {
  /** Hex: the credential with the attestation of the key that signed it. */
  readonly credential: string;
  readonly subject: string;
  readonly issuer: string;
  readonly created_at: number;
  readonly expires_at: number;
  /** What is not text shows as `**binary**`. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** The JSON of a credential. */
export function describeCredential(
  credential: Pick<Credential, "attributes" | "createdAt" | "encoded" | "expiresAt" | "issuer" | "subject">,
): CredentialDescription {
  return {
    credential: toHex(credential.encoded),
    subject: credential.subject.toString(),
    issuer: credential.issuer.toString(),
    created_at: credential.createdAt,
    expires_at: credential.expiresAt,
    attributes: describeAttributes(credential.attributes),
  };
}

/** All that a credential says, and the key that signed it, over several lines. */
export function renderCredential(encoded: Uint8Array): string {
  const credential = decodeCredential(encoded);
  const attestation = decodeAttestation(credential.attestation);
  const { key } = attestation;
  const keyText =
    key.purpose === "credentials"
      ? `Credentials Key -> ${KEY_TYPES[key.publicKey.type]}: ${toHex(key.publicKey.bytes)}`
      : `Secure Channel Key -> X25519: ${toHex(key.publicKey)}`;
  return [
    "Credential:",
    "Version:                    1",
    `Subject:                    ${credential.subject?.toString() ?? "none"}`,
    `Subject Latest Change Hash: ${credential.subjectLatestChangeHash === undefined ? "none" : toHex(credential.subjectLatestChangeHash)}`,
    `Created:                    ${timeText(credential.createdAt)}`,
    `Expires:                    ${timeText(credential.expiresAt)}`,
    "Attributes:",
    `  Schema: ${credential.schema}; ${attributesText(credential.attributes)}`,
    "",
    "Purpose key:",
    "Version:                    1",
    `Subject:                    ${attestation.subject.toString()}`,
    `Subject Latest Change Hash: ${toHex(attestation.subjectLatestChangeHash)}`,
    `Created:                    ${timeText(attestation.createdAt)}`,
    `Expires:                    ${timeText(attestation.expiresAt)}`,
    `Public Key -> ${keyText}`,
  ]
    .map((line) => (line === "" ? "" : `    ${line}`))
    .join("\n");
}

const KEY_TYPES = { ed25519: "Ed25519", p256: "ECDSA P-256" } as const;

/** Attributes in one line: `{"city": "Paris"}`. */
export function attributesText(attributes: Attributes): string {
  const entries = Object.entries(describeAttributes(attributes));
  return `{${entries.map(([name, value]) => `${quoted(name)}: ${quoted(value)}`).join(", ")}}`;
}

/** JSON escapes the control characters of ASCII alone. */
function quoted(text: string): string {
  return escaped(JSON.stringify(text));
}

/** A second as people read it: `2026-11-25T07:00:23Z`. */
export function timeText(seconds: number): string {
  const time = new Date(seconds * 1000);
  return Number.isNaN(time.getTime()) ? `${seconds} s` : time.toISOString().replace(/\.\d+Z$/, "Z");
}

function describeAttributes(attributes: Attributes): Readonly<Record<string, string>> {
  return Object.fromEntries([...attributes].map(([name, value]) => [textOf(name), textOf(value)]));
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return "**binary**";
  }
}
