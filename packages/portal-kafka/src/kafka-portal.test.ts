import { Address } from "@ockam/core-routing";
import { encodeRequest, framePrefix, MAX_FRAME_LENGTH } from "@ockam/kafka-protocol";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";

import { FakeBroker } from "../testing/fake-broker.ts";
import { Portal } from "../testing/portal.ts";
import { MAX_BROKERS } from "./limits.ts";

const CANARY = "the 32-byte canary of this test!";

test("a record goes through to the broker, which cannot read it, and comes back", async () => {
  await using portal = await Portal.create();
  const inlet = await portal.startInlet();
  const client = await portal.connect(inlet.address);
  const [broker] = await client.metadata();
  const second = await portal.connect(`127.0.0.1:${broker!.port}`);
  expect(await second.produce("orders", CANARY, null, "")).toBe(0);
  expect(await second.fetch("orders")).toEqual([CANARY, null, ""]);
  const [stored] = portal.broker.stored.get("orders")!;
  expect(Buffer.from(stored!).includes(CANARY)).toBe(false);
});

test("no address of a broker gets past the inlet: each has a port here", async () => {
  await using portal = await Portal.create();
  await using other = await FakeBroker.start(7);
  portal.broker.brokers.push(...other.brokers);
  const opened: [number, number][] = [];
  const inlet = await portal.startInlet({
    advertisedHost: "kafka.example",
    onAdvertised: (id, port) => opened.push([id, port]),
  });
  const client = await portal.connect(inlet.address);
  const brokers = await client.metadata();
  expect(brokers.map(({ host, nodeId }) => [nodeId, host])).toEqual([
    [1, "kafka.example"],
    [7, "kafka.example"],
  ]);
  expect(new Map(brokers.map(({ nodeId, port }) => [nodeId, port]))).toEqual(inlet.advertisedPorts());
  expect([...inlet.advertisedPorts()]).toEqual(opened);
  expect(await client.metadata()).toEqual(brokers);
  expect(portal.outlet.brokers()).toEqual(
    new Map([
      [1, portal.broker.address],
      [7, other.address],
    ]),
  );
  const second = await portal.connect(`127.0.0.1:${inlet.advertisedPorts().get(7)}`);
  await second.produce("orders", CANARY);
  expect(other.requests.map(({ api }) => api)).toEqual(["Produce"]);
});

test("after a restart running clients find the brokers where they were, without asking again", async () => {
  await using portal = await Portal.create();
  const first = await portal.startInlet();
  await (await portal.connect(first.address)).metadata();
  const ports = new Map(first.advertisedPorts());
  await first.close();
  const restored = await portal.startInlet({ advertisedPorts: ports });
  expect(restored.advertisedPorts()).toEqual(ports);
  const client = await portal.connect(`127.0.0.1:${ports.get(1)}`);
  expect(await client.produce("orders", CANARY)).toBe(0);
});

test("after a restart of the outlet clients that know a broker's port alone go on", async () => {
  await using portal = await Portal.create();
  const learned = new Map<number, string>();
  await portal.outlet.close();
  portal.startOutlet({ onBroker: (id, address) => learned.set(id, address) });
  const inlet = await portal.startInlet();
  await (await portal.connect(inlet.address)).metadata();
  expect(learned).toEqual(new Map([[1, portal.broker.address]]));
  await portal.outlet.close();
  portal.startOutlet({ knownBrokers: learned });
  const client = await portal.connect(`127.0.0.1:${inlet.advertisedPorts().get(1)}`);
  expect(await client.produce("orders", CANARY)).toBe(0);
  expect(portal.outlet.connections()).toHaveLength(1);
  expect(portal.outlet.lastFailure).toBeUndefined();
});

test.each([
  ["inlet", "OCKAM_PORTAL_PEER_NOT_ALLOWED"],
  ["outlet", "OCKAM_PORTAL_DENIED"],
])("whom the %s does not admit is turned away", async (end, code) => {
  await using portal = await Portal.create();
  await portal.outlet.close();
  const outlet = portal.startOutlet(end === "outlet" ? { admit: () => false } : {});
  const inlet = await portal.startInlet(end === "inlet" ? { admit: () => false } : {});
  const ended = portal.connect(inlet.address).then((client) => client.ended);
  expect(await ended.catch((error: { readonly code: string }) => error.code)).toBe("ECONNRESET");
  expect(inlet.lastFailure).toMatchObject({ code });
  expect(inlet.lastFailureAt).toBeTypeOf("number");
  expect(outlet.lastFailure === undefined).toBe(end === "inlet");
  expect(portal.broker.requests).toEqual([]);
});

