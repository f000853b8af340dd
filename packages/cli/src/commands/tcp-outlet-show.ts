import { OckamError } from "@ockam/codec";

import { defineCommand, type Command } from "../command.ts";
import { AT } from "../common-options.ts";
import { notFound } from "../delete-items.ts";
import { object, string } from "../json-shape.ts";
import { withNode } from "../node-access.ts";
import { argument } from "../option.ts";
import { renderOutlet } from "../render/outlet.ts";
import { emptyResult } from "../result.ts";
import { parseServiceReference } from "../service-reference.ts";

export const tcpOutletShow: Command = defineCommand({
  summary: "Show a TCP outlet",
  examples: ["tcp-outlet show db --at n1"],
  json: object({ node_name: string(), worker_address: string("/service/ADDRESS"), to: string("HOST:PORT") }),
  positionals: { name: argument("Its address") },
  options: { at: AT },
  run: ({ name: given, at }, terminal) =>
    withNode({ at, terminal }, async (node) => {
      const outlets = await node.call("tcp-outlet.list", {});
      if (outlets.length === 0) return emptyResult(`There are no TCP outlets at ${node.name}`);
      const names = outlets.map((outlet) => parseServiceReference(outlet.address));
      const typed = given ?? (await terminal.selectOne("Which TCP outlet?", names));
      if (typed === undefined) {
        throw new OckamError("OCKAM_CLI_NO_NAME", "No TCP Outlet alias provided", {
          details: { hint: `name one of: ${names.join(", ")}` },
        });
      }
      const name = parseServiceReference(typed);
      const outlet = outlets[names.indexOf(name)];
      if (outlet === undefined) throw notFound("TCP outlet", name, names);
      return {
        json: () => ({ node_name: node.name, worker_address: outlet.address, to: outlet.to }),
        plain: (style) => renderOutlet(outlet, style),
      };
    }),
});
