import { OckamError } from "@ockam/codec";

import { defineCommand, type Command } from "../command.ts";
import { AT } from "../common-options.ts";
import { notFound } from "../delete-items.ts";
import { withNode } from "../node-access.ts";
import { argument } from "../option.ts";
import { INLET, renderInlet } from "../render/inlet.ts";
import { emptyResult } from "../result.ts";

export const tcpInletShow: Command = defineCommand({
  summary: "Show a TCP inlet, and why it is down if it is",
  examples: ["tcp-inlet show db"],
  json: INLET,
  positionals: { name: argument("Its name") },
  options: { at: AT },
  run: ({ name: typed, at }, terminal) =>
    withNode({ at, terminal }, async (node) => {
      const inlets = await node.call("tcp-inlet.list", {});
      if (inlets.length === 0) return emptyResult(`There are no TCP inlets at ${node.name}`);
      const names = inlets.map((inlet) => inlet.alias);
      const name = typed ?? (await terminal.selectOne("Which TCP inlet?", names));
      if (name === undefined) {
        throw new OckamError("OCKAM_CLI_NO_NAME", "No TCP Inlet alias provided", {
          details: { hint: `name one of: ${names.join(", ")}` },
        });
      }
      const inlet = inlets[names.indexOf(name)];
      if (inlet === undefined) throw notFound("TCP inlet", name, names);
      return { json: () => inlet, plain: (style) => renderInlet(inlet, style) };
    }),
});
