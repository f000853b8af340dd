// Where one end of a channel is reached in its router. docs/protocol/secure-channels.md, "Addresses and routes".
import { Address, denyAll } from "@ockam/core-routing";
import type { FlowControlId, Router, Worker } from "@ockam/core-routing";

/** The addresses of one end of a channel. All are random, and only {@link decryptor} is told to the peer. */
export interface ChannelAddresses {
  /** Receives the handshake and then the encrypted messages. */
  readonly decryptor: Address;
  /** Where decrypted messages come from; it receives nothing. */
  readonly decryptorInternal: Address;
  /** The channel's address for local workers: what is sent here reaches the peer. */
  readonly encryptor: Address;
}

/** Fresh addresses. */
export function randomChannelAddresses(): ChannelAddresses {
  return {
    decryptor: Address.random(),
    decryptorInternal: Address.random(),
    encryptor: Address.random(),
  };
}

/** What is random in a handshake, fixed to replay a recorded one. For tests only: no exported function takes it. */
export interface FixedHandshake {
  readonly addresses?: ChannelAddresses;
  readonly ephemeralSecret?: Uint8Array;
}

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