test("a port that somebody else has taken meanwhile is replaced when the broker is named", async () => {
  await using portal = await Portal.create();
  const squatter = createServer();
  await once(squatter.listen(0, "127.0.0.1"), "listening");
  const taken = (squatter.address() as AddressInfo).port;
  const inlet = await portal.startInlet({ advertisedPorts: new Map([[1, taken]]) });
  expect(portal.entries.map(({ message }) => message).join("\n")).toContain(`port ${taken} of broker 1`);
  expect(inlet.advertisedPorts()).toEqual(new Map());
  const [broker] = await (await portal.connect(inlet.address)).metadata();
  expect(broker!.port).not.toBe(taken);
  squatter.close();
});

test("a range without a free port ends the connection, and is tried again", async () => {
  await using portal = await Portal.create();
  const squatter = createServer();
  await once(squatter.listen(0, "127.0.0.1"), "listening");
  const { port } = squatter.address() as AddressInfo;
  const inlet = await portal.startInlet({ brokerPorts: [port, port] });
  const client = await portal.connect(inlet.address);
  await expect(client.metadata()).rejects.toThrow("ECONNRESET");
  expect(inlet.lastFailure).toMatchObject({ code: "OCKAM_KAFKA_NO_PORT" });
  squatter.close();
  await once(squatter, "close");
  const [broker] = await (await portal.connect(inlet.address)).metadata();
  expect(broker!.port).toBe(port);
});

test.each([[[2, 1]], [[-1, 3]], [[1, 65_536]]] as const)(
  "a range from %j is refused",
  async (brokerPorts) => {
    await using portal = await Portal.create();
    await expect(portal.startInlet({ brokerPorts })).rejects.toThrow(RangeError);
  },
);

test("an inlet without a route is paused until it has one", async () => {
  await using portal = await Portal.create();
  const inlet = await portal.startInlet({ route: [Address.local("nowhere")] });
  inlet.pause(new Error("no session"));
  expect(inlet.lastFailure).toEqual(new Error("no session"));
  const refused = portal.connect(inlet.address).then((client) => client.metadata());
  await expect(refused).rejects.toThrow(/ECONNRESET/);
  inlet.setRoute([]);
  expect(await (await portal.connect(inlet.address)).metadata()).toHaveLength(1);
});

test("several outlets on a node, each by its name", async () => {
  await using portal = await Portal.create();
  await using other = await FakeBroker.start(1);
  const named = portal.startOutlet({ name: "eu", bootstrapServer: other.address });
  expect(named.address.toString()).toBe("0#eu_interceptor");
  const inlet = await portal.startInlet({ outlet: "eu" });
  const client = await portal.connect(inlet.address);
  const [broker] = await client.metadata();
  const second = await portal.connect(`127.0.0.1:${broker!.port}`);
  await second.produce("orders", CANARY);
  expect([portal.broker.requests.length, other.requests.length]).toEqual([0, 2]);
  await named.close();
});

test("an outlet leads to its brokers and nowhere else", async () => {
  await using portal = await Portal.create();
  let reached = 0;
  portal.router.start(() => void (reached += 1), { address: "secret" });
  const route = [portal.outlet.address, Address.local("secret")];
  await portal.router.request(route, Uint8Array.of(0), { timeout: 30 }).catch(() => {});
  expect(reached).toBe(0);
});

