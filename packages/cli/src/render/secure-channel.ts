import type { SecureChannelStatus } from "@ockam/node";

import { array, literal, named, nullable, string } from "../json-shape.ts";
import type { Style } from "../style.ts";

/** A secure channel as `--output json` prints it. */
export const SECURE_CHANNEL = named("SecureChannel", {
  address: string("/service/ID"),
  to: nullable(string(), "the route that was asked for; null for one that a listener accepted"),
  route: nullable(string(), "where encrypted messages go; null while it is opened again"),
  role: literal("initiator", "responder"),
  authorized_identifiers: nullable(array(string()), "whom it accepts; null for anybody"),
  flow_control_id: nullable(string()),
  my_identifier: string("I and 64 hex digits"),
  their_identifier: string("I and 64 hex digits"),
  their_change_history: nullable(string(), "hex"),
});

/** A secure channel: its address, and whom it leads to. */
export function renderSecureChannel(channel: SecureChannelStatus, style: Style): string {
  return [
    style.row(
      `Secure channel ${style.name(channel.address)}${channel.role === "responder" ? ", accepted" : ""}`,
    ),
    ...(channel.to === null ? [] : [style.row(`  to ${style.name(channel.to)}`)]),
    style.row(`  peer ${style.name(channel.their_identifier)}`),
  ].join("\n");
}
