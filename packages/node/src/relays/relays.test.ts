import { toHex } from "@ockam/codec";
import { Address } from "@ockam/core-routing";
import { createIdentities } from "@ockam/identity";
import { verifyProject } from "@ockam/project";
import { describe, expect, test } from "vitest";

import { FreezableTransport } from "../../testing/freezable-transport.ts";
import { addressOf, codeOf, Nodes } from "../../testing/nodes.ts";
import { createNode } from "../create-node.ts";
import { openState } from "../state/sqlite-state.ts";
import type { OckamNode } from "../ockam-node.ts";
import { writeRefusal } from "./relay-registration.ts";

const HELLO = "0568656c6c6f";
const UPPER = "0548454c4c4f";

function send(node: OckamNode, to: string, timeout = 5000): Promise<unknown> {
  return codeOf(async () => (await node.sendMessage({ to, payload: HELLO, timeout })).payload);
}

/** Such a service, as Rust's is: the latest registration counts, even when its connection has ended. */
async function leadToLatestComer(relay: OckamNode): Promise<void> {
  await relay.router.stop(Address.local("forwarding_service"));
  const { flowControls } = relay.router;
  const listener = relay.tcpListeners.list()[0]!.flow_control_id;
  const address = Address.local("forward_to_blue");
  const service = relay.router.start(
    async (message, context) => {
      const way = message.returnRoute.slice(0, -1);
      if (relay.router.has(address)) await relay.router.stop(address);
      context.router.start(
        (sent, own) => {
          flowControls.linkConsumer(sent.returnRoute[0]!, way[0]!);
          flowControls.linkConsumer(way[0]!, sent.returnRoute[0]!);
          return own.forward(sent.rerouted([...way, ...sent.onwardRoute.slice(1)], sent.returnRoute));
        },
        { address },
      );
      flowControls.addConsumer(address, listener);
      return context.router.send(address, message.rerouted(message.returnRoute, [address]));
    },
    { address: "static_forwarding_service" },
  );
  flowControls.addConsumer(service.address, listener);
}

