import { toHex } from "@ockam/codec";
import type { State } from "@ockam/node";
import { openState } from "@ockam/node/state";

import { defineCommand, type Command } from "../command.ts";
import { notFound } from "../delete-items.ts";
import { array, object, oneOf, string } from "../json-shape.ts";
import { argument, flag, parsed } from "../option.ts";
import { CHANGE, describeChange } from "../render/change.ts";
import { emptyResult, plainResult } from "../result.ts";
import { usageError } from "../usage-error.ts";

export const identityShow: Command = defineCommand({
  summary: "Show an identity: its identifier, or with --full its changes",
  description: "The JSON has the second form with --full, and the third with --full --encoding hex.",
  examples: ["identity show bank", "identity show bank --full --encoding hex"],
  json: oneOf(
    object({ identifier: string() }),
    object({
      identifier: string(),
      changes: array(CHANGE),
    }),
    object({ encoded: string("the change history, in hex") }),
  ),
  pipe: "the same as at a terminal",
  positionals: { name: argument("The identity; the default identity when absent") },
  options: {
    full: flag("Its changes, each with its public key", { short: "f" }),
    encoding: parsed(
      "ENCODING",
      "With --full: plain, or hex for the bytes that others import",
      parseEncoding,
    ),
  },
  async run(values, terminal) {
    if (values.encoding !== undefined && !values.full) throw usageError("--encoding needs --full");
    using state = openState();
    const fallback = state.identities.findDefault() ?? state.identities.list()[0];
    if (fallback === undefined)
      return emptyResult("There are no identities: 'ockam identity create' makes one");
    const names = state.identities.list().map((identity) => identity.name);
    const name =
      values.name ?? (await terminal.selectOne("Which identity?", names, fallback.name)) ?? fallback.name;
    const found = state.identities.find(name);
    if (found === undefined) throw notFound("identity", name, names);
    const identifier = found.identifier.toString();
    if (!values.full) return plainResult({ identifier }, () => identifier);
    return await showFull(state, name, values.encoding ?? "plain");
  },
});

async function showFull(state: State, name: string, encoding: "plain" | "hex") {
  const identity = await state.identities.identity(name);
  const identifier = identity.identifier.toString();
  const encoded = toHex(identity.changeHistory);
  if (encoding === "hex") return plainResult({ encoded }, () => encoded);
  const changes = identity.changes.map(describeChange);
  return plainResult({ identifier, changes }, () =>
    [
      `Identifier: ${identifier}`,
      ...changes.flatMap((change, index) => [
        `  Change[${index}]:`,
        `    identifier:              ${change.identifier}`,
        `    primary_public_key:      ${change.primary_public_key}`,
        `    revoke_all_purpose_keys: ${change.revoke_all_purpose_keys}`,
      ]),
    ].join("\n"),
  );
}

function parseEncoding(typed: string): "plain" | "hex" {
  if (typed === "plain" || typed === "hex") return typed;
  throw usageError(`'${typed}' is not an encoding`, "--encoding plain or --encoding hex");
}
