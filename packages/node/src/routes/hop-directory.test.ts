import { connect, echoWorker, listen, memoryTransport, Router } from "@ockam/core-routing";
import { createIdentities } from "@ockam/identity";
import { createSecureChannel, createSecureChannelListener } from "@ockam/secure-channel";
import { expect, test } from "vitest";

import { HopDirectory } from "./hop-directory.ts";

test("portals hear of lost messages, and not of what anybody may make up", async () => {
  await using here = new Router();
  await using there = new Router();
  const network = memoryTransport();
  const { flowControlId } = await listen(there, network, "there");
  const identities = createIdentities();
  const { identifier } = await identities.create();
  const options = { identities, identifier };
  const listener = createSecureChannelListener(there, "api", { ...options, consumerOf: [flowControlId] });
  const echo = there.start(echoWorker(), { address: "echo" });
  there.flowControls.addConsumer(echo.address, listener.flowControlId);
  const route = [(await connect(here, network, "there")).address, listener.address];
  const channel = await createSecureChannel(here, route, options);
  const far = listener.channels()[0]!;
  const hops = new HopDirectory();
  hops.add(far.address, { closed: far.closed, channel: far });
  let heard = 0;
  const stop = hops.disturbance(() => (heard += 1), far.address);
  const forged = new Uint8Array(64);
  forged[7] = 9; // a nonce that is yet to come
  await there.start(() => {}).send([far.decryptorAddress], forged);
  await channel.ping();
  expect(heard).toBe(0);
  channel.encrypt(new Uint8Array(1)); // takes the place of a message that never arrives
  await channel.ping();
  expect(heard).toBe(1);
  stop();
  channel.encrypt(new Uint8Array(1));
  await channel.ping();
  expect(heard).toBe(1);
});
