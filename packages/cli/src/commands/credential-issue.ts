import { toHex } from "@ockam/codec";
import { Attributes, issueCredential } from "@ockam/credentials";
import { openState } from "@ockam/node/state";

import { defineCommand, type Command } from "../command.ts";
import { identifierOf } from "../credential-argument.ts";
import { argument, duration, parsed, required, text, texts } from "../option.ts";
import { CREDENTIAL } from "../render/credential-shape.ts";
import { describeCredential, renderCredential } from "../render/credential.ts";
import { plainResult } from "../result.ts";
import { usageError } from "../usage-error.ts";

const DEFAULT_LIFETIME = 30 * 60 * 1000;

export const credentialIssue: Command = defineCommand({
  summary: "Issue a credential: say of an identity what its attributes are",
  description:
    "The change history of the subject must be known here: 'ockam identity create NAME --identity HEX' imports it.",
  examples: [
    "credential issue --as authority --for alice --attribute city=Paris --encoding hex > alice.credential",
    "credential issue --as authority --for alice --attribute role=reader --attribute site=north",
  ],
  json: CREDENTIAL,
  pipe: "the same as at a terminal: what it says in words, or its hex with --encoding hex",
  positionals: { vault: argument("The vault with the issuer's keys; that of the issuer when absent") },
  options: {
    as: text("IDENTITY", "The issuer", { fallback: "the default identity" }),
    for: required(text("IDENTIFIER", "Whom it is about: an identifier, or the name of an identity here")),
    attribute: texts("KEY=VALUE", "What it says; repeatable", { short: "a" }),
    ttl: duration("How long it is valid", { fallback: "30m" }),
    encoding: parsed("ENCODING", "plain, or hex for what other commands take", parseEncoding, {
      fallback: "plain",
    }),
  },
  async run(values) {
    using state = openState();
    const issuer =
      values.as === undefined ? await state.identities.getDefault() : state.identities.get(values.as);
    if (values.vault !== undefined && values.vault !== issuer.vaultName) {
      throw usageError(
        `the keys of ${issuer.name} are in the vault ${issuer.vaultName}, not in ${values.vault}`,
        "leave the vault out",
      );
    }
    const { identities, identifier } = state.identities.open(issuer.name);
    const credential = await issueCredential(identities, {
      issuer: identifier,
      subject: identifierOf(state, values.for),
      attributes: new Attributes(values.attribute.map(parseAttribute)),
      ttl: lifetimeOf(values.ttl ?? DEFAULT_LIFETIME),
    });
    const json = describeCredential(credential);
    return plainResult(json, () =>
      values.encoding === "hex" ? toHex(credential.encoded) : renderCredential(credential.encoded),
    );
  },
});

function parseAttribute(typed: string): readonly [string, string] {
  const at = typed.indexOf("=");
  if (at > 0) return [typed.slice(0, at), typed.slice(at + 1)];
  throw usageError(`'${typed}' is not an attribute`, "give --attribute KEY=VALUE");
}

function lifetimeOf(milliseconds: number): number {
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds > 0) return seconds;
  throw usageError("a credential is valid for at least a second", "give --ttl 1s or more");
}

function parseEncoding(typed: string): "plain" | "hex" {
  if (typed === "plain" || typed === "hex") return typed;
  throw usageError(`'${typed}' is not an encoding`, "--encoding plain or --encoding hex");
}
