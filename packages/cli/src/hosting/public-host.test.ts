import type { LookupAddress } from "node:dns";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";

import { describe, expect, test } from "vitest";

import {
  expectFreePort,
  findPublicHost,
  isLoopback,
  listenerAddress,
  localRoute,
  publicRoute,
} from "./public-host.ts";

/** Debian has its own name at this address in /etc/hosts. */
async function resolveOwnName(): Promise<LookupAddress> {
  return { address: "127.0.1.1", family: 4 };
}

describe("a public host", () => {
  test.each([
    ["127.0.0.1", "127.0.0.1:4000", "/ip4/127.0.0.1/tcp/4000", "/ip4/127.0.0.1/tcp/4000"],
    ["192.0.2.1", "0.0.0.0:4000", "/ip4/192.0.2.1/tcp/4000", "/ip4/127.0.0.1/tcp/4000"],
    ["[2001:db8::1]", "[::]:4000", "/ip6/2001:db8::1/tcp/4000", "/ip6/::1/tcp/4000"],
    ["::1", "[::1]:4000", "/ip6/::1/tcp/4000", "/ip6/::1/tcp/4000"],
  ])("%s is listened at %s and reached at %s", async (typed, listener, route, local) => {
    const host = await findPublicHost(typed);
    expect([listenerAddress(host, 4000), publicRoute(host, 4000), localRoute(host, 4000)]).toEqual([
      listener,
      route,
      local,
    ]);
  });

  test.each([
    ["127.0.0.1", true],
    ["localhost", true],
    ["::1", true],
    ["192.0.2.1", false],
    ["2001:db8::1", false],
  ])("%s is for this machine alone: %s", async (typed, local) => {
    expect(isLoopback(await findPublicHost(typed))).toBe(local);
  });

  test("may be a name", async () => {
    const host = await findPublicHost("localhost");
    expect(publicRoute(host, 1)).toBe("/dnsaddr/localhost/tcp/1");
    expect(["127.0.0.1", "::1"]).toContain(host.bindAddress);
  });

  test.each(["0.0.0.0", "::", "[::]"])("is not %s, where nobody finds a machine", async (address) => {
    await expect(findPublicHost(address)).rejects.toMatchObject({
      code: "OCKAM_CLI_ADDRESS_NOT_FOUND",
      message: `The address ${address} leads nowhere from other machines`,
    });
  });

  test("may be the machine's own name, which it takes for its loopback, and others do not", async () => {
    const host = await findPublicHost("relay.example", resolveOwnName);
    expect(listenerAddress(host, 1)).toBe("0.0.0.0:1");
    expect(publicRoute(host, 1)).toBe("/dnsaddr/relay.example/tcp/1");
  });

  test("must lead somewhere", async () => {
    await expect(findPublicHost("no-such-host.invalid")).rejects.toMatchObject({
      code: "OCKAM_CLI_ADDRESS_NOT_FOUND",
      message: "The address no-such-host.invalid cannot be resolved",
    });
  });
});

test("a port that is taken is found out", async () => {
  const host = await findPublicHost("127.0.0.1");
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const refused = { code: "OCKAM_NODE_PORT_IN_USE", details: { hint: "give another one: --port PORT" } };
  await expect(expectFreePort(host, port, refused.details.hint)).rejects.toMatchObject(refused);
  server.close();
  await once(server, "close");
  await expectFreePort(host, port, "");
});
