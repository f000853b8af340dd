import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { OckamError } from "@ockam/codec";
import { openState } from "@ockam/node/state";

import { defineCommand, type Command } from "../command.ts";
import { NO_NODES, nodeNamed } from "../node-access.ts";
import { argument } from "../option.ts";

export const nodeLogs: Command = defineCommand({
  summary: "Show where a node in the background logs",
  examples: ["node logs n1", 'tail -f "$(ockam node logs n1)"'],
  positionals: { name: argument("The node; the default node when absent") },
  async run(values) {
    using state = openState();
    const node = nodeNamed(state, values.name);
    if (node === undefined) return NO_NODES;
    const { name } = node;
    const folder = join(state.home, "nodes", name);
    const newest = existsSync(folder)
      ? readdirSync(folder)
          .filter((file) => file.startsWith("stdout"))
          .toSorted()
          .at(-1)
      : undefined;
    if (newest === undefined) {
      throw new OckamError(
        "OCKAM_CLI_NO_LOGS",
        `The node ${name} has no log files: it has not run in the background`,
        {
          details: { hint: "a node in the foreground logs on its standard error, with -v" },
        },
      );
    }
    const path = join(folder, newest);
    return {
      json: () => ({ path }),
      machine: path,
      plain: (style) => style.info(`The node ${style.name(name)} logs to ${style.name(path)}`),
    };
  },
});
