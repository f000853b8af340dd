import { isOckamError, OckamError } from "@ockam/codec";
import { openState } from "@ockam/node/state";

import { defineCommand, type Command } from "../command.ts";
import { object, string } from "../json-shape.ts";
import { NO_NODES, nodeNamed } from "../node-access.ts";
import { argument } from "../option.ts";
import { plainResult } from "../result.ts";

export const nodeDefault: Command = defineCommand({
  summary: "Show or set the node that commands use when none is named",
  examples: ["node default", "node default n1"],
  json: object({ name: string() }),
  pipe: "`The default node is 'n1'`; after setting it the name",
  positionals: { name: argument("The node to make the default; without it the default is shown") },
  async run(values) {
    using state = openState();
    const node = nodeNamed(state, values.name);
    if (node === undefined) return NO_NODES;
    const { name } = node;
    if (values.name === undefined) {
      return plainResult({ name }, (style) => style.success(`The default node is '${style.name(name)}'`));
    }
    try {
      state.nodes.setDefault(name);
    } catch (cause) {
      if (!isOckamError(cause, "OCKAM_NODE_ALREADY_DEFAULT")) throw cause;
      throw new OckamError(cause.code, `The node named '${name}' is already the default`, { cause });
    }
    return {
      json: () => ({ name }),
      machine: name,
      plain: (style) => style.success(`The node ${style.name(name)} is now the default`),
    };
  },
});
