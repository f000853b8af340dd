import { OckamError, toHex } from "@ockam/codec";
import type { State } from "@ockam/node";
import { openState } from "@ockam/node/state";

import { defineCommand, type Command } from "../command.ts";
import { AT } from "../common-options.ts";
import { CREDENTIAL_SOURCES, identifierOf, readCredential, verifyHex } from "../credential-argument.ts";
import { object, string } from "../json-shape.ts";
import { findNode, startNode } from "../node-access.ts";
import { required, text } from "../option.ts";
import type { Terminal } from "../terminal.ts";

export const credentialStore: Command = defineCommand({
  summary: "Store an own credential, which nodes with that scope present to others",
  description:
    "A running node that was created with --credential-scope presents it within seconds. Without a node there, " +
    "the default node is created first.",
  examples: ["credential store --issuer authority --scope test --credential-path alice.credential"],
  json: object({ issuer: string(), credential: string("hex") }),
  pipe: "the hex",
  options: {
    at: AT,
    issuer: required(
      text("IDENTIFIER", "Who must have issued it: an identifier, or the name of an identity"),
    ),
    scope: required(text("SCOPE", "What it is for: the --credential-scope of nodes")),
    ...CREDENTIAL_SOURCES,
  },
  async run(values, terminal) {
    using state = openState();
    const issuer = identifierOf(state, values.issuer);
    const verified = await verifyHex(state, await readCredential(values, terminal), issuer);
    if (!verified.isValid) {
      throw new OckamError(
        "OCKAM_CLI_CREDENTIAL_NOT_VERIFIED",
        `Credential is not verified: ${verified.reason}`,
      );
    }
    await expectNode(state, values.at, terminal);
    const { credential } = verified;
    const { scope } = values;
    state.credentials.put({ ...credential, scope });
    const hex = toHex(credential.encoded);
    return {
      json: () => ({ issuer: issuer.toString(), credential: hex }),
      machine: hex,
      plain: (style) =>
        style.success(
          `Stored the credential of ${style.name(credential.subject.toString())} under the scope ${style.name(scope)}`,
        ),
    };
  },
});

async function expectNode(state: State, at: string | undefined, terminal: Terminal): Promise<void> {
  if (at !== undefined) findNode(state, at);
  else if (state.nodes.findDefault() === undefined) {
    const { name } = await startNode(terminal, { state, name: state.nodes.nextName() });
    terminal.note(`Created the node ${terminal.style.name(name)}, your default node`);
  }
}
