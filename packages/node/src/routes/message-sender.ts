import { fromHex, isOckamError, toHex } from "@ockam/codec";

import type { MessageSendParams } from "../control/control-api.ts";
import type { NodeCore } from "../node-core.ts";
import { nodeError } from "../node-error.ts";
import { buildRoute } from "./route-builder.ts";
import { planRoute } from "./route-plan.ts";

/** How long a reply may take unless told otherwise, ms, counted from before the way there is opened. */
export const MESSAGE_TIMEOUT = 10_000;

/**
 * Opens the way, sends a message, waits for the reply and closes the way.
 * @throws OckamError OCKAM_NODE_UNANSWERED, and those of `buildRoute`; the signal's reason
 */
export async function sendMessage(
  core: NodeCore,
  params: MessageSendParams,
  signal?: AbortSignal,
): Promise<{ readonly payload: string }> {
  const { to, identity, timeout = MESSAGE_TIMEOUT } = params;
  const payload = fromHex(params.payload);
  const deadline = performance.now() + timeout;
  const plan = planRoute(to, core.state);
  await using built = await buildRoute(core, plan, { identity, trust: "available", timeout, signal });
  try {
    const reply = await core.router.request(built.route, payload, {
      timeout: Math.max(1, Math.ceil(deadline - performance.now())),
      ...(signal === undefined ? {} : { signal }),
    });
    return { payload: toHex(reply.payload) };
  } catch (error) {
    if (!isOckamError(error, "OCKAM_ROUTING_TIMEOUT")) throw error;
    const hop = plan.steps.at(-1)?.text ?? to;
    throw nodeError(
      "UNANSWERED",
      `${hop} did not answer (timeout: ${timeout / 1000}s): is there such a service, and is it exposed to this node?${withoutCredential(core)}`,
      { cause: error, details: { hop, timeout } },
    );
  }
}

/** That the node has no credential may be why. */
function withoutCredential(core: NodeCore): string {
  const { credential, last_failure: failure } = core.trust.status();
  return credential?.status === "missing"
    ? ` This node has no credential: ${failure ?? "it waits for one"}`
    : "";
}
