import { Address, connect } from "@ockam/core-routing";
import { createIdentities } from "@ockam/identity";
import { createSecureChannel } from "@ockam/secure-channel";
import { expect, test, vi } from "vitest";

import { Nodes } from "../../testing/nodes.ts";
import { CHANNEL_MOVE_TIME } from "./channel-lifetime.ts";

const HELLO = { payload: "0568656c6c6f" };

// Of strangers who come through a relay there may be millions on one connection.
test("channels that come and go over a connection that stays leave nothing behind with it", async () => {
  await using nodes = new Nodes();
  const [service, client] = [await nodes.create(), await nodes.create()];
  const { worker_addr: sender } = await client.tcpConnections.create(service.tcpListenerAddress!);
  const [connection] = service.tcpListeners.connections();
  const then = vi.spyOn(connection!.closed, "then");
  for (let i = 0; i < 10; i++)
    expect(await client.sendMessage({ ...HELLO, to: `/service/${sender}/secure/api/service/echo` })).toEqual(
      HELLO,
    );
  expect(then).not.toHaveBeenCalled();
});

test("an accepted channel whose connection is gone is closed when it was not moved", async () => {
  await using nodes = new Nodes();
  const [service, client] = [await nodes.create(), await nodes.create()];
  const before = service.router.addresses().length;
  const { address } = await connect(client.router, nodes.transport, service.tcpListenerAddress!);
  const identities = createIdentities();
  const { identifier } = await identities.create();
  const route = [address, Address.local("api")];
  await createSecureChannel(client.router, route, { identities, identifier, confirm: true });
  await service.tcpListeners.connections()[0]!.close();
  expect(service.router.addresses().length).toBeGreaterThan(before);
  await vi.waitFor(() => expect(service.router.addresses()).toHaveLength(before), {
    timeout: CHANNEL_MOVE_TIME * 2,
  });
});
