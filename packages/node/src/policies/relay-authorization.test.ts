import { Address, connect } from "@ockam/core-routing";
import { createIdentities, Identifier } from "@ockam/identity";
import { createSecureChannel } from "@ockam/secure-channel";
import type { SecureChannelOptions } from "@ockam/secure-channel";
import { expect, test, vi } from "vitest";

import { Issuer } from "../../testing/issuer.ts";
import { memberOf } from "../../testing/member.ts";
import { addressOf, codeOf, Nodes } from "../../testing/nodes.ts";
import type { OckamNode } from "../ockam-node.ts";
import { registerRelay } from "../relays/relay-client.ts";
import { relayAuthorization } from "./relay-authorization.ts";

const REFUSED = "OCKAM_NODE_RELAY_REFUSED";

async function register(
  owner: OckamNode,
  host: OckamNode,
  name: string,
  way = "/secure/api",
): Promise<unknown> {
  return codeOf(async () => {
    const relay = await owner.relays.create({ name, at: addressOf(host) + way });
    return relay.connection_status;
  });
}

test("a relay is for those whose attribute says so, exactly or by *", async () => {
  await using nodes = new Nodes();
  const issuer = await Issuer.create();
  const host = await nodes.create(await memberOf(issuer, { role: "host" }));
  const blue = await nodes.create(await memberOf(issuer, { "ockam-relay": "blue" }));
  const any = await nodes.create(await memberOf(issuer, { "ockam-relay": "*" }));
  const none = await nodes.create(await memberOf(issuer, { role: "member" }));
  const nobody = await nodes.create(await memberOf(issuer));
  const stranger = await nodes.create();
  for (const name of ["blu", "blue1", "Blue"]) expect(await register(blue, host, name)).toBe(REFUSED);
  expect(await register(none, host, "blue")).toBe(REFUSED);
  // They do not even get a channel that is of use.
  for (const node of [nobody, stranger]) {
    expect(await register(node, host, "blue")).toBe("Down");
    await node.relays.delete("blue");
    expect(await register(node, host, "blue", "")).toBe(REFUSED);
  }
  expect(await register(blue, host, "blue", "")).toBe(REFUSED);
  expect(await register(blue, host, "blue")).toBe("Up");
  expect(await register(any, host, "green")).toBe("Up");
  const authorization = relayAuthorization(host.policies, host.trust, issuer.identities.now);
  const [blueHex, anyHex] = [blue, any].map(({ identifier }) => Identifier.parse(identifier).hex);
  expect(await authorization.allows(blueHex, "blue")).toBe(true);
  for (const name of ["register", "", "*", "forward_to_blue"]) {
    expect(await authorization.allows(blueHex, name), name).toBe(false);
    expect(await authorization.allows(anyHex, name), name).toBe(true);
  }
  // The name of somebody who is there stays theirs.
  expect(await register(any, host, "blue")).toBe(REFUSED);
});

test("the policy of the service is asked as well, without remembering", async () => {
  await using nodes = new Nodes();
  const issuer = await Issuer.create();
  const host = await nodes.create(await memberOf(issuer, {}));
  const owner = await nodes.create(await memberOf(issuer, { "ockam-relay": "*" }));
  expect(await register(owner, host, "a")).toBe("Up");
  host.policies.set("forwarding_service", "role=owner");
  expect(await register(owner, host, "b")).toBe(REFUSED);
  host.policies.delete("forwarding_service");
  host.policies.set("relay", "role=owner");
  expect(await register(owner, host, "c")).toBe(REFUSED);
});

test("a relay ends when the right to it does, its owner knows why, and it comes back with the right", async () => {
  await using nodes = new Nodes();
  const issuer = await Issuer.create();
  const host = await nodes.create(await memberOf(issuer, {}));
  const [owner, other] = [
    await nodes.create(await memberOf(issuer, { "ockam-relay": "blue" })),
    await nodes.create(await memberOf(issuer, { "ockam-relay": "green" })),
  ];
  expect(await register(owner, host, "blue")).toBe("Up");
  expect(await register(other, host, "green")).toBe("Up");
  await host.trust.attributes.delete(Identifier.parse(owner.identifier));
  await vi.waitFor(() => expect(owner.relays.show("blue").last_failure).toContain("may not have a relay"));
  expect(other.relays.show("green")).toMatchObject({ connection_status: "Up", last_failure: null });
  // A new channel presents the credential, which is good, again.
  await vi.waitFor(() => expect(owner.relays.show("blue").connection_status).toBe("Up"), { timeout: 5000 });
});

