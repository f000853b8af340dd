// The table of docs/node.md, row by row.
import { Address, connect } from "@ockam/core-routing";
import { describe, expect, test } from "vitest";

import { addressOf, Nodes } from "../testing/nodes.ts";
import { createNode } from "./create-node.ts";
import type { OckamNode } from "./ockam-node.ts";

/** A text in BARE, which `uppercase` answers, too. */
const PAYLOAD = new Uint8Array([2, 104, 105]);

const RELAYING = ["forwarding_service", "static_forwarding_service"];

/** Which workers of `target` a message reaches that has `way` in front. */
async function reached(
  from: OckamNode,
  way: readonly Address[],
  target: OckamNode,
  names: readonly string[],
): Promise<readonly string[]> {
  const found = await Promise.all(
    names.map(async (name) => {
      const route = [...way, Address.local(name)];
      // A hop passes on to echo, which answers.
      if (target.services.list().some(({ addr, type }) => addr === name && type === "hop"))
        route.push(Address.local("echo"));
      const isReached = await from.router.request(route, PAYLOAD, { timeout: 100 }).then(
        () => true,
        () => false,
      );
      return isReached ? [name] : [];
    }),
  );
  return found.flat();
}

/** Every worker of a node that answers each message, so that being reached shows. */
function answerEverything(node: OckamNode): readonly string[] {
  const names = ["secret", "_internal.nodemanager", "control"];
  for (const address of names)
    node.router.start((message, context) => context.reply(message, message.payload), { address });
  return names;
}

