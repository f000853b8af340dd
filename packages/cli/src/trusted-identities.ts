import type { AuthoritySettings } from "@ockam/node";

import { usageError } from "./usage-error.ts";

const EXAMPLE = `give an object: '{"I…":{"ockam-role":"enroller"}}', or '{}' for nobody`;

/**
 * Reads `{"<identifier>": {"<attribute>": "<value>"}}`.
 * @throws OckamError OCKAM_CLI_USAGE
 */
export function parseTrustedIdentities(typed: string): AuthoritySettings["trustedIdentities"] {
  const members = Object.entries(objectOf(parseJson(typed), "--trusted-identities"));
  return Object.fromEntries(
    members.map(([identifier, attributes]) => [
      readIdentifier(identifier),
      readAttributes(attributes, identifier),
    ]),
  );
}

function readIdentifier(text: string): string {
  const digits = /^I([0-9a-fA-F]{64})$/.exec(text.trim())?.[1];
  if (digits === undefined)
    throw usageError(`'${text}' in --trusted-identities is not an identifier`, EXAMPLE);
  return `I${digits.toLowerCase()}`;
}

function readAttributes(value: unknown, of: string): Readonly<Record<string, string>> {
  const attributes = objectOf(value, `the attributes of ${of}`);
  for (const [name, text] of Object.entries(attributes)) {
    if (typeof text !== "string") throw usageError(`the attribute ${name} of ${of} is not a text`, EXAMPLE);
  }
  return attributes as Readonly<Record<string, string>>;
}

function objectOf(value: unknown, what: string): object {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw usageError(`${what} expected a JSON object`, EXAMPLE);
}

function parseJson(typed: string): unknown {
  try {
    return JSON.parse(typed);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw usageError(`--trusted-identities is no JSON: ${reason}`, EXAMPLE);
  }
}