test("without an authority anybody may register, until a policy says who", async () => {
  await using nodes = new Nodes();
  const [host, owner] = [await nodes.create(), await nodes.create()];
  expect(await register(owner, host, "a", "")).toBe("Up");
  host.policies.set("relay", owner.identifier);
  await vi.waitFor(() => expect(owner.relays.show("a").connection_status).toBe("Down"));
  expect(await register(owner, host, "b", "")).toBe(REFUSED);
  expect(await register(owner, host, "b")).toBe("Up");
});

/** A new identity, and its channels. */
async function somebody(): Promise<SecureChannelOptions & { confirm: false; changeHistory: Uint8Array }> {
  const identities = createIdentities();
  const { changeHistory, identifier } = await identities.create();
  return { identities, identifier, changeHistory, confirm: false };
}

test("a relay that ends takes along what goes past it on the way that it opened", async () => {
  await using nodes = new Nodes();
  const issuer = await Issuer.create();
  const host = await nodes.create(await memberOf(issuer, {}));
  const client = await nodes.create();
  // An owner that does not give way: it keeps its channel.
  const owner = await nodes.create();
  const wayOf = async ({ router }: OckamNode): Promise<Address> =>
    (await connect(router, nodes.transport, host.tcpListenerAddress!)).address;
  const member = await somebody();
  const { encoded } = await issuer.issue(member.changeHistory, { "ockam-relay": "*" }, 60);
  const api = Address.local("api");
  const kept = await createSecureChannel(owner.router, [await wayOf(owner), api], {
    ...member,
    credential: async () => encoded,
  });
  owner.router.flowControls.addConsumer(api, kept.flowControlId);
  const { signal } = new AbortController();
  const relays = await Promise.all(
    ["a", "b"].map((name) =>
      registerRelay(owner.router, { name, route: [kept.address], timeout: 5000, signal }),
    ),
  );
  const route = [await wayOf(client), Address.local("forward_to_a"), api];
  const channel = await createSecureChannel(client.router, route, await somebody());
  const ping = (): Promise<unknown> => codeOf(() => channel.ping({ timeout: 300 }));
  expect(await ping()).toBeGreaterThan(0);
  host.policies.set("relay", "role=nobody");
  for (const { ended } of relays) expect(String(await ended)).toContain("may not have a relay");
  await vi.waitFor(async () => expect(await ping()).toBe("OCKAM_ROUTING_TIMEOUT"));
});

test("a state that cannot be read ends relays, and not the node", async () => {
  await using nodes = new Nodes();
  const issuer = await Issuer.create();
  const host = await nodes.create(await memberOf(issuer, {}));
  const owner = await nodes.create(await memberOf(issuer, { "ockam-relay": "*" }));
  expect(await register(owner, host, "a")).toBe("Up");
  const failures: unknown[] = [];
  const onFailure = (error: unknown): number => failures.push(error);
  process.on("unhandledRejection", onFailure);
  const { attributes } = host.trust;
  const get = attributes.get.bind(attributes);
  // The policy is asked first, and can be.
  const spy = vi.spyOn(attributes, "get").mockImplementationOnce(get).mockRejectedValue(new Error("locked"));
  host.policies.set("relay", owner.identifier);
  await vi.waitFor(() => expect(owner.relays.show("a").connection_status).toBe("Down"));
  spy.mockRestore();
  await vi.waitFor(() => expect(owner.relays.show("a").connection_status).toBe("Up"), { timeout: 5000 });
  process.off("unhandledRejection", onFailure);
  expect(failures).toEqual([]);
});