test("a broker that moves is followed, also when several connections hear of it at once", async () => {
  await using portal = await Portal.create();
  await using moved = await FakeBroker.start(1);
  const addresses: string[] = [];
  await portal.outlet.close();
  portal.startOutlet({ onAddress: (address, isUp) => addresses.push(`${address.name} ${isUp}`) });
  const inlet = await portal.startInlet();
  const client = await portal.connect(inlet.address);
  await client.metadata();
  const address = `127.0.0.1:${inlet.advertisedPorts().get(1)}`;
  const old = await portal.connect(address);
  await old.metadata();
  const before = portal.outlet.traffic;
  expect(before).toMatchObject({ connections: 2 });
  portal.broker.brokers = moved.brokers;
  const others = await Promise.all([1, 2, 3].map(() => portal.connect(inlet.address)));
  await Promise.all(others.map((each) => each.metadata()));
  expect(portal.outlet.brokers()).toEqual(new Map([[1, moved.address]]));
  expect(await old.ended).toMatch(/ECONNRESET|end/);
  expect(await (await portal.connect(address)).produce("orders", CANARY)).toBe(0);
  expect(moved.requests.map(({ api }) => api)).toEqual(["Produce"]);
  // Those to where it was before stay counted.
  expect(portal.outlet.traffic.connections).toBe(6);
  expect(portal.outlet.traffic.bytesSent).toBeGreaterThan(before.bytesSent);
  expect(inlet.traffic.connections).toBe(6);
  expect(addresses).toEqual([
    "kafka_bootstrap true",
    "kafka_interceptor true",
    "kafka_outlet_1 true",
    "kafka_outlet_1 false",
    "kafka_outlet_1 true",
  ]);
});

test("a broker that says over its own connection that it is elsewhere is followed, too", async () => {
  await using portal = await Portal.create();
  await using moved = await FakeBroker.start(1);
  const inlet = await portal.startInlet();
  await (await portal.connect(inlet.address)).metadata();
  const client = await portal.connect(`127.0.0.1:${inlet.advertisedPorts().get(1)}`);
  await client.metadata();
  portal.broker.brokers = moved.brokers;
  await expect(client.metadata()).rejects.toThrow(/ended/);
  expect(portal.outlet.brokers()).toEqual(new Map([[1, moved.address]]));
});

test("addresses that are none are not connected to, and brokers are bounded", async () => {
  await using portal = await Portal.create();
  const inlet = await portal.startInlet();
  portal.broker.brokers = [
    { nodeId: -1, host: "127.0.0.1", port: 1 },
    { nodeId: 2, host: "", port: 1 },
    { nodeId: 3, host: "127.0.0.1", port: 0 },
    { nodeId: 4, host: "127.0.0.1", port: 70_000 },
    { nodeId: 5, host: "no host", port: 9 },
  ];
  await (await portal.connect(inlet.address)).metadata();
  expect(portal.outlet.brokers().size).toBe(0);
  portal.broker.brokers = Array.from({ length: MAX_BROKERS + 1 }, (_, nodeId) => ({
    nodeId,
    host: "127.0.0.1",
    port: 9,
  }));
  const client = await portal.connect(inlet.address);
  await expect(client.metadata()).rejects.toThrow("ECONNRESET");
  expect(portal.outlet.brokers().size).toBe(MAX_BROKERS);
  expect(inlet.advertisedPorts().size).toBeLessThanOrEqual(MAX_BROKERS);
});

test.each([
  ["a length that is no message's", Uint8Array.of(0, 0, 0, 0)],
  ["a negative length", Uint8Array.of(0xff, 0xff, 0xff, 0xff)],
  ["HTTP", new TextEncoder().encode("GET / HTTP/1.1\r\nHost: a\r\n\r\n")],
  ["one byte more than a message may have", prefixOf(MAX_FRAME_LENGTH + 1)],
  ["garbage in a frame", Uint8Array.of(0, 0, 0, 4, 1, 2, 3, 4)],
  ["an API that nobody knows", Uint8Array.of(0, 0, 0, 10, 0x7f, 0xff, 0, 0, 0, 0, 0, 1, 0xff, 0xff)],
])("a client that sends %s is reset", async (_name, bytes) => {
  await using portal = await Portal.create();
  const inlet = await portal.startInlet();
  const client = await portal.connect(inlet.address);
  client.socket.write(bytes);
  expect(await client.ended).toBe("ECONNRESET");
  await expect.poll(() => portal.broker.connections).toBe(0);
});

