import { openState } from "@ockam/node/state";

import { defineCommand, type Command } from "../command.ts";
import { array } from "../json-shape.ts";
import { IDENTITY, describeIdentity } from "../render/identity.ts";

export const identityList: Command = defineCommand({
  summary: "List the identities of this machine",
  examples: ["identity list", "identity list --jq '.[] | select(.is_default).name'"],
  json: array(IDENTITY),
  async run() {
    using state = openState();
    const identities = state.identities.list();
    return {
      json: () => identities.map(describeIdentity),
      plain: (style) =>
        identities.length === 0
          ? style.info(`There are no identities: ${style.name("ockam identity create")} makes one`)
          : identities
              .map((identity) => {
                const mark = identity.isDefault ? " (default)" : "";
                return style.row(`${style.name(identity.name)}${mark} ${identity.identifier.toString()}`);
              })
              .join("\n"),
    };
  },
});
