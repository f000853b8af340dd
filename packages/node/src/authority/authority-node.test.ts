import { AuthorityClient } from "@ockam/authority";
import { toHex } from "@ockam/codec";
import { Address, connect } from "@ockam/core-routing";
import { describe, expect, test } from "vitest";

import { addressOf, codeOf, Nodes } from "../../testing/nodes.ts";
import type { CreateNodeOptions } from "../node-options.ts";
import type { OckamNode } from "../ockam-node.ts";
import { openState, sqliteState } from "../state/sqlite-state.ts";
import type { State } from "../state/state.ts";
import type { AuthoritySettings } from "./authority-settings.ts";

const ID = "0123456789ab";
const PAYLOAD = new Uint8Array([2, 104, 105]);
const SERVICES = [
  "credential_issuer",
  "direct_authenticator",
  "enrollment_token_acceptor",
  "enrollment_token_issuer",
  "membership_changes",
  "project",
];

/** Every address that some node of ours or of Rust's has a worker at. */
const ADDRESSES = [
  ...SERVICES,
  "api",
  "echo",
  "uppercase",
  "hop",
  "outlet",
  "forwarding_service",
  "static_forwarding_service",
  "okta",
  "_internal.nodemanager",
  "forward_to_default",
  "postgres",
  "rendezvous",
  "secret",
  ID,
];

function settings(over: Partial<AuthoritySettings> = {}): { readonly authority: AuthoritySettings } {
  return { authority: { projectIdentifier: ID, trustedIdentities: {}, ...over } };
}

function enroller(node: OckamNode): Partial<AuthoritySettings> {
  return { trustedIdentities: { [node.identifier]: { "ockam-role": "enroller" } } };
}

/** The authority's client on a channel of the node. */
async function clientOf(node: OckamNode, authority: OckamNode): Promise<AuthorityClient> {
  const channel = await node.secureChannels.create({ to: `${addressOf(authority)}/service/api` });
  return new AuthorityClient(node.router, [addressOfChannel(channel.address)], { timeout: 300 });
}

function addressOfChannel(path: string): Address {
  return Address.local(path.slice("/service/".length));
}

/** Puts a worker at each address where the authority has none: whatever is delivered there is counted. */
function watchEverything(node: OckamNode): string[] {
  const reached: string[] = [];
  for (const name of ADDRESSES) {
    if (node.router.has(Address.local(name))) continue;
    node.router.start(() => void reached.push(name), { address: name });
  }
  return reached;
}

/** Those that answer whatever they are sent, in any way. */
async function answering(from: OckamNode, way: Address): Promise<readonly string[]> {
  const found = await Promise.all(
    ADDRESSES.map(async (name) => {
      const asked = from.router.request([way, Address.local(name)], PAYLOAD, { timeout: 150 });
      return asked.then(
        () => [name],
        () => [],
      );
    }),
  );
  return found.flat().toSorted();
}

