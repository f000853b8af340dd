import { encodeRequest, encodeResponse } from "@ockam/kafka-protocol";
import type { BrokerAddress } from "@ockam/kafka-protocol";
import { expect, test } from "vitest";

import { OutletConversation } from "./outlet-conversation.ts";
import { MAX_PENDING_REQUESTS } from "./pending-requests.ts";

class Scene {
  readonly brokers: BrokerAddress[] = [];
  toBroker = 0;
  readonly conversation: OutletConversation = new OutletConversation(
    { onBrokers: (brokers) => void this.brokers.push(...brokers) },
    { toBroker: () => void this.toBroker++, toClient: () => {} },
  );

  produce(correlationId: number, acks: number): void {
    const body = { acks, timeoutMs: 1000, topicData: [] };
    this.conversation.fromClient(encodeRequest({ api: "Produce", version: 10, correlationId, body }));
  }
}

test("requests that are not answered are not waited for, whatever their number", () => {
  const scene = new Scene();
  for (let id = 0; id <= MAX_PENDING_REQUESTS; id++) scene.produce(id, 0);
  expect(scene.toBroker).toBe(MAX_PENDING_REQUESTS + 1);
});

test("requests that wait for their answers have a limit", () => {
  const scene = new Scene();
  for (let id = 0; id < MAX_PENDING_REQUESTS; id++) scene.produce(id, -1);
  expect(() => scene.produce(MAX_PENDING_REQUESTS, -1)).toThrow(/without waiting/);
});

test("a broker that a Produce response hints at is learned", async () => {
  const scene = new Scene();
  scene.produce(1, 0);
  scene.produce(2, -1);
  const body = { nodeEndpoints: [{ nodeId: 2, host: "b2.example", port: 9092, rack: null }] };
  await scene.conversation.fromBroker(
    encodeResponse({ api: "Produce", version: 10, correlationId: 2, body }),
  );
  expect(scene.brokers).toEqual([{ nodeId: 2, host: "b2.example", port: 9092 }]);
});
