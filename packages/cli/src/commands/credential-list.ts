import { toHex } from "@ockam/codec";
import { decodeCredential } from "@ockam/credentials";
import type { State, StoredCredential } from "@ockam/node";
import { openState } from "@ockam/node/state";

import { defineCommand, type Command } from "../command.ts";
import { AT } from "../common-options.ts";
import { identifierOf, verifyHex } from "../credential-argument.ts";
import { array, boolean, object, string } from "../json-shape.ts";
import { findNode } from "../node-access.ts";
import { text } from "../option.ts";
import { CREDENTIAL } from "../render/credential-shape.ts";
import { attributesText, describeCredential, timeText } from "../render/credential.ts";
import { emptyResult } from "../result.ts";

export const credentialList: Command = defineCommand({
  summary: "List the own credentials that nodes of this machine present",
  description: "Nodes of one state folder share them. One that has expired is not verified.",
  examples: ["credential list --issuer authority"],
  json: array(object({ credential: CREDENTIAL, scope: string(), is_verified: boolean() })),
  options: {
    at: AT,
    subject: text("IDENTIFIER", "Only those about this identity: its identifier or name", {
      fallback: "any",
    }),
    issuer: text("IDENTIFIER", "Only those that this identity issued: its identifier or name", {
      fallback: "any",
    }),
  },
  async run(values) {
    using state = openState();
    if (values.at !== undefined) findNode(state, values.at);
    const [subject, issuer] = [values.subject, values.issuer].map((typed) =>
      typed === undefined ? undefined : identifierOf(state, typed),
    );
    const stored = state.credentials
      .list()
      .filter((one) => subject === undefined || one.subject.equals(subject))
      .filter((one) => issuer === undefined || one.issuer.equals(issuer));
    if (stored.length === 0) return emptyResult("There are no credentials");
    const listed = await Promise.all(stored.map((one) => describe(state, one)));
    return {
      json: () => listed.map(({ credential, scope, is_verified }) => ({ credential, scope, is_verified })),
      plain: (style) =>
        listed
          .flatMap(({ attributes, credential, reason, scope }) => [
            style.row(
              `${style.name(credential.subject)} ${reason === undefined ? style.up("valid") : style.down("not valid")} until ${timeText(credential.expires_at)}`,
            ),
            style.row(`  issued by ${style.name(credential.issuer)} for the scope ${style.name(scope)}`),
            style.row(`  ${attributes}`),
            ...(reason === undefined ? [] : [style.row(`  ${reason}`)]),
          ])
          .join("\n"),
    };
  },
});

async function describe(state: State, stored: StoredCredential) {
  const verified = await verifyHex(state, toHex(stored.encoded), stored.issuer);
  const { attributes, createdAt } = decodeCredential(stored.encoded);
  return {
    credential: describeCredential({ ...stored, attributes, createdAt }),
    scope: stored.scope,
    is_verified: verified.isValid,
    attributes: attributesText(attributes),
    reason: verified.isValid ? undefined : verified.reason,
  };
}
