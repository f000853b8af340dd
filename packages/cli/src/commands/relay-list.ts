import { defineCommand, type Command } from "../command.ts";
import { array } from "../json-shape.ts";
import { withNode } from "../node-access.ts";
import { parseNodeReference } from "../node-reference.ts";
import { parsed } from "../option.ts";
import { RELAY, renderRelay } from "../render/relay.ts";

export const relayList: Command = defineCommand({
  summary: "List the relays through which a node is reached",
  examples: ["relay list --to n1"],
  json: array(RELAY),
  options: {
    to: parsed("NODE", "The node that is reached through them", parseNodeReference, {
      fallback: "the default node",
    }),
  },
  run: ({ to }, terminal) =>
    withNode({ at: to, terminal }, async (node) => {
      const relays = await node.call("relay.list", {});
      return {
        json: () => relays,
        plain: (style) =>
          relays.length === 0
            ? style.info(`There are no relays to ${style.name(node.name)}`)
            : relays.map((relay) => renderRelay(relay, style)).join("\n"),
      };
    }),
});
