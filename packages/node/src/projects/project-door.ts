import { Address } from "@ockam/core-routing";

import { API_LISTENER } from "../channels/secure-channel-listeners.ts";
import type { NodeCore } from "../node-core.ts";

/**
 * The worker of a project's node that has the project's id for its address. The route of a project leads through it, so
 * that a ticket, which has the route alone, says what the id is. It takes its address off a message and passes on what
 * goes to `api`, and nothing else. docs/protocol/authority.md
 */
export function startProjectDoor(core: NodeCore, projectId: string): void {
  const { exposure, log, router } = core;
  const api = Address.local(API_LISTENER);
  const { address } = router.start(
    {
      concurrent: true,
      handleMessage(message, context) {
        const onward = message.onwardRoute.slice(1);
        if (onward.length === 1 && onward[0]?.equals(api) === true)
          return context.forward(message.rerouted(onward, message.returnRoute));
        log({
          level: "warn",
          area: "node",
          message: `dropped a message that would go through ${projectId} past ${API_LISTENER}`,
        });
        return undefined;
      },
    },
    { address: projectId },
  );
  exposure.expose(address, ["tcp", "channels"]);
}
