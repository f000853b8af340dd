// What attempts to open a route leave behind: nothing, however they fail.
import { expect, test } from "vitest";

import { addressOf, codeOf, Nodes } from "../../testing/nodes.ts";

const ATTEMPTS = 20 * Number(process.env["OCKAM_TEST_SCALE"] ?? 1);
/** What no answer counts as, depending on when it stays away. */
const SILENCE = /HANDSHAKE_FAILED|REFUSED_BY_PEER/;
const NOBODY = `I${"ab".repeat(32)}`;

test.each([
  ["nobody listens", "/ip4/127.0.0.1/tcp/1/service/api", [], /CONNECT_FAILED/],
  ["there is no listener of channels", "B/service/absent", [], SILENCE],
  ["the peer is another one", "B/service/api", [NOBODY], /PEER_NOT_TRUSTED/],
  ["the inner channel fails", "B/secure/api/service/absent", [], SILENCE],
  ["none does", "B/service/api", [], /opened/],
] as const)("%s", async (_, route, authorized, outcome) => {
  await using nodes = new Nodes();
  const [a, b] = [await nodes.create(), await nodes.create()];
  const to = route.replace("B", addressOf(b));
  const workers = a.router.addresses().length;
  for (let times = 0; times < ATTEMPTS; times++) {
    const opened = await codeOf(async () => {
      await a.secureChannels.probe({
        to,
        authorized: [...authorized],
        timeout: outcome === SILENCE ? 50 : 10_000,
      });
      return "opened";
    });
    expect(opened).toMatch(outcome);
  }
  expect(a.router.addresses()).toHaveLength(workers);
  expect(a.tcpConnections.list()).toEqual([]);
  await expect.poll(() => b.tcpListeners.connections()).toEqual([]);
});