test.each([
  ["a length that is no message's", Uint8Array.of(0, 0, 0, 0)],
  ["one byte more than a message may have", prefixOf(MAX_FRAME_LENGTH + 1)],
  ["no response", Uint8Array.of(0, 0, 0, 2, 1, 2)],
  ["a response that nobody asked for", Uint8Array.of(0, 0, 0, 5, 0, 0, 0x77, 0x77, 0)],
  ["a response that is cut off", Uint8Array.of(0, 0, 0, 6, 0, 0, 0, 1, 0, 0)],
])("a broker that sends %s costs the connection", async (_name, bytes) => {
  await using portal = await Portal.create();
  portal.broker.reply = () => bytes;
  const inlet = await portal.startInlet();
  const client = await portal.connect(inlet.address);
  await expect(client.metadata()).rejects.toThrow("ECONNRESET");
  await expect.poll(() => portal.broker.connections).toBe(0);
  await expect.poll(() => inlet.connections()).toEqual([]);
});

test("a request that is cut off by the end of the connection is no request", async () => {
  await using portal = await Portal.create();
  const inlet = await portal.startInlet();
  const client = await portal.connect(inlet.address);
  const bytes = encodeRequest({ api: "Metadata", version: 12, correlationId: 1, body: { topics: null } });
  client.socket.write(framePrefix(bytes.length));
  client.socket.end(bytes.subarray(0, 5));
  expect(await client.ended).toBe("ECONNRESET");
  expect(portal.broker.requests).toEqual([]);
});

test("a message of single bytes is a message", async () => {
  await using portal = await Portal.create();
  const inlet = await portal.startInlet();
  const client = await portal.connect(inlet.address);
  client.socket.setNoDelay();
  const bytes = encodeRequest({ api: "Metadata", version: 12, correlationId: 1, body: { topics: null } });
  for (const byte of [...framePrefix(bytes.length), ...bytes]) {
    client.socket.write(Uint8Array.of(byte));
    await new Promise(setImmediate);
  }
  expect((await client.next()).length).toBeGreaterThan(4);
});

test("a client that sends nothing more still gets its responses, and then the end", async () => {
  await using portal = await Portal.create();
  const inlet = await portal.startInlet();
  const client = await portal.connect(inlet.address);
  client.send({ api: "Metadata", version: 12, body: { topics: null } });
  client.socket.end();
  expect((await client.next()).length).toBeGreaterThan(4);
  expect(await client.ended).toBe("end");
  await expect.poll(() => portal.broker.halfClosed).toBe(1);
  await expect.poll(() => inlet.connections()).toEqual([]);
});

test("a client that does not read holds up the broker, and nobody else", async () => {
  await using portal = await Portal.create();
  const count = 64;
  const length = 1024 * 1024;
  portal.broker.reply = ({ api, correlationId, version }) =>
    api === "Fetch"
      ? {
          api,
          version,
          correlationId,
          body: { responses: [{ topic: "t", partitions: [{ records: new Uint8Array(length) }] }] },
        }
      : undefined;
  const inlet = await portal.startInlet({ encryption: undefined });
  const slow = await portal.connect(inlet.address);
  slow.socket.pause();
  for (let i = 0; i < count; i++) slow.send({ api: "Fetch", version: 12, body: {} });
  await expect.poll(() => portal.broker.requests.length, { timeout: 20_000 }).toBe(count);
  const other = await portal.connect(inlet.address);
  expect(await other.metadata()).toHaveLength(1);
  expect(portal.broker.unsent).toBeGreaterThan((count / 4) * length);
  slow.socket.resume();
  for (let i = 0; i < count; i++) expect((await slow.next()).length).toBeGreaterThan(length);
});

test("without a secure channel an outlet serves nobody unless it is told to", async () => {
  await using portal = await Portal.create({ dangerouslyAllowUnauthenticatedRemotePeers: false });
  const inlet = await portal.startInlet();
  const client = await portal.connect(inlet.address);
  client.send({ api: "Metadata", version: 12, body: { topics: null } });
  await expect.poll(() => portal.entries.map(({ message }) => message).join()).toMatch(/channel.*--to self/);
  expect(portal.broker.requests).toEqual([]);
  expect(portal.broker.connections).toBe(0);
});

function prefixOf(length: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, length);
  return bytes;
}
