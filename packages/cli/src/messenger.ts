import type { TrustOptions } from "@ockam/node";
import { openState } from "@ockam/node/state";

import { withNode, type RunningNode } from "./node-access.ts";
import type { Terminal } from "./terminal.ts";

/** Who sends the messages of a command. */
export interface MessengerChoice {
  /** The name of a running node; without it a node in this process that ends with the command. */
  readonly from: string | undefined;
  /** Name of the identity of the node in this process. */
  readonly identity: string | undefined;
  /** Whom the node in this process trusts; by default, the authority of the default project. */
  readonly trust?: TrustOptions | undefined;
  readonly terminal: Terminal;
}

/**
 * Calls `work` with the node that sends.
 * @throws OckamError of {@link withNode} and of the calls
 */
export async function withMessenger<T>(
  { from, identity, terminal, trust }: MessengerChoice,
  work: (node: RunningNode) => Promise<T>,
): Promise<T> {
  if (from !== undefined) return withNode({ at: from, terminal }, work);
  const { createNode } = await import("@ockam/node");
  using state = openState();
  await using node = await createNode({
    state,
    ephemeral: true,
    log: terminal.log,
    ...(identity === undefined ? {} : { identity }),
    ...(trust === undefined ? {} : { trust }),
  });
  return await work({
    name: "",
    call: (method, params) =>
      terminal.busy("Waiting for the reply", () => node.call(method, params, { signal: terminal.signal })),
  });
}
