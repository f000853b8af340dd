import { OckamError } from "@ockam/codec";

import { defineCommand, type Command } from "../command.ts";
import { AT } from "../common-options.ts";
import { notFound } from "../delete-items.ts";
import { literal, nullable, object, string } from "../json-shape.ts";
import { withNode } from "../node-access.ts";
import { argument } from "../option.ts";
import { renderRelay } from "../render/relay.ts";
import { SESSION_MEMBERS } from "../render/session.ts";
import { emptyResult } from "../result.ts";

export const relayShow: Command = defineCommand({
  summary: "Show a relay, and why it is down if it is",
  examples: ["relay show bank --at bank"],
  json: object({
    name: string(),
    destination: string(),
    connection_status: literal("Up", "Down"),
    relay_route: nullable(string()),
    remote_address: nullable(string(), "/service/forward_to_NAME"),
    worker_address: nullable(string(), "/service/…"),
    ...SESSION_MEMBERS,
  }),
  pipe: "its name",
  positionals: { name: argument("Its name") },
  options: { at: AT },
  run: ({ name: typed, at }, terminal) =>
    withNode({ at, terminal }, async (node) => {
      const relays = await node.call("relay.list", {});
      if (relays.length === 0) return emptyResult(`There are no relays to ${node.name}`);
      const names = relays.map((relay) => relay.name);
      const name = typed ?? (await terminal.selectOne("Which relay?", names));
      if (name === undefined) {
        throw new OckamError("OCKAM_CLI_NO_NAME", "No relay name provided", {
          details: { hint: `name one of: ${names.join(", ")}` },
        });
      }
      const relay = relays[names.indexOf(name)];
      if (relay === undefined) throw notFound("relay", name, names);
      return {
        json: () => ({
          name: relay.name,
          destination: relay.destination_address,
          connection_status: relay.connection_status,
          relay_route: relay.forwarding_route,
          remote_address: servicePath(relay.remote_address),
          worker_address: servicePath(relay.worker_address),
          since: relay.since,
          last_failure: relay.last_failure,
          last_failure_at: relay.last_failure_at,
          round_trip_ms: relay.round_trip_ms,
        }),
        machine: relay.name,
        plain: (style) => renderRelay(relay, style),
      };
    }),
});

function servicePath(address: string | null): string | null {
  return address === null ? null : `/service/${address.replace(/^0#/, "")}`;
}
