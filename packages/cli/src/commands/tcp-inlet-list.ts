import { defineCommand, type Command } from "../command.ts";
import { AT } from "../common-options.ts";
import { array } from "../json-shape.ts";
import { withNode } from "../node-access.ts";
import { INLET, renderInlet } from "../render/inlet.ts";

export const tcpInletList: Command = defineCommand({
  summary: "List the TCP inlets of a node",
  examples: ["tcp-inlet list", "tcp-inlet list --jq '.[] | select(.status == \"Down\").alias'"],
  json: array(INLET),
  options: { at: AT },
  run: ({ at }, terminal) =>
    withNode({ at, terminal }, async (node) => {
      const inlets = await node.call("tcp-inlet.list", {});
      return {
        json: () => inlets,
        plain: (style) =>
          inlets.length === 0
            ? style.info(`There are no TCP inlets at ${style.name(node.name)}`)
            : inlets.map((inlet) => renderInlet(inlet, style)).join("\n"),
      };
    }),
});