describe("a relay", () => {
  test("leads to the owner's echo, uppercase and api, and to nothing else", async () => {
    await using nodes = new Nodes();
    const [relay, owner, client] = [await nodes.create(), await nodes.create(), await nodes.create()];
    owner.tcpOutlets.create({ to: "127.0.0.1:1" });
    owner.services.start({ type: "hop" });
    owner.secureChannelListeners.create({ address: "l" });
    owner.router.start((message, context) => context.reply(message, message.payload), { address: "secret" });
    const status = await owner.relays.create({ name: "blue", at: addressOf(relay) });
    expect(status).toMatchObject({
      name: "blue",
      destination_address: addressOf(relay),
      connection_status: "Up",
      remote_address: "forward_to_blue",
      last_failure: null,
    });
    expect(status.forwarding_route).toMatch(/^0#[0-9a-f]{32} => 0#forward_to_blue$/);
    expect(status.worker_address).toMatch(/^0#[0-9a-f]{32}$/);
    const way = `${addressOf(relay)}/service/forward_to_blue`;
    expect(await send(client, `${way}/service/uppercase`)).toBe(UPPER);
    expect(await send(client, `${way}/service/echo`)).toBe(HELLO);
    expect(await send(client, `${way}/secure/api/service/uppercase`)).toBe(UPPER);
    expect(await send(client, `${way}/secure/api/service/secret`, 200)).toBe("OCKAM_NODE_UNANSWERED");
    for (const name of ["secret", "outlet", "hop/service/echo", "forwarding_service", "l"])
      expect(await send(client, `${way}/service/${name}`, 100)).toBe("OCKAM_NODE_UNANSWERED");
  });

  test("through a secure channel to the relay node, and to it as well", async () => {
    await using nodes = new Nodes();
    const [relay, owner, client] = [await nodes.create(), await nodes.create(), await nodes.create()];
    await owner.relays.create({ at: `${addressOf(relay)}/secure/api`, authorized: relay.identifier });
    for (const way of [addressOf(relay), `${addressOf(relay)}/secure/api`]) {
      expect(await send(client, `${way}/service/forward_to_default/service/uppercase`)).toBe(UPPER);
      expect(await send(client, `${way}/service/forward_to_default/secure/api/service/echo`)).toBe(HELLO);
    }
  });

  test("a relay through a relay", async () => {
    await using nodes = new Nodes();
    const [r1, r2, owner, client] = [
      await nodes.create(),
      await nodes.create(),
      await nodes.create(),
      await nodes.create(),
    ];
    await r2.relays.create({ name: "r2", at: addressOf(r1) });
    await owner.relays.create({
      name: "owner",
      at: `${addressOf(r1)}/service/forward_to_r2/secure/api`,
    });
    const way = `${addressOf(r1)}/service/forward_to_r2/secure/api/service/forward_to_owner`;
    expect(await send(client, `${way}/secure/api/service/uppercase`)).toBe(UPPER);
  });

  test("is listed, shown and deleted, and gone over there then", async () => {
    await using nodes = new Nodes();
    const [relay, owner] = [await nodes.create(), await nodes.create()];
    const blue = await owner.relays.create({ name: "blue", at: addressOf(relay), address: "b" });
    await owner.relays.create({ name: "red", at: addressOf(relay) });
    expect(owner.relays.list().map(({ remote_address: address }) => address)).toEqual([
      "forward_to_b",
      "forward_to_red",
    ]);
    expect(owner.relays.show("blue")).toEqual(blue);
    expect(relay.router.has(Address.local("forward_to_b"))).toBe(true);
    await owner.relays.delete("blue");
    await expect.poll(() => relay.router.has(Address.local("forward_to_b"))).toBe(false);
    expect(relay.router.has(Address.local("forward_to_red"))).toBe(true);
    expect(await codeOf(() => owner.relays.delete("blue"))).toBe("OCKAM_NODE_RELAY_NOT_FOUND");
    expect(await codeOf(() => owner.relays.show("blue"))).toBe("OCKAM_NODE_RELAY_NOT_FOUND");
  });

  test("names that make no sense, taken ones, and authorized peers nobody could prove to be", async () => {
    await using nodes = new Nodes();
    const [relay, owner] = [await nodes.create(), await nodes.create()];
    const create = (params: object): Promise<unknown> =>
      codeOf(() => owner.relays.create({ at: addressOf(relay), ...params }));
    await owner.relays.create({ name: "blue", at: addressOf(relay) });
    expect(await create({ name: "blue" })).toBe("OCKAM_NODE_RELAY_EXISTS");
    for (const address of ["a#b#c", "a#b", "", "a\nb", "é".repeat(257), "register"])
      expect(await create({ name: "x", address })).toBe("OCKAM_NODE_INVALID_NAME");
    expect(await create({ name: "x", at: "/node/nobody" })).toBe("OCKAM_NODE_UNKNOWN_NODE");
    expect(await create({ name: "x", authorized: relay.identifier })).toBe("OCKAM_NODE_INVALID_ROUTE");
    expect(await create({ name: "x", authorized: "me" })).toBe("OCKAM_IDENTITY_INVALID_IDENTIFIER");
    expect(owner.relays.list()).toHaveLength(1);
  });

  test("one of this node itself is no relay", async () => {
    await using nodes = new Nodes();
    const node = await nodes.create();
    const status = await node.relays.create({ at: "/service/echo" });
    expect(status).toMatchObject({ connection_status: "Down", forwarding_route: null });
  });

  test("a refusal ends its creation at once, with the reason", async () => {
    await using nodes = new Nodes();
    const [relay, owner, stranger] = [await nodes.create(), await nodes.create(), await nodes.create()];
    const at = `${addressOf(relay)}/secure/api`;
    await owner.relays.create({ name: "blue", at });
    await expect(stranger.relays.create({ name: "blue", at })).rejects.toMatchObject({
      code: "OCKAM_NODE_RELAY_REFUSED",
      message: expect.stringContaining("belongs to somebody else"),
    });
    expect(stranger.relays.list()).toEqual([]);
    expect(relay.tcpListeners.connections().length).toBeLessThanOrEqual(2);
    await owner.relays.delete("blue");
    await expect
      .poll(() => codeOf(() => stranger.relays.create({ name: "blue", at })))
      .toMatchObject({
        connection_status: "Up",
      });
  });
});

describe("a relay that was lost", () => {
  test("by the connection: is registered again, under its own identity", async () => {
    await using nodes = new Nodes();
    const [relay, owner, client] = [await nodes.create(), await nodes.create(), await nodes.create()];
    for (const way of ["", "/secure/api"]) {
      const name = `r${way.length}`;
      await owner.relays.create({ name, at: `${addressOf(relay)}${way}` });
      for (const connection of relay.tcpListeners.connections()) await connection.close();
      const to = `${addressOf(relay)}/service/forward_to_${name}/service/echo`;
      await expect.poll(() => send(client, to, 300), { timeout: 5000 }).toBe(HELLO);
    }
  });

  test("by the relay node: is registered again when that is back", async () => {
    await using nodes = new Nodes();
    const [relay, owner, client] = [
      await nodes.create({ tcpListenerAddress: "127.0.0.1:6100" }),
      await nodes.create(),
      await nodes.create(),
    ];
    await owner.relays.create({ name: "blue", at: "/ip4/127.0.0.1/tcp/6100" });
    await relay.close();
    await expect.poll(() => owner.relays.show("blue").connection_status).toBe("Down");
    expect(owner.relays.show("blue").last_failure).not.toBeNull();
    await nodes.create({ tcpListenerAddress: "127.0.0.1:6100" });
    const to = "/ip4/127.0.0.1/tcp/6100/service/forward_to_blue/secure/api/service/uppercase";
    await expect.poll(() => send(client, to, 500), { timeout: 8000 }).toBe(UPPER);
  });

  test("before it was there: is registered when the relay node comes", async () => {
    await using nodes = new Nodes();
    const owner = await nodes.create();
    const at = "/ip4/127.0.0.1/tcp/6200";
    expect(await owner.relays.create({ name: "early", at })).toMatchObject({ connection_status: "Down" });
    await nodes.create({ tcpListenerAddress: "127.0.0.1:6200" });
    await expect.poll(() => owner.relays.show("early").connection_status, { timeout: 8000 }).toBe("Up");
  });

  test.each([
    { way: "", service: "ours" },
    { way: "/secure/api", service: "ours" },
    { way: "", service: "one that leads to the latest comer" },
  ])(
    'by a relay node that was stopped, way "$way", $service: leads to what its owner keeps of many attempts',
    async ({ service, way }) => {
      await using nodes = new Nodes();
      const transport = new FreezableTransport(nodes.transport);
      const [relay, owner, client] = [
        await nodes.create({ transport }),
        await nodes.create(),
        await nodes.create(),
      ];
      if (service !== "ours") await leadToLatestComer(relay);
      await owner.relays.create({ name: "blue", at: `${addressOf(relay)}${way}` });
      transport.freeze();
      for (const connection of relay.tcpListeners.connections()) void connection.close();
      await expect.poll(() => transport.waiting, { timeout: 10_000 }).toBeGreaterThanOrEqual(3);
      transport.thaw();
      await expect.poll(() => owner.relays.show("blue").connection_status, { timeout: 5000 }).toBe("Up");
      await expect.poll(() => relay.tcpListeners.connections().length, { timeout: 5000 }).toBe(1);
      const to = `${addressOf(relay)}/service/forward_to_blue/service/echo`;
      await expect.poll(() => send(client, to, 300), { timeout: 3000 }).toBe(HELLO);
    },
  );

  test("by the owner's restart: comes back with it", async () => {
    using state = openState({ inMemory: true });
    await using nodes = new Nodes();
    const [relay, client] = [await nodes.create(), await nodes.create()];
    const owner = await nodes.create({ state, name: "owner" });
    const { name } = await owner.relays.create({ at: addressOf(relay) });
    await owner.close();
    const again = await nodes.create({ state, name: "owner" });
    expect(again.relays.list().map((one) => one.name)).toEqual([name]);
    const to = `${addressOf(relay)}/service/forward_to_default/service/echo`;
    await expect.poll(() => send(client, to, 300), { timeout: 5000 }).toBe(HELLO);
    await again.relays.delete(name);
    await again.close();
    const last = await nodes.create({ state, name: "owner" });
    expect(last.relays.list()).toEqual([]);
  });
});

test("what a relay node that keeps the last hop sends is passed on, but not in circles", async () => {
  await using nodes = new Nodes();
  const [relay, owner, client] = [await nodes.create(), await nodes.create(), await nodes.create()];
  // Such a service, as hosted ones are: the whole way back goes in front.
  await relay.router.stop(Address.local("forwarding_service"));
  const seen: string[] = [];
  const service = relay.router.start(
    (message, context) => {
      const way = message.returnRoute;
      const { address } = context.router.start(
        (sent, own) => {
          relay.router.flowControls.linkConsumer(sent.returnRoute[0]!, way[0]!);
          relay.router.flowControls.linkConsumer(way[0]!, sent.returnRoute[0]!);
          return own.forward(sent.rerouted([...way, ...sent.onwardRoute.slice(1)], sent.returnRoute));
        },
        { address: "forward_to_kept" },
      );
      relay.router.flowControls.addConsumer(address, relay.tcpListeners.list()[0]!.flow_control_id);
      seen.push(way.at(-1)!.name);
      return context.router.send(address, message.rerouted(way, [address]));
    },
    { address: "static_forwarding_service" },
  );
  relay.router.flowControls.addConsumer(service.address, relay.tcpListeners.list()[0]!.flow_control_id);
  await owner.relays.create({ name: "kept", at: addressOf(relay) });
  const way = `${addressOf(relay)}/service/forward_to_kept`;
  expect(await send(client, `${way}/service/uppercase`)).toBe(UPPER);
  expect(await send(client, `${way}/secure/api/service/echo`)).toBe(HELLO);
  owner.router.start((message, context) => context.reply(message, message.payload), { address: "secret" });
  expect(await send(client, `${way}/service/secret`, 100)).toBe("OCKAM_NODE_UNANSWERED");
  expect(await send(client, `${way}/service/${seen[0]!}/service/echo`, 100)).toBe("OCKAM_NODE_UNANSWERED");
  expect(await send(client, `${way}/service/echo`)).toBe(HELLO);
  // Nobody who reaches the relay ends it by saying that it is refused.
  const { since } = owner.relays.show("kept");
  const payload = toHex(writeRefusal("not-authorized"));
  await codeOf(() => client.sendMessage({ to: way, payload, timeout: 200 }));
  expect(owner.relays.show("kept")).toMatchObject({ connection_status: "Up", last_failure: null, since });
  expect(seen).toHaveLength(1);
});

test("routes are planned through a relay by the name of its node", async () => {
  using state = openState({ inMemory: true });
  await using nodes = new Nodes();
  const client = await nodes.create({ state, name: "green" });
  await nodes.create({ state, name: "relay" });
  const owner = await nodes.create({ state, name: "blue" });
  await owner.relays.create({ name: "blue", at: "/node/relay" });
  expect(await send(client, "/node/relay/service/forward_to_blue/secure/api/service/echo")).toBe(HELLO);
});

test("a node without an authority does not expose itself at a project", async () => {
  const identities = createIdentities();
  const [projectNode, authority] = [await identities.create(), await identities.create()];
  const state = openState({ inMemory: true });
  await using node = await createNode({ state, trust: { kind: "none" } });
  state.projects.put(
    verifyProject({
      id: "p1",
      name: "default",
      accessRoute: "/ip4/127.0.0.1/tcp/1/service/p1/service/api",
      changeHistory: projectNode.changeHistory,
      authorityRoute: "/ip4/127.0.0.1/tcp/2/service/api",
      authorityChangeHistory: authority.changeHistory,
    }),
  );
  const created = codeOf(() => node.relays.create({ name: "blue", at: "/project/default" }));
  expect(await created).toBe("OCKAM_NODE_UNPROTECTED");
  expect(node.relays.list()).toEqual([]);
});
