import { fromHex, isOckamError, OckamError } from "@ockam/codec";
import { verifyCredential, type Credential } from "@ockam/credentials";
import { Identifier } from "@ockam/identity";
import type { NamedIdentity, State } from "@ockam/node";

import { text, type Option } from "./option.ts";
import type { Terminal } from "./terminal.ts";
import { readSource } from "./text-source.ts";
import { usageError } from "./usage-error.ts";

/** The two ways in which a command is given a credential. */
export const CREDENTIAL_SOURCES: {
  readonly credential: Option<string | undefined>;
  readonly credentialPath: Option<string | undefined>;
} = {
  credential: text("HEX", "The credential in hex, or - for standard input"),
  credentialPath: text("FILE", "The file with the credential in hex"),
};

/** What `--credential` and `--credential-path` were given. */
export interface CredentialArguments {
  readonly credential: string | undefined;
  readonly credentialPath: string | undefined;
}

/**
 * The hex of the credential, not verified and perhaps no hex.
 * @throws OckamError OCKAM_CLI_USAGE without a source or with both, OCKAM_CLI_SOURCE_UNAVAILABLE and others of
 * `readSource`
 */
export async function readCredential(
  { credential, credentialPath }: CredentialArguments,
  terminal: Terminal,
): Promise<string> {
  if ((credential === undefined) === (credentialPath === undefined)) {
    throw usageError(
      credential === undefined ? "there is no credential" : "the credential is given twice",
      "give either --credential HEX or --credential-path FILE",
    );
  }
  const input = terminal.source("the credential");
  if (credential !== undefined) {
    return credential === "-" ? (await readSource("-", input)).text.trim() : credential;
  }
  const source = await readSource(credentialPath!, input);
  if (source.kind === "text") {
    throw new OckamError("OCKAM_CLI_SOURCE_UNAVAILABLE", `there is no file ${credentialPath}`);
  }
  return source.text.trim();
}

/** What came of the verification of a credential. */
export type VerifiedCredential =
  | { readonly isValid: true; readonly credential: Credential }
  | { readonly isValid: false; readonly reason: string };

/** Verifies a credential in hex: whether `issuer`, whose change history the state has, issued it, and that it is in force. */
export async function verifyHex(state: State, hex: string, issuer: Identifier): Promise<VerifiedCredential> {
  const known = state.identities.list();
  const some = known.find(({ identifier }) => identifier.equals(issuer)) ?? known[0];
  if (some === undefined) return { isValid: false, reason: `the identity ${issuer.toString()} is not known` };
  // Whose vault it is makes no difference: nothing is signed.
  const { identities } = state.identities.open(some.name);
  try {
    const credential = await verifyCredential(identities, fromHex(hex), { authorities: [issuer] });
    return { isValid: true, credential };
  } catch (error) {
    if (!isOckamError(error) || !FAULTS.test(error.code)) throw error;
    return { isValid: false, reason: error.message };
  }
}

/** Faults of the credential, as opposed to those of the machine. */
const FAULTS = /^OCKAM_(CODEC|CREDENTIALS|IDENTITY)_/;

/**
 * The identifier that was typed, or that of the identity whose name was.
 * @throws OckamError OCKAM_IDENTITY_INVALID_IDENTIFIER
 */
export function identifierOf(state: State, typed: string): Identifier {
  if (/^\s*I[0-9a-f]{64}\s*$/i.test(typed)) return Identifier.parse(typed);
  const named: NamedIdentity | undefined = state.identities.find(typed);
  if (named !== undefined) return named.identifier;
  throw new OckamError(
    "OCKAM_IDENTITY_INVALID_IDENTIFIER",
    `'${typed}' is neither an identifier nor the name of an identity on this machine`,
  );
}