describe("what can be reached of an authority's node", () => {
  test("straight from TCP: the listener api, and nothing else", async () => {
    await using nodes = new Nodes();
    const authority = await nodes.create(
      settings({ project: { name: "p", authorityRoute: "/ip4/1.1.1.1/tcp/1/service/api" } }),
    );
    const stranger = await nodes.create();
    expect(
      authority.router
        .addresses()
        .map(({ name }) => name)
        .filter((name) => name.length < 32)
        .toSorted(),
    ).toEqual(["api", "echo", ...SERVICES].toSorted());
    const reached = watchEverything(authority);
    const { address } = await connect(stranger.router, nodes.transport, authority.tcpListenerAddress!);
    expect(await answering(stranger, address)).toEqual([]);
    const flow = authority.tcpListeners.list()[0]!.flow_control_id;
    expect(authority.router.flowControls.consumersOf(flow).map(({ name }) => name)).toEqual(["api"]);
    expect(reached).toEqual([]);
  });

  test.each(["a stranger", "a member", "an enroller"])(
    "through a channel of %s: echo and its services",
    async (who) => {
      await using nodes = new Nodes();
      const [peer, other] = [await nodes.create(), await nodes.create()];
      const role = {
        "an enroller": enroller(peer),
        "a member": { trustedIdentities: { [peer.identifier]: {} } },
      }[who];
      const authority = await nodes.create(
        settings({ ...role, project: { name: "p", authorityRoute: "/ip4/1.1.1.1/tcp/1/service/api" } }),
      );
      const reached = watchEverything(authority);
      const channel = await peer.secureChannels.create({ to: `${addressOf(authority)}/service/api` });
      expect(await answering(peer, addressOfChannel(channel.address))).toEqual(
        ["echo", ...SERVICES].toSorted(),
      );
      expect(reached).toEqual([]);
      // Nobody is reached through it either.
      const client = await clientOf(other, authority);
      expect(await codeOf(() => client.issueCredential())).toBe("OCKAM_AUTHORITY_REFUSED");
    },
  );

  test("services that were left out are not there", async () => {
    await using nodes = new Nodes();
    const peer = await nodes.create();
    const authority = await nodes.create(
      settings({ ...enroller(peer), directAuthentication: false, tokenEnrollment: false }),
    );
    const channel = await peer.secureChannels.create({ to: `${addressOf(authority)}/service/api` });
    expect(await answering(peer, addressOfChannel(channel.address))).toEqual([
      "credential_issuer",
      "echo",
      "membership_changes",
    ]);
  });

  test("its owner cannot give it more", async () => {
    await using nodes = new Nodes();
    using state = openState({ inMemory: true });
    const authority = await nodes.create({ state, name: "authority-1", ...settings() });
    for (const [method, params] of [
      ["tcp-outlet.create", { to: "127.0.0.1:1" }],
      ["service.start", { type: "hop" }],
      ["secure-channel-listener.create", { address: "l" }],
      ["tcp-listener.create", { address: "127.0.0.1:9" }],
      ["flow-control.add-consumer", { flowControlId: "f", address: "echo" }],
    ] as const)
      expect(await codeOf(() => authority.call(method, params))).toBe("OCKAM_NODE_OTHER_KIND");
    expect(await authority.call("node.show", {})).toMatchObject({ status: "running", outlets: [] });
    expect(state.nodes.findDefault()).toBeUndefined();
    await authority.close();
  });
});

describe("an authority's node", () => {
  const NAMED = { name: "authority-1", identity: "authority-1" };

  async function start(nodes: Nodes, state: State, over: CreateNodeOptions = {}): Promise<OckamNode> {
    return nodes.create({ state, ...NAMED, ...over });
  }

  test("keeps members, tokens and settings over a restart", async () => {
    await using nodes = new Nodes();
    using state = openState({ inMemory: true });
    const [admin, member, late] = [await nodes.create(), await nodes.create(), await nodes.create()];
    const first = await start(nodes, state, settings({ ...enroller(admin), credentialLifetime: 777 }));
    const client = await clientOf(admin, first);
    const code = await client.createToken({ attributes: new Map([["role", "web"]]), uses: 2 });
    expect(await (await clientOf(member, first)).redeemToken(code)).toBe("enrolled");
    await first.close();

    const again = await start(nodes, state);
    expect(state.nodes.get("authority-1").options.authority).toMatchObject({ credentialLifetime: 777 });
    expect(again.identifier).toBe(first.identifier);
    const members = await (await clientOf(admin, again)).members();
    expect(members.map(({ identifier }) => identifier.toString()).toSorted()).toEqual(
      [admin.identifier, member.identifier].toSorted(),
    );
    await (await clientOf(member, again)).issueCredential();
    expect(await (await clientOf(late, again)).redeemToken(code)).toBe("enrolled");
    // Each code is known by its hash alone.
    const { database } = sqliteState(state);
    expect(JSON.stringify(database.all("SELECT hex(code_hash) FROM authority_token"))).not.toContain(
      toHex(code).toUpperCase(),
    );
    await again.close();
  });

  test("drops at the next start who is not trusted any more, and nobody else", async () => {
    await using nodes = new Nodes();
    using state = openState({ inMemory: true });
    const [admin, other] = [await nodes.create(), await nodes.create()];
    const first = await start(nodes, state, settings(enroller(admin)));
    await (await clientOf(admin, first)).createToken({ attributes: new Map() });
    await first.close();
    const again = await start(nodes, state, settings(enroller(other)));
    expect(await codeOf(async () => (await clientOf(admin, again)).issueCredential())).toBe(
      "OCKAM_AUTHORITY_REFUSED",
    );
    const members = await (await clientOf(other, again)).members();
    expect(members.map(({ identifier }) => identifier.toString())).toEqual([other.identifier]);
    await again.close();
  });

  test("that is deleted and made anew has no members but those it is given", async () => {
    await using nodes = new Nodes();
    using state = openState({ inMemory: true });
    const [admin, member] = [await nodes.create(), await nodes.create()];
    const first = await start(nodes, state, settings(enroller(admin)));
    const code = await (await clientOf(admin, first)).createToken({ attributes: new Map(), uses: 5 });
    await (await clientOf(member, first)).redeemToken(code);
    await first.close();
    state.nodes.delete("authority-1");
    const again = await start(nodes, state, settings(enroller(admin)));
    expect(again.identifier).toBe(first.identifier);
    expect(await (await clientOf(admin, again)).memberIdentifiers()).toHaveLength(1);
    const client = await clientOf(member, again);
    expect(await codeOf(() => client.redeemToken(code))).toBe("OCKAM_AUTHORITY_REFUSED");
    await again.close();
  });

  test("is not made of another node, nor another node of it", async () => {
    await using nodes = new Nodes();
    using state = openState({ inMemory: true });
    const ordinary = await start(nodes, state);
    await ordinary.close();
    expect(await codeOf(() => start(nodes, state, settings()))).toBe("OCKAM_NODE_OTHER_KIND");
  });
});

