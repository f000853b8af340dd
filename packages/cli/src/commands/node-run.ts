import { openState } from "@ockam/node/state";

import { defineCommand, type Command } from "../command.ts";
import { requiredArgument } from "../option.ts";

/** The process of a node in the background: what `node create` and `node start` spawn. */
export const nodeRun: Command = defineCommand({
  summary: "Run a stored node as a background process",
  description:
    "What 'ockam node create' and 'ockam node start' run in the background. It writes its log to standard error, and ends with SIGTERM.",
  examples: ["node run n1"],
  json: undefined,
  hidden: true,
  positionals: { name: requiredArgument("Its name") },
  async run({ name }) {
    const { runNode } = await import("@ockam/node");
    using state = openState();
    await runNode({ state, name, background: true });
    return undefined;
  },
});
