import { toHex } from "@ockam/codec";
import { Attributes, issueCredential, memoryAttributeStorage } from "@ockam/credentials";
import { createIdentities, Identifier } from "@ockam/identity";
import { createSecureChannelListener } from "@ockam/secure-channel";
import { describe, expect, test } from "vitest";

import { addressOf, codeOf, Nodes } from "../testing/nodes.ts";
import { temporaryHome } from "../testing/temporary-home.ts";
import { CHANNEL_MOVE_TIME } from "./routes/channel-lifetime.ts";
import { openState } from "./state/sqlite-state.ts";

const HELLO = "0568656c6c6f";

describe("transports and channels", () => {
  test("connections are listed, shown and deleted, those of others too", async () => {
    await using nodes = new Nodes();
    const [a, b] = [await nodes.create(), await nodes.create()];
    const own = await a.tcpConnections.create(b.tcpListenerAddress!);
    expect(own).toMatchObject({ type: "Tcp", mode: "Outgoing" });
    await a.secureChannels.create({ to: `${addressOf(b)}/service/api` });
    expect(a.tcpConnections.list()).toHaveLength(2);
    expect(b.tcpConnections.list().map(({ mode }) => mode)).toEqual(["Incoming", "Incoming"]);
    expect(a.tcpConnections.show(`/worker/${own.worker_addr}`)).toEqual(own);
    expect(a.tcpConnections.show(own.socket_addr)).toEqual(own);
    await a.tcpConnections.delete(own.worker_addr);
    await expect.poll(() => b.tcpConnections.list()).toHaveLength(1);
    expect(await codeOf(() => a.tcpConnections.delete(own.worker_addr))).toBe(
      "OCKAM_NODE_TCP_CONNECTION_NOT_FOUND",
    );
    await b.tcpConnections.delete(b.tcpConnections.list()[0]!.worker_addr);
  });

  test("a connection keeps its address when it is opened again", async () => {
    await using nodes = new Nodes();
    const [a, b] = [await nodes.create(), await nodes.create()];
    const own = await a.tcpConnections.create(b.tcpListenerAddress!);
    const to = `/worker/${own.worker_addr}/service/echo`;
    const send = (): Promise<unknown> => codeOf(() => a.sendMessage({ to, payload: HELLO, timeout: 300 }));
    expect(await send()).toEqual({ payload: HELLO });
    for (let times = 0; times < 2; times++) {
      await b.tcpListeners.connections()[0]!.close();
      await expect.poll(send, { timeout: 5000 }).toEqual({ payload: HELLO });
      expect(a.tcpConnections.list()).toHaveLength(1);
      expect(a.tcpConnections.list()[0]!.worker_addr).toBe(own.worker_addr);
    }
  });

  test("listeners are listed, shown and deleted", async () => {
    await using nodes = new Nodes();
    const node = await nodes.create();
    const added = await node.tcpListeners.create("127.0.0.1:6000");
    expect(node.tcpListeners.list()).toHaveLength(2);
    expect(node.tcpListeners.show("127.0.0.1:6000")).toEqual(added);
    await node.tcpListeners.delete("127.0.0.1:6000");
    expect(await codeOf(() => node.tcpListeners.show("127.0.0.1:6000"))).toBe(
      "OCKAM_NODE_TCP_LISTENER_NOT_FOUND",
    );
    expect(node.show().transports).toHaveLength(1);
  });

  test("secure channel listeners have identities and guests of their own", async () => {
    await using nodes = new Nodes();
    using state = openState({ inMemory: true });
    const i2 = await state.identities.create({ name: "i2", vault: "v2" });
    const a = await nodes.create();
    const b = await nodes.create({ state, identity: "i1" });
    b.secureChannelListeners.create({ address: "l", identity: "i2", authorized: [a.identifier] });
    const channel = await a.secureChannels.create({
      to: `${addressOf(b)}/service/l`,
      authorized: [i2.identifier.toString()],
    });
    expect(channel.their_identifier).toBe(i2.identifier.toString());
    expect(channel.their_identifier).not.toBe(b.identifier);
    expect(await a.sendMessage({ to: `${channel.address}/service/echo`, payload: HELLO })).toEqual({
      payload: HELLO,
    });
    expect(b.secureChannelListeners.list().map(({ service }) => service)).toEqual([
      "/service/api",
      "/service/l",
    ]);
    expect(await codeOf(() => b.secureChannelListeners.create({ address: "l" }))).toBe(
      "OCKAM_NODE_ADDRESS_IN_USE",
    );
    await b.secureChannelListeners.delete("l");
    // Its channels go on.
    expect(await a.sendMessage({ to: `${channel.address}/service/echo`, payload: HELLO })).toEqual({
      payload: HELLO,
    });
    expect(await codeOf(() => b.secureChannelListeners.show("l"))).toBe(
      "OCKAM_NODE_SECURE_CHANNEL_LISTENER_NOT_FOUND",
    );
    await b.close();
  });

  test("accepted channels end soon after the connection below them, those inside as well", async () => {
    await using nodes = new Nodes();
    const [a, b] = [await nodes.create(), await nodes.create()];
    const before = b.router.addresses().length;
    await a.secureChannels.create({ to: `${addressOf(b)}/secure/api/service/api` });
    expect(b.router.addresses().length).toBeGreaterThan(before);
    await b.tcpListeners.connections()[0]!.close();
    await a.close();
    await expect
      .poll(() => b.router.addresses().length, { timeout: 3 * CHANNEL_MOVE_TIME, interval: 100 })
      .toBe(before);
  });

  test("a channel presents the credential that it is given", async () => {
    await using nodes = new Nodes();
    using state = openState({ inMemory: true });
    const [a, b] = [await nodes.create({ state, identity: "member" }), await nodes.create()];
    await state.identities.create({ name: "authority" });
    const { identities, identifier: issuer } = state.identities.open("authority");
    const credential = await issueCredential(identities, {
      issuer,
      subject: Identifier.parse(a.identifier),
      attributes: Attributes.of({ role: "app" }),
      ttl: 60,
    });
    const attributeStorage = memoryAttributeStorage();
    const known = createIdentities();
    await known.import(await identities.export(issuer));
    const { identifier } = await known.create();
    const options = { identities: known, identifier, authority: issuer, attributeStorage };
    createSecureChannelListener(b.router, "trusting", options);
    b.tcpListeners.addConsumer(b.tcpListeners.list()[0]!.flow_control_id, "trusting");
    // The listener exposes no echo, so the channel is not confirmed; the handshake has brought the credential.
    const to = `${addressOf(b)}/service/trusting`;
    await codeOf(() => a.secureChannels.create({ to, credential: toHex(credential.encoded), timeout: 300 }));
    const entry = await attributeStorage.get(Identifier.parse(a.identifier), issuer, Date.now() / 1000);
    expect(entry?.attributes.text("role")).toBe("app");
    await a.close();
  });

  test("channels are listed, shown, probed and deleted", async () => {
    await using nodes = new Nodes();
    const [a, b] = [await nodes.create(), await nodes.create()];
    const to = `${addressOf(b)}/service/api`;
    const probed = await a.secureChannels.probe({ to });
    expect(probed.their_identifier).toBe(b.identifier);
    expect(probed.their_change_history).toMatch(/^8[0-9a-f]+$/);
    expect(await a.secureChannels.list()).toEqual([]);
    const channel = await a.secureChannels.create({ to });
    expect(await a.secureChannels.list()).toEqual([channel]);
    await a.secureChannels.delete(channel.address);
    expect(await codeOf(() => a.secureChannels.show(channel.address))).toBe(
      "OCKAM_NODE_SECURE_CHANNEL_NOT_FOUND",
    );
    await expect.poll(() => b.tcpConnections.list()).toEqual([]);
  });
});

