import { denyAll } from "@ockam/core-routing";
import type { FlowControlId, Router, Worker } from "@ockam/core-routing";
import type { ChannelAddresses } from "./channel-addresses.ts";

/** Where a channel's end stands in the flow controls of its router. */
export interface DecryptorOptions {
  readonly addresses: ChannelAddresses;
  /** The flow control of what comes out of the channel. */
  readonly flowControlId: FlowControlId;
  /** The listener's flow control, whose consumers the peer may reach as well. */
  readonly spawner?: FlowControlId;
  /** Flow controls whose producers may send to the decryptor. */
  readonly consumerOf: readonly FlowControlId[];
}

/**
 * Registers the worker at the decryptor's addresses. It takes messages from anybody, as only the cipher can tell
 * whose they are; what it sends on from its internal address is bound by flow control.
 */
export function startDecryptor(router: Router, options: DecryptorOptions, worker: Worker): void {
  const { addresses, flowControlId, spawner } = options;
  const { flowControls } = router;
  router.start(worker, {
    address: addresses.decryptor,
    additional: [
      {
        address: addresses.decryptorInternal,
        incoming: denyAll,
        outgoing: flowControls.accessControl(flowControlId, spawner),
      },
    ],
  });
  for (const id of options.consumerOf) flowControls.addConsumer(addresses.decryptor, id);
  flowControls.addProducer(addresses.decryptorInternal, flowControlId, spawner, [addresses.encryptor]);
}
