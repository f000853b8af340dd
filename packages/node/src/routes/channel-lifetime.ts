import type { SecureChannel } from "@ockam/secure-channel";

import type { NodeCore } from "../node-core.ts";

/** How long an accepted channel outlives the connection below it, ms: time for its peer to move it to another one. */
export const CHANNEL_MOVE_TIME = 2000;

/**
 * Closes an accepted channel soon after the connection, or the outer channel, that leads to its peer is gone: a peer that
 * was killed or that replaced its connection says nothing. By itself a channel would wait half a minute, and so would the
 * targets of outlets whose client is gone.
 */
export function closeWithConnection(core: NodeCore, channel: SecureChannel): void {
  const [hop] = channel.route;
  if (hop === undefined) return;
  const stop = core.hops.onClosed(hop, () => {
    const timer = setTimeout(() => look(core, channel), CHANNEL_MOVE_TIME);
    void channel.closed.then(() => clearTimeout(timer));
  });
  if (stop !== undefined) void channel.closed.then(stop);
}

function look(core: NodeCore, channel: SecureChannel): void {
  const [hop] = channel.route;
  if (hop !== undefined && core.router.has(hop)) closeWithConnection(core, channel);
  else void channel.close();
}
