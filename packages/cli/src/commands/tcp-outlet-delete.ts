import { defineCommand, type Command } from "../command.ts";
import { ALL, AT, YES } from "../common-options.ts";
import { deleteItems } from "../delete-items.ts";
import { array, object, oneOf, string } from "../json-shape.ts";
import { withNode } from "../node-access.ts";
import { argument } from "../option.ts";
import { parseServiceReference } from "../service-reference.ts";

export const tcpOutletDelete: Command = defineCommand({
  summary: "Delete a TCP outlet",
  examples: ["tcp-outlet delete db --at n1 --yes", "tcp-outlet delete --all --yes"],
  json: oneOf(
    object({ alias: string(), node: string() }),
    array(object({ alias: string(), node: string() })),
  ),
  pipe: "the address, one a line",
  positionals: { name: argument("Its address") },
  options: { at: AT, all: ALL, yes: YES },
  run: ({ name, at, all, yes }, terminal) =>
    withNode({ at, terminal }, async (node) => {
      const outlets = await node.call("tcp-outlet.list", {});
      return await deleteItems({
        terminal,
        kind: "TCP outlet",
        existing: outlets.map((outlet) => parseServiceReference(outlet.address)),
        name: name === undefined ? undefined : parseServiceReference(name),
        all,
        yes,
        async remove(item) {
          await node.call("tcp-outlet.delete", { name: item });
        },
        json: (item) => ({ alias: item, node: node.name }),
        machine: (item) => item,
      });
    }),
});