describe("the project of an authority", () => {
  const project = { name: "web", authorityRoute: "/dnsaddr/a.example/tcp/4001/service/api" };
  const accessRoute = `/dnsaddr/r.example/tcp/4000/service/${ID}/service/api`;

  test("is completed by its node, for everybody", async () => {
    await using nodes = new Nodes();
    using state = openState({ inMemory: true });
    using relayState = openState({ inMemory: true });
    const relay = await nodes.create({ state: relayState, name: "relay", identity: "relay" });
    const [member, stranger] = [await nodes.create(), await nodes.create()];
    const authority = await nodes.create({
      state,
      name: "authority-1",
      ...settings({
        trustedIdentities: { [relay.identifier]: { "ockam-project-node": "true" }, [member.identifier]: {} },
        project,
      }),
    });
    const toMember = await clientOf(member, authority);
    expect(JSON.parse((await toMember.project())!)).toMatchObject({ id: ID, name: "web", access_route: "" });

    const { changeHistory } = await relayState.identities.identity("relay");
    const registration = { accessRoute, changeHistory };
    for (const other of [member, stranger]) {
      const client = await clientOf(other, authority);
      expect(await codeOf(() => client.registerProjectNode(registration))).toBe("OCKAM_AUTHORITY_REFUSED");
    }
    const toRelay = await clientOf(relay, authority);
    const foreign = {
      accessRoute,
      changeHistory: (await state.identities.identity(await nameOf(state))).changeHistory,
    };
    expect(await codeOf(() => toRelay.registerProjectNode(foreign))).toMatch(/^OCKAM_AUTHORITY_/);
    expect(state.projects.findDefault()).toBeUndefined();

    await toRelay.registerProjectNode(registration);
    expect(JSON.parse((await toMember.project())!)).toMatchObject({
      access_route: accessRoute,
      identity: relay.identifier,
    });
    expect(state.projects.findDefault()).toMatchObject({ name: "web", id: ID });
    await authority.close();
    const again = await nodes.create({ state, name: "authority-1" });
    expect(JSON.parse((await (await clientOf(stranger, again)).project())!)).toMatchObject({
      access_route: accessRoute,
    });
    await again.close();
    await relay.close();
  });
});

/** The name of the authority's identity. */
async function nameOf(state: State): Promise<string> {
  return (await state.identities.getDefault()).name;
}