describe("creation", () => {
  test("that fails leaves nothing of a node that is new", async () => {
    await using nodes = new Nodes();
    using home = temporaryHome();
    using state = openState({ home: home.path });
    await nodes.create({ tcpListenerAddress: "127.0.0.1:4500" });
    const attempt = (): unknown => nodes.create({ state, name: "n", tcpListenerAddress: "127.0.0.1:4500" });
    expect(await codeOf(attempt)).toMatch(/IN_USE/);
    expect(state.nodes.list()).toEqual([]);
  });

  test("of a second one of that name is refused while the first runs", async () => {
    await using nodes = new Nodes();
    using state = openState({ inMemory: true });
    const first = await nodes.create({ state, name: "n" });
    expect(await codeOf(() => nodes.create({ state, name: "n" }))).toBe("OCKAM_NODE_ALREADY_RUNNING");
    await first.close();
    await first.close();
    await (await nodes.create({ state, name: "n" })).close();
  });
});

test("it shows what it has", async () => {
  await using nodes = new Nodes();
  const node = await nodes.create({ name: "n1" });
  node.tcpOutlets.create({ to: "127.0.0.1:5432", tls: true });
  const { tcpListenerAddress } = node;
  expect(node.show()).toMatchObject({
    name: "n1",
    is_default: true,
    status: "running",
    pid: process.pid,
    route: { short: "/node/n1", verbose: `/dnsaddr/localhost/tcp/${tcpListenerAddress!.split(":")[1]}` },
    status_endpoint_address: null,
    transports: [{ type: "Tcp", mode: "Listen", socket_addr: tcpListenerAddress, worker_addr: "<none>" }],
    secure_channel_listeners: [{ address: { tt: 0, inner: [97, 112, 105] }, is_key_exchange_only: false }],
    inlets: [],
    outlets: [
      {
        to: "127.0.0.1:5432",
        worker_addr: { tt: 0, inner: [111, 117, 116, 108, 101, 116] },
        address: "/service/outlet",
        tls: true,
        payload: null,
        privileged: false,
      },
    ],
    services: [
      { addr: "uppercase", type: "uppercase" },
      { addr: "echo", type: "echo" },
    ],
  });
  expect(await node.call("worker.list", {})).toEqual(
    expect.arrayContaining(["echo", "uppercase", "api", "outlet"]),
  );
  expect(await codeOf(() => node.call("service.start", { type: "hop" }))).toEqual({
    addr: "hop",
    type: "hop",
  });
  expect(await codeOf(() => node.call("service.start", { type: "hop" }))).toBe("OCKAM_NODE_ADDRESS_IN_USE");
});

test("an ephemeral node uses the state and leaves no trace in it", async () => {
  await using nodes = new Nodes();
  using state = openState({ inMemory: true });
  const n1 = await nodes.create({ state, name: "n1" });
  const sender = await nodes.create({ state, ephemeral: true, tcpListenerAddress: "127.0.0.1:1" });
  expect(await sender.sendMessage({ to: "/node/n1/secure/api/service/echo", payload: HELLO })).toEqual({
    payload: HELLO,
  });
  expect(sender.identifier).toBe(n1.identifier);
  await sender.secureChannels.create({ to: "/node/n1/service/api" });
  expect(sender.tcpListenerAddress).toBeUndefined();
  await sender.close();
  expect(state.nodes.list().map(({ name, status }) => [name, status])).toEqual([["n1", "running"]]);
  await n1.close();
});
