// Runs inside Chromium: two identities open a secure channel over an in-memory transport, with the portable backend.
import { connect, echoWorker, listen, memoryTransport, Router } from "@ockam/core-routing";
import { createIdentities } from "@ockam/identity";
import { createSecureChannel, createSecureChannelListener } from "@ockam/secure-channel";
import { createSoftwareVault, nobleBackend } from "@ockam/vault";

/** What the page found, for the test outside. */
export interface PageReport {
  readonly backend: string;
  readonly alice: string;
  readonly bob: string;
  readonly aliceSees: string;
  readonly bobSees: string;
  readonly echoed: string;
  readonly messages: number;
}

declare global {
  var openSecureChannel: () => Promise<PageReport>;
}

// More than 64, so that both directions change their keys twice.
const MESSAGES = 70;

globalThis.openSecureChannel = async () => {
  const backend = nobleBackend();
  const transport = memoryTransport();

  const bobs = createIdentities({ vault: createSoftwareVault({ backend }) });
  const bob = await bobs.create();
  await using bobRouter = new Router();
  const listener = await listen(bobRouter, transport, "bob");
  let bobSees = "";
  const channels = createSecureChannelListener(bobRouter, "api", {
    identities: bobs,
    identifier: bob.identifier,
    consumerOf: [listener.flowControlId],
    onChannel: (channel) => {
      bobSees = channel.peer.toString();
    },
  });
  bobRouter.flowControls.addConsumer(
    bobRouter.start(echoWorker(), { address: "echo" }).address,
    channels.flowControlId,
  );

  const alices = createIdentities({ vault: createSoftwareVault({ backend }) });
  const alice = await alices.create();
  await using aliceRouter = new Router();
  const connection = await connect(aliceRouter, transport, "bob");
  await using channel = await createSecureChannel(aliceRouter, [connection.address, channels.address], {
    identities: alices,
    identifier: alice.identifier,
  });

  const echo = bobRouter.addresses().find((address) => address.name === "echo")!;
  let echoed = "";
  for (let i = 0; i < MESSAGES; i++) {
    const reply = await aliceRouter.request([channel.address, echo], new TextEncoder().encode(`hello ${i}`));
    echoed = new TextDecoder().decode(reply.payload);
  }
  return {
    backend: backend.name,
    alice: alice.identifier.toString(),
    bob: bob.identifier.toString(),
    aliceSees: channel.peer.toString(),
    bobSees,
    echoed,
    messages: MESSAGES,
  };
};
