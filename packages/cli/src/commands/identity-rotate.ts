import { openState } from "@ockam/node/state";

import { defineCommand, type Command } from "../command.ts";
import { notFound } from "../delete-items.ts";
import { array, boolean, number, object, string } from "../json-shape.ts";
import { argument, flag } from "../option.ts";
import { describeChange } from "../render/change.ts";

export const identityRotate: Command = defineCommand({
  summary: "Give an identity a new key, which its old key signs",
  description:
    "The identifier stays. Whoever knew the old key believes the new one, and no longer the old one, once it has seen the new change history: in the next secure channel, or by 'identity create NAME --identity HEX'.",
  notes: [
    "What becomes of what the old key made:",
    `| | |
| --- | --- |
| the old key | deleted |
| open secure channels | go on |
| running nodes with the identity | need no restart: their next channel proves the new key |
| the identity's keys for channels and credentials | end, and are made anew when they are needed |
| credentials that it issued | void for everybody who knows the new key, until they are issued again |
| credentials about it | stay valid |
| tickets and project files with its old change history | go on working |`,
    "A backup of the vault from before is of no use any more. An identity can be rotated 39 times.",
  ],
  examples: ["identity rotate bank", "identity rotate bank --revoke-purpose-keys"],
  json: object({
    name: string(),
    identifier: string(),
    changes: number("how many the history has now"),
    primary_public_key: string("the new one"),
    revoke_all_purpose_keys: boolean(),
    running_nodes: array(string("those with this identity")),
  }),
  pipe: "the identifier",
  positionals: { name: argument("The identity; the default identity when absent") },
  options: {
    revokePurposeKeys: flag(
      "Say in the change that all earlier keys for channels and credentials are revoked: they may be in wrong hands",
    ),
  },
  async run({ name, revokePurposeKeys }, terminal) {
    using state = openState();
    const known = name === undefined ? state.identities.findDefault() : state.identities.find(name);
    if (known === undefined)
      throw notFound(
        "identity",
        name ?? "default",
        state.identities.list().map((identity) => identity.name),
      );
    const rotated = await terminal.busy("Rotating the identity", () =>
      state.identities.rotate(known.name, { revokePurposeKeys }),
    );
    const identifier = rotated.identifier.toString();
    const nodes = state.nodes
      .list()
      .filter((node) => node.identityName === known.name && node.status === "running")
      .map((node) => node.name);
    return {
      json: () => ({
        name: known.name,
        identifier,
        changes: rotated.changes.length,
        primary_public_key: describeChange(rotated.latest).primary_public_key,
        revoke_all_purpose_keys: rotated.latest.revokeAllPurposeKeys,
        running_nodes: nodes,
      }),
      machine: identifier,
      plain: (style) =>
        [
          style.success(`The identity ${style.name(known.name)} has a new key; the old one was deleted`),
          style.row(`Its identifier is still ${identifier}`),
          style.row("Credentials that it issued before have to be issued again"),
          ...(nodes.length === 0
            ? []
            : [
                style.row(
                  `Nodes that run with it use the new key from their next channel on: ${nodes.map((node) => style.name(node)).join(", ")}`,
                ),
              ]),
        ].join("\n"),
    };
  },
});
