import { OckamError } from "@ockam/codec";
import { openState, stopNode } from "@ockam/node/state";

import { defineCommand, type Command } from "../command.ts";
import { literal, object, string } from "../json-shape.ts";
import { NO_NODES, nodeNamed } from "../node-access.ts";
import { argument, flag } from "../option.ts";
import { plainResult } from "../result.ts";

export const nodeStop: Command = defineCommand({
  summary: "Stop a node; it keeps its state and can be started again",
  description: "SIGTERM ends it, or SIGKILL after 5 s. With no node running at all this is no error.",
  examples: ["node stop n1"],
  json: object({ name: string(), status: literal("stopped") }),
  pipe: "`The node with name n1 was stopped`",
  positionals: { name: argument("The node; the default node when absent") },
  options: {
    force: flag("", { short: "f", hidden: true, deprecated: "a node that does not end is killed after 5 s" }),
  },
  async run(values, terminal) {
    using state = openState();
    if (!state.nodes.list().some((node) => node.status === "running")) {
      return plainResult([], (style) => style.info("There are no nodes running"));
    }
    const node = nodeNamed(state, values.name);
    if (node === undefined) return NO_NODES;
    const { name, status } = node;
    if (status !== "running") {
      throw new OckamError(
        "OCKAM_NODE_NOT_RUNNING",
        `The node ${name} was not found among the running nodes`,
        {
          details: { hint: "'ockam node list' shows which nodes run" },
        },
      );
    }
    const onSlow = (): void => terminal.note(`Waiting for the node ${name} to stop`);
    await terminal.busy(`Stopping the node ${name}`, () =>
      stopNode({ state, name, onSlow, signal: terminal.signal }),
    );
    return plainResult({ name, status: "stopped" }, (style) =>
      style.success(`The node with name ${style.name(name)} was stopped`),
    );
  },
});
