import { describe, expect, test } from "vitest";

import { CuttableTransport } from "../../testing/cuttable-transport.ts";
import { echoTarget, throughPort } from "../../testing/echo-target.ts";
import { addressOf, codeOf, Nodes } from "../../testing/nodes.ts";

describe("portals", () => {
  test("carry bytes over a channel and without one", async () => {
    using target = await echoTarget();
    await using nodes = new Nodes();
    const [a, b] = [await nodes.create(), await nodes.create()];
    b.tcpOutlets.create({ to: target.address });
    for (const way of ["/service/outlet", "/secure/api/service/outlet"]) {
      const inlet = await a.tcpInlets.create({ to: addressOf(b) + way });
      expect(inlet).toMatchObject({ status: "Up", last_failure: null, outlet_addr: addressOf(b) + way });
      expect(await throughPort(inlet.bind_addr)).toBe("hello");
    }
  });

  test("an inlet may come before its outlet's node, and heals when that was away", async () => {
    using target = await echoTarget();
    await using nodes = new Nodes();
    const a = await nodes.create();
    const to = "/ip4/127.0.0.1/tcp/7000/secure/api/service/outlet";
    const inlet = await a.tcpInlets.create({ to, name: "i" });
    expect(inlet).toMatchObject({ alias: "i", status: "Down", outlet_route: null, worker_addr: null });
    expect(inlet.last_failure).toContain("127.0.0.1:7000");
    expect(await throughPort(inlet.bind_addr)).toBe("closed");
    for (let times = 0; times < 2; times++) {
      await using b = await nodes.create({ tcpListenerAddress: "127.0.0.1:7000" });
      b.tcpOutlets.create({ to: target.address });
      await expect.poll(() => a.tcpInlets.show("i").status, { timeout: 5000 }).toBe("Up");
      expect(await throughPort(inlet.bind_addr)).toBe("hello");
      await b.close();
      await expect.poll(() => a.tcpInlets.show("i").status).toBe("Down");
      expect(a.tcpInlets.show("i").last_failure).toContain("closed");
    }
  });

  test("new connections work within five seconds after a cut that nobody was told of", async () => {
    using target = await echoTarget();
    await using nodes = new Nodes();
    const transport = new CuttableTransport(nodes.transport);
    const [a, b] = [await nodes.create({ transport }), await nodes.create({ transport })];
    b.tcpOutlets.create({ to: target.address });
    const inlet = await a.tcpInlets.create({ to: `${addressOf(b)}/secure/api/service/outlet` });
    expect(await throughPort(inlet.bind_addr)).toBe("hello");
    transport.cut();
    expect(a.tcpInlets.show(inlet.alias).status).toBe("Up");
    // Connections that wait for an answer when the loss is found are reset; their clients try again.
    await expect.poll(() => throughPort(inlet.bind_addr), { timeout: 5000, interval: 20 }).toBe("hello");
    expect(a.tcpInlets.show(inlet.alias)).toMatchObject({
      status: "Up",
      last_failure: expect.stringContaining("does not answer any more") as string,
    });
  });

  test("for somebody who cannot be are refused at once", async () => {
    await using nodes = new Nodes();
    const [a, b] = [await nodes.create(), await nodes.create()];
    const to = `${addressOf(b)}/secure/api/service/outlet`;
    const code = "OCKAM_IDENTITY_INVALID_IDENTIFIER";
    expect(await codeOf(() => a.tcpInlets.create({ to, authorized: "Ibad" }))).toBe(code);
    expect(a.tcpInlets.list()).toEqual([]);
    const channel = { to: `${addressOf(b)}/service/api`, authorized: ["Ibad"] };
    expect(await codeOf(() => a.secureChannels.create(channel))).toBe(code);
  });

  test("accept only the identity they are told to", async () => {
    using target = await echoTarget();
    await using nodes = new Nodes();
    const [a, b] = [await nodes.create(), await nodes.create()];
    b.tcpOutlets.create({ to: target.address });
    const to = `${addressOf(b)}/secure/api/service/outlet`;
    const right = await a.tcpInlets.create({ to, authorized: b.identifier });
    expect(await throughPort(right.bind_addr)).toBe("hello");
    const wrong = await a.tcpInlets.create({ to, authorized: a.identifier });
    expect(wrong).toMatchObject({ status: "Down" });
    expect(await throughPort(wrong.bind_addr)).toBe("closed");
  });

  test("over the address of a channel, which heals too", async () => {
    using target = await echoTarget();
    await using nodes = new Nodes();
    const [a, b] = [await nodes.create(), await nodes.create()];
    b.tcpOutlets.create({ to: target.address });
    const channel = await a.secureChannels.create({ to: `${addressOf(b)}/service/api` });
    const inlet = await a.tcpInlets.create({ to: `${channel.address}/service/outlet` });
    expect(await throughPort(inlet.bind_addr)).toBe("hello");
    for (let times = 0; times < 2; times++) {
      for (const connection of b.tcpListeners.connections()) await connection.close();
      await expect.poll(() => a.tcpInlets.show(inlet.alias).status).toBe("Down");
      await expect.poll(() => a.tcpInlets.show(inlet.alias).status, { timeout: 5000 }).toBe("Up");
      expect(await throughPort(inlet.bind_addr)).toBe("hello");
      const again = await a.secureChannels.show(channel.address);
      expect(again).toMatchObject({ address: channel.address, their_identifier: b.identifier });
    }
  });

  test("names, addresses and ports are taken once", async () => {
    await using nodes = new Nodes();
    const node = await nodes.create();
    const to = "/service/outlet";
    expect(node.tcpOutlets.create({ to: "127.0.0.1:1" }).address).toBe("/service/outlet");
    expect(node.tcpOutlets.create({ to: "127.0.0.1:1" }).address).toMatch(/^\/service\/[0-9a-f]{32}$/);
    const explicit = (): unknown => node.tcpOutlets.create({ to: "127.0.0.1:1", address: "outlet" });
    expect(await codeOf(explicit)).toBe("OCKAM_NODE_ADDRESS_IN_USE");
    const { bind_addr: from } = await node.tcpInlets.create({ to, name: "i" });
    expect(await codeOf(() => node.tcpInlets.create({ to, name: "i" }))).toBe("OCKAM_NODE_TCP_INLET_EXISTS");
    expect(await codeOf(() => node.tcpInlets.create({ to, from }))).toBe("OCKAM_NODE_PORT_IN_USE");
    const both = await Promise.all([1, 2].map(() => codeOf(() => node.tcpInlets.create({ to, name: "j" }))));
    expect(both).toContain("OCKAM_NODE_TCP_INLET_EXISTS");
    expect(node.tcpInlets.list().map(({ alias }) => alias)).toEqual(["i", "j"]);
  });

  test("nonsense is refused at once", async () => {
    await using nodes = new Nodes();
    const node = await nodes.create();
    expect(await codeOf(() => node.tcpInlets.create({ to: "/nonsense" }))).toBe("OCKAM_NODE_INVALID_ROUTE");
    expect(await codeOf(() => node.tcpInlets.create({ to: "/node/x/service/o" }))).toBe(
      "OCKAM_NODE_UNKNOWN_NODE",
    );
    const identity = "nobody";
    expect(await codeOf(() => node.tcpInlets.create({ to: "/service/o", identity }))).toBe(
      "OCKAM_NODE_IDENTITY_NOT_FOUND",
    );
    expect(await codeOf(() => node.tcpInlets.create({ to: "/service/o", from: "a b" }))).toBe(
      "OCKAM_NODE_INVALID_ADDRESS",
    );
    expect(await codeOf(() => node.tcpOutlets.create({ to: "localhost:65536" }))).toBe(
      "OCKAM_NODE_INVALID_ADDRESS",
    );
    expect(node.tcpInlets.list()).toEqual([]);
    expect(node.tcpOutlets.list()).toEqual([]);
  });

  test("a caller that leaves takes the inlet with it", async () => {
    await using nodes = new Nodes();
    const [a, b] = [await nodes.create(), await nodes.create()];
    b.router.start(() => {}, { address: "silent" });
    b.tcpListeners.addConsumer(b.tcpListeners.list()[0]!.flow_control_id, "silent");
    const abort = new AbortController();
    const creating = a.tcpInlets.create({ to: `${addressOf(b)}/secure/silent/service/o` }, abort.signal);
    setTimeout(() => abort.abort(new Error("gone")), 20);
    await expect(creating).rejects.toThrow();
    expect(a.tcpInlets.list()).toEqual([]);
    const quick = await a.tcpInlets.create({
      to: `${addressOf(b)}/secure/silent/service/o`,
      connectionWait: 0,
    });
    expect(quick.status).toBe("Down");
  });

  test("what is deleted is gone", async () => {
    using target = await echoTarget();
    await using nodes = new Nodes();
    const [a, b] = [await nodes.create(), await nodes.create()];
    b.tcpOutlets.create({ to: target.address });
    const inlet = await a.tcpInlets.create({ to: `${addressOf(b)}/service/outlet`, name: "i" });
    await a.tcpInlets.delete("i");
    expect(await throughPort(inlet.bind_addr)).toBe("closed");
    expect(await codeOf(() => a.tcpInlets.delete("i"))).toBe("OCKAM_NODE_TCP_INLET_NOT_FOUND");
    await b.tcpOutlets.delete("/service/outlet");
    expect(await codeOf(() => b.tcpOutlets.delete("outlet"))).toBe("OCKAM_NODE_TCP_OUTLET_NOT_FOUND");
    await expect.poll(() => a.tcpConnections.list()).toEqual([]);
  });
});
