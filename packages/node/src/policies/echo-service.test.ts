import { Address, Router } from "@ockam/core-routing";
import { expect, test, vi } from "vitest";

import { Issuer } from "../../testing/issuer.ts";
import { memberOf } from "../../testing/member.ts";
import { addressOf, codeOf, Nodes } from "../../testing/nodes.ts";
import { PathMonitor, PING_INTERVAL } from "../sessions/path-monitor.ts";
import { deniedPing, ECHO_DENIAL } from "./echo-denial.ts";

const PAYLOAD = "0568656c6c6f";

test("echo answers members; others hear that they are denied, and no more", async () => {
  await using nodes = new Nodes();
  const issuer = await Issuer.create();
  const node = await nodes.create(await memberOf(issuer, {}));
  const member = await nodes.create(await memberOf(issuer, {}));
  const stranger = await nodes.create();
  const to = `${addressOf(node)}/secure/api/service/echo`;
  const denied = Buffer.from(ECHO_DENIAL).toString("hex") + PAYLOAD;
  expect((await member.sendMessage({ to, payload: PAYLOAD })).payload).toBe(PAYLOAD);
  // The first ping on a channel is answered the same way, and says why the channel is of no use.
  expect(await codeOf(() => stranger.sendMessage({ to, payload: PAYLOAD }))).toBe(
    "OCKAM_NODE_REFUSED_BY_PEER",
  );
  const plain = `${addressOf(node)}/service/echo`;
  expect((await member.sendMessage({ to: plain, payload: PAYLOAD })).payload).toBe(denied);
  node.policies.set("echo", stranger.identifier);
  expect((await stranger.sendMessage({ to, payload: PAYLOAD })).payload).toBe(PAYLOAD);
});

test("a denial is no CBOR integer, no BARE text, and nothing that was pinged", () => {
  expect(deniedPing(Uint8Array.of(1, 2))).toBeUndefined();
  expect(deniedPing(ECHO_DENIAL.subarray(1))).toBeUndefined();
  expect(deniedPing(Uint8Array.of(...ECHO_DENIAL, 7))).toEqual(Uint8Array.of(7));
  expect(ECHO_DENIAL[0]).toBe(0xff);
});

test("a way whose end denies the pings is not taken for a dead one", async () => {
  vi.useFakeTimers();
  await using router = new Router();
  router.start((message, context) => context.reply(message, [ECHO_DENIAL, message.payload]), {
    address: "echo",
  });
  let isLost = false;
  const monitor = new PathMonitor(router, {
    route: [Address.local("echo")],
    onLost: () => {
      isLost = true;
    },
    onAlive: () => {},
    received: () => 0,
  });
  try {
    await vi.advanceTimersByTimeAsync(3 * PING_INTERVAL);
    expect(isLost).toBe(false);
    await router.stop(Address.local("echo"));
    await vi.advanceTimersByTimeAsync(3 * PING_INTERVAL);
    expect(isLost).toBe(true);
  } finally {
    await monitor.stop();
    vi.useRealTimers();
  }
});