describe("what can be reached", () => {
  test("by connections to its listener: services, listeners, outlets, hops; nothing else", async () => {
    await using nodes = new Nodes();
    const [a, b] = [await nodes.create(), await nodes.create()];
    const hidden = answerEverything(b);
    b.services.start({ type: "hop" });
    const connection = await connect(a.router, nodes.transport, b.tcpListenerAddress!);
    const names = ["echo", "uppercase", "hop", ...hidden];
    const way = [connection.address];
    expect(await reached(a, way, b, names)).toEqual(["echo", "uppercase", "hop"]);
    const { flow_control_id: flow } = b.tcpListeners.list()[0]!;
    const { flowControls } = b.router;
    b.tcpOutlets.create({ to: "127.0.0.1:1" });
    const consumers = (): readonly string[] => flowControls.consumersOf(flow).map(({ name }) => name);
    expect(consumers().toSorted()).toEqual(
      ["api", "echo", ...RELAYING, "hop", "outlet", "uppercase"].toSorted(),
    );
    await b.tcpOutlets.delete("outlet");
    b.secureChannelListeners.create({ address: "l" });
    expect(consumers().toSorted()).toEqual(["api", "echo", ...RELAYING, "hop", "l", "uppercase"].toSorted());
    await b.secureChannelListeners.delete("l");
    expect(consumers()).not.toContain("l");
  });

  test("through its secure channels: the same without hops", async () => {
    await using nodes = new Nodes();
    const [a, b] = [await nodes.create(), await nodes.create()];
    const hidden = answerEverything(b);
    b.services.start({ type: "hop" });
    b.secureChannelListeners.create({ address: "l" });
    for (const listener of ["api", "l"]) {
      const channel = await a.secureChannels.create({ to: `${addressOf(b)}/service/${listener}` });
      const way = [Address.local(channel.address.slice("/service/".length))];
      expect(await reached(a, way, b, ["echo", "hop", ...hidden])).toEqual(["echo"]);
    }
    b.tcpOutlets.create({ to: "127.0.0.1:1" });
    for (const { flow_control_id: flow } of b.secureChannelListeners.list()) {
      const consumers = b.router.flowControls.consumersOf(flow).map(({ name }) => name);
      // The channels themselves have random names: channels may lie in each other.
      expect(consumers.filter((name) => name.length < 32).toSorted()).toEqual([
        "api",
        "echo",
        "forwarding_service",
        "l",
        "outlet",
        "static_forwarding_service",
        "uppercase",
      ]);
    }
  });

  test("by a listener that was added: nothing, until it is said what", async () => {
    await using nodes = new Nodes();
    const [a, b] = [await nodes.create(), await nodes.create()];
    const added = await b.tcpListeners.create("127.0.0.1:5000");
    const connection = await connect(a.router, nodes.transport, "127.0.0.1:5000");
    const way = [connection.address];
    expect(await reached(a, way, b, ["echo"])).toEqual([]);
    await b.call("flow-control.add-consumer", {
      flowControlId: added.flow_control_id,
      address: "/service/echo",
    });
    expect(await reached(a, way, b, ["echo"])).toEqual(["echo"]);
  });

  test("by the far end of a connection that it opened: nothing but hops, of one it was told to open", async () => {
    await using nodes = new Nodes();
    const [a, b] = [await nodes.create(), await nodes.create()];
    a.services.start({ type: "hop", address: "early" });
    await a.tcpConnections.create(b.tcpListenerAddress!);
    a.services.start({ type: "hop", address: "late" });
    const [accepted] = b.tcpListeners.connections();
    const names = ["echo", "early", "late", ...answerEverything(a)];
    expect(await reached(b, [accepted!.address], a, names)).toEqual(["early", "late"]);
    await a.tcpInlets.create({ to: `${addressOf(b)}/service/outlet` });
    const forInlet = b.tcpListeners.connections().at(-1)!;
    expect(await reached(b, [forInlet.address], a, names)).toEqual([]);
  });

  test("by the relay node that it registered at: echo, uppercase and api", async () => {
    await using nodes = new Nodes();
    const [a, b] = [await nodes.create(), await nodes.create()];
    const hidden = answerEverything(a);
    a.services.start({ type: "hop" });
    a.tcpOutlets.create({ to: "127.0.0.1:1" });
    a.secureChannelListeners.create({ address: "l" });
    const relay = await a.relays.create({ at: addressOf(b) });
    const [accepted] = b.tcpListeners.connections();
    const names = ["echo", "uppercase", "hop", ...RELAYING, ...hidden];
    expect(await reached(b, [accepted!.address], a, names)).toEqual(["echo", "uppercase"]);
    const consumers = a.router.flowControls.consumersOf(relay.flow_control_id!).map(({ name }) => name);
    expect(consumers.filter((name) => name.length < 32).toSorted()).toEqual(["api", "echo", "uppercase"]);
  });

  test("by the far end of a channel that it opened: nothing", async () => {
    await using nodes = new Nodes();
    const [a, b] = [await nodes.create(), await nodes.create()];
    const hidden = answerEverything(a);
    const before = new Set(b.router.addresses().map(({ key }) => key));
    await a.secureChannels.create({ to: `${addressOf(b)}/service/api` });
    const channel = b.router
      .addresses()
      .find(
        (address) =>
          !before.has(address.key) && b.router.mailbox(address)?.terminal?.peerIdentifier !== undefined,
      );
    expect(await reached(b, [channel!], a, ["echo", "uppercase", "api", ...hidden])).toEqual([]);
  });
});

test("a worker that comes where an exposed one was is not exposed", async () => {
  await using nodes = new Nodes();
  const [a, b] = [await nodes.create(), await nodes.create()];
  b.tcpOutlets.create({ to: "127.0.0.1:1", address: "x" });
  await b.tcpOutlets.delete("x");
  b.router.start((message, context) => context.reply(message, message.payload), { address: "x" });
  b.secureChannelListeners.create({ address: "after" });
  const connection = await connect(a.router, nodes.transport, b.tcpListenerAddress!);
  expect(await reached(a, [connection.address], b, ["x"])).toEqual([]);
  const channel = await a.secureChannels.create({ to: `${addressOf(b)}/service/after` });
  expect(await reached(a, [Address.local(channel.address.slice(9))], b, ["x", "echo"])).toEqual(["echo"]);
});

test("by default it listens where only this machine gets", async () => {
  await using node = await createNode();
  expect(node.tcpListenerAddress).toMatch(/^127\.0\.0\.1:\d+$/);
  expect(node.statusEndpointAddress).toBeUndefined();
});
