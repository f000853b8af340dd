import { Address, connect } from "@ockam/core-routing";
import { expect, test } from "vitest";

import { openState } from "../state/sqlite-state.ts";
import { addressOf, codeOf, Nodes } from "../../testing/nodes.ts";

const ID = "0123456789ab";
const HELLO = "0568656c6c6f";

test("a channel is opened through the project's id", async () => {
  await using nodes = new Nodes();
  const host = await nodes.create({ hostedProject: ID });
  const member = await nodes.create();
  const channel = await member.secureChannels.create({ to: `${addressOf(host)}/service/${ID}/service/api` });
  expect(await member.sendMessage({ to: `${channel.address}/service/echo`, payload: HELLO })).toEqual({
    payload: HELLO,
  });
});

test("nothing else is reached through it", async () => {
  await using nodes = new Nodes();
  const dropped: string[] = [];
  const host = await nodes.create({
    hostedProject: ID,
    log: ({ message }) => message.includes(ID) && dropped.push(message),
  });
  const stranger = await nodes.create();
  host.router.start((message, context) => context.reply(message, message.payload), { address: "secret" });
  const { address } = await connect(stranger.router, nodes.transport, host.tcpListenerAddress!);
  for (const onward of [["secret"], ["echo"], ["api", "secret"], [ID, "api"], []]) {
    const route = [address, ...[ID, ...onward].map((name) => Address.local(name))];
    expect(await codeOf(() => stranger.router.request(route, new Uint8Array(1), { timeout: 50 }))).toBe(
      "OCKAM_ROUTING_TIMEOUT",
    );
  }
  expect(dropped).toHaveLength(5);
});

test("a node keeps the project that it hosts, and is not used for anything by itself", async () => {
  await using nodes = new Nodes();
  using state = openState({ inMemory: true });
  const host = await nodes.create({ state, name: "project-default", hostedProject: ID });
  expect(state.nodes.findDefault()).toBeUndefined();
  await host.close();
  const again = await nodes.create({ state, name: "project-default" });
  expect(again.router.has(Address.local(ID))).toBe(true);
  await again.close();
});
