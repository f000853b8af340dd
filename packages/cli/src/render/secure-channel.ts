import type { SecureChannelStatus } from "@ockam/node";

import type { Style } from "../style.ts";

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
