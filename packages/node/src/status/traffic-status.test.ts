import { once } from "node:events";
import { connect as connectSocket } from "node:net";
import type { Socket } from "node:net";

import { connect, Router } from "@ockam/core-routing";
import { expect, test } from "vitest";

import { echoTarget, throughPort } from "../../testing/echo-target.ts";
import { addressOf, codeOf, Nodes } from "../../testing/nodes.ts";
import type { LogDial } from "../process/log-level.ts";
import { MAX_LISTED } from "./traffic-status.ts";

/** How long a busy machine may take. */
const PATIENCE = { timeout: 15_000 };

/** Connects to `host:port`, sends a text and waits until it is back. */
async function open(address: string, text: string): Promise<Socket> {
  const socket = connectSocket(Number(address.split(":")[1]), "127.0.0.1");
  socket.write(text);
  await once(socket, "data");
  return socket;
}

test("portals, channels and relays tell what went through them, and who is at the other end", async () => {
  using target = await echoTarget();
  await using nodes = new Nodes();
  const [relay, a, b] = [await nodes.create(), await nodes.create(), await nodes.create()];
  b.tcpOutlets.create({ to: target.address });
  const own = await b.relays.create({ name: "b", at: `${addressOf(relay)}/secure/api` });
  expect(own).toMatchObject({ peer_identifier: relay.identifier });
  const before = relay.services.hostedRelays()[0]!;
  expect(before).toMatchObject({
    address: "/service/forward_to_b",
    owner: b.identifier,
    messages: 0,
    bytes: 0,
  });
  const to = `${addressOf(relay)}/service/forward_to_b/secure/api/service/outlet`;
  const inlet = await a.tcpInlets.create({ name: "i", to });
  expect(inlet).toMatchObject({ peer_identifier: b.identifier, traffic: { connections: 0, bytes_sent: 0 } });

  expect(await throughPort(inlet.bind_addr, "12345")).toBe("12345");
  const socket = await open(inlet.bind_addr, "123");
  const traffic = { open_connections: 1, connections: 2, bytes_sent: 8, bytes_received: 8 };
  await expect.poll(() => a.tcpInlets.show("i").traffic, PATIENCE).toEqual(traffic);
  await expect
    .poll(() => b.tcpOutlets.list()[0], PATIENCE)
    .toMatchObject({ traffic, peer_identifiers: [a.identifier], last_failure: null });
  socket.destroy();
  await expect
    .poll(() => b.tcpOutlets.list()[0], PATIENCE)
    .toMatchObject({
      traffic: { ...traffic, open_connections: 0 },
      peer_identifiers: [],
    });

  const [after] = relay.services.hostedRelays();
  expect(after!.messages).toBeGreaterThan(0);
  expect(after!.bytes).toBeGreaterThan(8);
  expect(b.relays.show("b").traffic!.messages_received).toBeGreaterThanOrEqual(after!.messages);
  const { secure_channels: channels, started_at: startedAt, tcp_connections: connections } = a.show();
  expect(channels).toMatchObject([{ role: "initiator", their_identifier: b.identifier }]);
  expect(channels[0]!.traffic.bytes_sent).toBeGreaterThan(8);
  expect(Date.parse(channels[0]!.since)).toBeGreaterThanOrEqual(Date.parse(startedAt!));
  expect(connections).toMatchObject([{ mode: "Outgoing", socket_addr: relay.tcpListenerAddress }]);
  expect(b.show().secure_channels.map(({ role, their_identifier: peer }) => [role, peer])).toEqual(
    expect.arrayContaining([
      ["initiator", relay.identifier],
      ["responder", a.identifier],
    ]),
  );
});

test(`of many connections it tells ${MAX_LISTED}, and how many there are`, async () => {
  expect(MAX_LISTED).toBe(256);
  await using nodes = new Nodes();
  const node = await nodes.create();
  await using router = new Router();
  const count = MAX_LISTED + 4;
  for (let index = 0; index < count; index++)
    await connect(router, nodes.transport, node.tcpListenerAddress!);
  await expect.poll(() => node.show().totals.tcp_connections, PATIENCE).toBe(count);
  expect(node.show().tcp_connections).toHaveLength(MAX_LISTED);
  expect(node.show().totals).toMatchObject({ secure_channels: 0, hosted_relays: 0 });
});

test("an outlet whose target is away says so, and when", async () => {
  await using nodes = new Nodes();
  const [a, b] = [await nodes.create(), await nodes.create()];
  b.tcpOutlets.create({ to: "127.0.0.1:1" });
  const inlet = await a.tcpInlets.create({ to: `${addressOf(b)}/secure/api/service/outlet` });
  expect(await throughPort(inlet.bind_addr)).toBe("closed");
  const outlet = b.tcpOutlets.show("outlet");
  expect(outlet.last_failure).toContain("refuses");
  expect(Date.now() - Date.parse(outlet.last_failure_at!)).toBeGreaterThanOrEqual(0);
  expect(outlet.traffic).toMatchObject({ open_connections: 0, connections: 1, bytes_received: 0 });
});

test("the level of the log is set while the node runs, where there is one to set", async () => {
  await using nodes = new Nodes();
  const dial: LogDial = { level: "debug" };
  const node = await nodes.create({ logDial: dial });
  expect(node.show().log_level).toBe("debug");
  expect(await node.call("node.set-log-level", { level: "warn" })).toEqual({
    level: "warn",
    before: "debug",
  });
  expect([dial.level, node.show().log_level]).toEqual(["warn", "warn"]);
  const other = await nodes.create();
  expect(other.show().log_level).toBeNull();
  expect(await codeOf(() => other.call("node.set-log-level", { level: "warn" }))).toBe(
    "OCKAM_NODE_LOG_LEVEL_FIXED",
  );
  const bad = { level: "loud" } as unknown as { level: "warn" };
  expect(await codeOf(() => node.call("node.set-log-level", bad))).toBe("OCKAM_NODE_INVALID_PARAMETERS");
});
