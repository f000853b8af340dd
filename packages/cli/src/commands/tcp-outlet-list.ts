import { defineCommand, type Command } from "../command.ts";
import { AT } from "../common-options.ts";
import { array, object, string } from "../json-shape.ts";
import { withNode } from "../node-access.ts";
import { renderOutlet } from "../render/outlet.ts";

export const tcpOutletList: Command = defineCommand({
  summary: "List the TCP outlets of a node",
  examples: ["tcp-outlet list --at n1"],
  json: array(object({ from: string("/service/ADDRESS"), to: string("HOST:PORT") })),
  options: { at: AT },
  run: ({ at }, terminal) =>
    withNode({ at, terminal }, async (node) => {
      const outlets = await node.call("tcp-outlet.list", {});
      return {
        json: () => outlets.map((outlet) => ({ from: outlet.address, to: outlet.to })),
        plain: (style) =>
          outlets.length === 0
            ? style.info(`There are no TCP outlets at ${style.name(node.name)}`)
            : outlets.map((outlet) => renderOutlet(outlet, style)).join("\n"),
      };
    }),
});
