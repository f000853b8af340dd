import { once } from "node:events";
import { createServer } from "node:net";

import { OckamError } from "@ockam/codec";
import type { Transport } from "@ockam/core-routing";
import { tcp } from "@ockam/transport-tcp";
import { describe, expect, test } from "vitest";

import { echoTarget, throughPort } from "../../testing/echo-target.ts";
import { addressOf, codeOf, Nodes } from "../../testing/nodes.ts";
import { temporaryHome } from "../../testing/temporary-home.ts";
import { createNode } from "../create-node.ts";
import { openState, sqliteState } from "../state/sqlite-state.ts";

const HELLO = "0568656c6c6f";

describe("a restart", () => {
  test("brings back everything that the node was told to have", async () => {
    using target = await echoTarget();
    await using nodes = new Nodes();
    using home = temporaryHome();
    using state = openState({ home: home.path });
    const b = await nodes.create();
    b.tcpOutlets.create({ to: target.address });
    const before = await nodes.create({ state, name: "n" });
    before.services.start({ type: "hop", address: "h" });
    before.secureChannelListeners.create({ address: "l" });
    const listener = await before.tcpListeners.create("127.0.0.1:6000");
    before.tcpListeners.addConsumer(listener.flow_control_id, "echo");
    const connection = await before.tcpConnections.create(b.tcpListenerAddress!);
    const channel = await before.secureChannels.create({ to: `${addressOf(b)}/service/api` });
    before.tcpOutlets.create({ to: "127.0.0.1:9", address: "o" });
    const inlet = await before.tcpInlets.create({ to: `${channel.address}/service/outlet`, name: "i" });
    const removed = await before.tcpInlets.create({ to: "/service/o", name: "removed" });
    await before.tcpInlets.delete(removed.alias);
    const identifier = before.identifier;
    await before.close();
    expect(state.nodes.get("n").status).toBe("stopped");

    const after = await nodes.create({ state, name: "n", tcpListenerAddress: before.tcpListenerAddress! });
    expect(after.identifier).toBe(identifier);
    expect(after.services.list()).toContainEqual({ addr: "h", type: "hop" });
    expect(after.secureChannelListeners.show("l").service).toBe("/service/l");
    expect(after.tcpListeners.show("127.0.0.1:6000").flow_control_id).toBe(listener.flow_control_id);
    expect(after.tcpOutlets.list().map(({ address }) => address)).toEqual(["/service/o"]);
    expect(after.tcpInlets.list().map(({ alias, bind_addr: bound }) => [alias, bound])).toEqual([
      ["i", inlet.bind_addr],
    ]);
    await expect.poll(() => after.tcpInlets.show("i").status, { timeout: 5000 }).toBe("Up");
    expect(await throughPort(inlet.bind_addr)).toBe("hello");
    for (const way of [`/worker/${connection.worker_addr}`, channel.address])
      expect(await after.sendMessage({ to: `${way}/service/echo`, payload: HELLO })).toEqual({
        payload: HELLO,
      });
    const other = await nodes.create();
    expect(await other.sendMessage({ to: "/ip4/127.0.0.1/tcp/6000/service/echo", payload: HELLO })).toEqual({
      payload: HELLO,
    });
    await after.close();
  });

  test("is not kept down by what cannot come back", async () => {
    using home = temporaryHome();
    using state = openState({ home: home.path });
    await using nodes = new Nodes();
    const before = await nodes.create({ state, name: "n" });
    const resources = sqliteState(state).nodes.resources("n");
    resources.put("secure-channel-listener", "l", { address: "l", identity: "gone" });
    resources.put("tcp-outlet", "bad", { address: "bad", to: "127.0.0.1:9", allow: "(" });
    resources.put("hop", "echo", { address: "echo" });
    before.tcpOutlets.create({ to: "127.0.0.1:9", address: "good" });
    await before.close();
    const failures: string[] = [];
    const after = await nodes.create({
      state,
      name: "n",
      log: ({ level, message }) => level === "error" && failures.push(message),
    });
    expect(after.tcpOutlets.list().map(({ address }) => address)).toEqual(["/service/good"]);
    expect(failures).toEqual([
      "the hop echo could not be started again",
      "the secure-channel-listener l could not be started again",
      "the tcp-outlet bad could not be started again",
    ]);
  });

  test("keeps the identities that its parts need", async () => {
    using home = temporaryHome();
    using state = openState({ home: home.path });
    await using nodes = new Nodes();
    const node = await nodes.create({ state, name: "n" });
    await state.identities.create({ name: "partner" });
    node.secureChannelListeners.create({ address: "l", identity: "partner" });
    await expect(state.identities.delete("partner")).rejects.toMatchObject({
      code: "OCKAM_NODE_IDENTITY_IN_USE",
      message: expect.stringContaining("secure-channel-listener l of the node n"),
    });
    await node.secureChannelListeners.delete("l");
    await state.identities.delete("partner");
  });

  test("keeps the doorkeeper that its owner put in the place of the open one", async () => {
    using home = temporaryHome();
    using state = openState({ home: home.path });
    const friend = (await state.identities.create({ name: "friend" })).identifier.toString();
    await using nodes = new Nodes();
    const before = await nodes.create({ state, name: "n" });
    await before.secureChannelListeners.delete("api");
    before.secureChannelListeners.create({ address: "api", authorized: [friend] });
    expect(before.resources()).toEqual([
      {
        kind: "secure-channel-listener",
        name: "api",
        definition: { address: "api", authorized: [friend] },
      },
    ]);
    await before.close();
    const after = await nodes.create({ state, name: "n" });
    expect(after.secureChannelListeners.show("api").authorized_identifiers).toEqual([friend]);
    expect(await after.call("resource.list", {})).toEqual(before.resources());
    await after.close();
  });

  test("keeps the door that it was started with", async () => {
    using home = temporaryHome();
    using state = openState({ home: home.path });
    const friend = (await state.identities.create({ name: "friend" })).identifier.toString();
    await using nodes = new Nodes();
    const before = await nodes.create({ state, name: "n", apiListener: { authorized: [friend] } });
    const stranger = await nodes.create();
    const to = `${addressOf(before)}/service/api`;
    expect(await codeOf(() => stranger.secureChannels.create({ to }))).toBe("OCKAM_NODE_REFUSED_BY_PEER");
    await before.close();
    const after = await nodes.create({ state, name: "n" });
    expect(after.secureChannelListeners.show("api").authorized_identifiers).toEqual([friend]);
    await after.close();
  });

  test("of the peer at another port is followed, by name", async () => {
    using home = temporaryHome();
    using state = openState({ home: home.path });
    await using nodes = new Nodes();
    const db = await nodes.create({ state, name: "db" });
    const app = await nodes.create({ state, name: "app" });
    const { alias } = await app.tcpInlets.create({ to: "/node/db/secure/api/service/outlet" });
    expect(app.tcpInlets.show(alias)).toMatchObject({
      status: "Up",
      outlet_addr: `${addressOf(db)}/secure/api/service/outlet`,
    });
    await db.close();
    const elsewhere = await nodes.create({ state, name: "db" });
    expect(elsewhere.tcpListenerAddress).not.toBe(db.tcpListenerAddress);
    await expect
      .poll(() => app.tcpInlets.show(alias).outlet_addr, { timeout: 5000 })
      .toBe(`${addressOf(elsewhere)}/secure/api/service/outlet`);
    await app.close();
    await elsewhere.close();
  });

  test("does not let another identity take the place of a channel's peer", async () => {
    await using nodes = new Nodes();
    const a = await nodes.create();
    const b = await nodes.create();
    const channel = await a.secureChannels.create({ to: `${addressOf(b)}/service/api` });
    await b.close();
    const impostor = await nodes.create({ tcpListenerAddress: b.tcpListenerAddress! });
    // It is reached, and refused.
    await expect.poll(() => impostor.router.addresses().length, { timeout: 5000 }).toBeGreaterThan(4);
    const status = await a.secureChannels.show(channel.address);
    expect(status).toMatchObject({ route: null, their_identifier: b.identifier });
    const to = `${channel.address}/service/echo`;
    expect(await codeOf(() => a.sendMessage({ to, payload: HELLO, timeout: 200 }))).toBe(
      "OCKAM_NODE_INVALID_ROUTE",
    );
  });

  test("tries the port that the node had, and takes another when that is gone", async () => {
    using home = temporaryHome();
    using state = openState({ home: home.path });
    const start = (): ReturnType<typeof createNode> => createNode({ state, name: "n" });
    const first = await start();
    const { tcpListenerAddress: had } = first;
    await first.close();
    const second = await start();
    expect(second.tcpListenerAddress).toBe(had);
    await second.close();
    const thief = createServer().listen(Number(had!.split(":")[1]), "127.0.0.1");
    await once(thief, "listening");
    const third = await start();
    expect(third.tcpListenerAddress).not.toBe(had);
    await third.close();
    thief.close();
  });

  test("takes another port when the system does not give it the one that it had", async () => {
    using home = temporaryHome();
    using state = openState({ home: home.path });
    const first = await createNode({ state, name: "n" });
    const { tcpListenerAddress: had } = first;
    await first.close();
    const real = tcp();
    const denied = new OckamError("OCKAM_TCP_PERMISSION_DENIED", "denied");
    const transport: Transport = {
      ...real,
      listen: (address, options) =>
        address === had ? Promise.reject(denied) : real.listen(address, options),
    };
    const second = await createNode({ state, name: "n", transport });
    expect(second.tcpListenerAddress).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(second.tcpListenerAddress).not.toBe(had);
    await second.close();
  });
});
