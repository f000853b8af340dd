import { defineCommand, type Command } from "../command.ts";
import { AT } from "../common-options.ts";
import { array, object, string } from "../json-shape.ts";
import { withNode } from "../node-access.ts";
import { plainResult } from "../result.ts";

export const workerList: Command = defineCommand({
  summary: "List the workers of a node: all that messages can be sent to",
  examples: ["worker list --at n1"],
  json: array(object({ addr: string() })),
  pipe: "the same as at a terminal",
  options: { at: AT },
  run: ({ at }, terminal) =>
    withNode({ at, terminal }, async (node) => {
      const workers = await node.call("worker.list", {});
      return plainResult(
        workers.map((addr) => ({ addr })),
        (style) => workers.map((addr) => style.row(`Worker ${style.name(addr)}`)).join("\n"),
      );
    }),
});
