import { connect, listen, memoryTransport, Router } from "@ockam/core-routing";
import type { Address } from "@ockam/core-routing";
import { createIdentities } from "@ockam/identity";
import { createSecureChannel, createSecureChannelListener } from "@ockam/secure-channel";
import { expect, test } from "vitest";

import { FakeBroker } from "../testing/fake-broker.ts";
import { RawClient } from "../testing/raw-client.ts";
import { createKafkaInlet } from "./kafka-inlet.ts";
import { createKafkaOutlet } from "./kafka-outlet.ts";

test("an inlet reaches the outlet of another node through a secure channel, and only so", async () => {
  await using broker = await FakeBroker.start();
  await using near = new Router();
  await using far = new Router();
  const network = memoryTransport();
  const identities = createIdentities();
  const { identifier: clients } = await identities.create();
  const { identifier: brokers } = await identities.create();
  await using connections = await listen(near, network, "near");
  await using channels = createSecureChannelListener(near, "api", {
    identities,
    identifier: brokers,
    consumerOf: [connections.flowControlId],
  });
  const letIn = (address: Address, isUp: boolean): void => {
    for (const { flowControlId } of [channels, connections]) {
      if (isUp) near.flowControls.addConsumer(address, flowControlId);
    }
  };
  await using outlet = createKafkaOutlet(near, { bootstrapServer: broker.address, onAddress: letIn });
  const connection = await connect(far, network, "near");
  const channel = await createSecureChannel(far, [connection.address, channels.address], {
    identities,
    identifier: clients,
    confirm: false,
  });
  await using inlet = await createKafkaInlet(far, { from: 0, route: [channel.address] });
  using client = await RawClient.connect(inlet.address);
  const [found] = await client.metadata();
  using second = await RawClient.connect(`127.0.0.1:${found!.port}`);
  expect(await second.produce("orders", "value")).toBe(0);
  expect(await second.fetch("orders")).toEqual(["value"]);
  expect(outlet.brokers()).toEqual(new Map([[1, broker.address]]));

  inlet.setRoute([connection.address]);
  const before = broker.requests.length;
  using refused = await RawClient.connect(inlet.address);
  refused.send({ api: "Metadata", version: 12, body: { topics: null } });
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(broker.requests).toHaveLength(before);
});
