// What the node of a project lets whom reach: the table of docs/node.md, walked.
import { toHex } from "@ockam/codec";
import { Address, connect } from "@ockam/core-routing";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

import { createIdentities, Identifier } from "@ockam/identity";
import { createSecureChannel } from "@ockam/secure-channel";
import { addressOf, codeOf, Nodes } from "../../testing/nodes.ts";
import { deniedPing } from "../policies/echo-denial.ts";
import { openState } from "../state/sqlite-state.ts";
import type { OckamNode } from "../ockam-node.ts";
import type { State } from "../state/state.ts";

const ID = "0123456789ab";
/** A text in BARE, which `uppercase` answers, too. */
const PAYLOAD = new Uint8Array([2, 104, 105]);

const ANSWERING = ["echo", "uppercase"];
const OTHERS = [
  "_internal.nodemanager",
  "credential_issuer",
  "direct_authenticator",
  "enrollment_token_acceptor",
  "enrollment_token_issuer",
  "forward_to_default",
  "hop",
  "membership_changes",
  "okta",
  "outlet",
  "postgres",
  "project",
  "rendezvous",
  "secret",
];

let nodes: Nodes;
let states: State[];
let authority: OckamNode;
let host: OckamNode;
let service: OckamNode;
let client: OckamNode;
let stranger: OckamNode;

beforeAll(async () => {
  nodes = new Nodes();
  states = ["authority", "host", "service", "client"].map(() => openState({ inMemory: true }));
  const [authorityState, hostState, serviceState, clientState] = states as [State, State, State, State];
  const identifiers = await Promise.all(
    states.map(async (state) => (await state.identities.create({ name: "i" })).identifier.toString()),
  );
  const attributes = [{}, { "ockam-project-node": "true" }, { "ockam-relay": "default" }, {}];
  authority = await nodes.create({
    state: authorityState,
    name: "authority",
    identity: "i",
    authority: {
      projectIdentifier: ID,
      trustedIdentities: Object.fromEntries(
        identifiers.map((identifier, at) => [identifier, attributes[at]!]),
      ),
    },
  });
  const trust = {
    kind: "authority",
    authority: toHex((await authorityState.identities.identity("i")).changeHistory),
    scope: "s",
    route: `${addressOf(authority)}/service/api`,
  } as const;
  const { scope: _, ...hostTrust } = trust;
  host = await nodes.create({
    state: hostState,
    name: "host",
    identity: "i",
    trust: hostTrust,
    hostedProject: ID,
  });
  service = await nodes.create({ state: serviceState, name: "service", identity: "i", trust });
  client = await nodes.create({ state: clientState, name: "client", identity: "i", trust });
  stranger = await nodes.create();
});

afterAll(async () => {
  await nodes[Symbol.asyncDispose]();
  for (const state of states) state.close();
});

/** Which of all the addresses answer, and which get what is sent, by the way. */
async function walk(
  from: OckamNode,
  way: Address,
): Promise<{ readonly answered: string[]; readonly reached: string[] }> {
  const reached: string[] = [];
  const watched = OTHERS.filter((name) => !host.router.has(Address.local(name)));
  for (const name of watched) host.router.start(() => void reached.push(name), { address: name });
  const answers = [...ANSWERING, ...OTHERS].map((name) =>
    from.router.request([way, Address.local(name)], PAYLOAD, { timeout: 150 }).then(
      ({ payload }) => (deniedPing(payload) === undefined ? [name] : []),
      () => [],
    ),
  );
  const answered = (await Promise.all(answers)).flat();
  for (const name of watched) await host.router.stop(Address.local(name));
  return { answered, reached };
}

async function memberChannel(): Promise<Address> {
  const { address } = await client.secureChannels.create({
    to: `${addressOf(host)}/service/${ID}/service/api`,
  });
  return Address.local(address.slice("/service/".length));
}

/** It is not confirmed by a ping, which `echo` would deny. */
async function strangerChannel(): Promise<Address> {
  const identities = createIdentities();
  const { identifier } = await identities.create();
  const { address } = await connect(stranger.router, nodes.transport, host.tcpListenerAddress!);
  const route = [address, Address.local("api")];
  return (await createSecureChannel(stranger.router, route, { identities, identifier, confirm: false }))
    .address;
}

describe("the node of a project", () => {
  test("has nothing but what every node has, and the door with the project's id", () => {
    const names = host.router.addresses().map(({ name }) => name);
    const tcp = host.tcpListeners.list()[0]!.flow_control_id;
    const consumers = host.router.flowControls.consumersOf(tcp).map(({ name }) => name);
    const all = [ID, "api", "echo", "forwarding_service", "static_forwarding_service", "uppercase"];
    expect(consumers.toSorted()).toEqual(all.toSorted());
    expect(names.filter((name) => name.length < 32 && !all.includes(name))).toEqual([]);
  });

  test("hears of members without being one of them", async () => {
    await vi.waitFor(() => expect(host.show().trust?.membership_changes).toBe("followed"), { timeout: 6000 });
    expect(host.show().trust).toMatchObject({ credential: null, last_failure: null });
    // Nor when it asks, as somebody would who wants to sit at both ends of what it carries.
    const at = {
      route: `${addressOf(authority)}/service/api`,
      identifier: Identifier.parse(authority.identifier),
    };
    await using connection = await host.connectAuthority(at);
    expect(await codeOf(() => connection.client.issueCredential())).toBe("OCKAM_AUTHORITY_REFUSED");
    // It opens channels all the same.
    const to = `${addressOf(stranger)}/service/api`;
    expect(await codeOf(() => host.secureChannels.create({ to }))).toMatchObject({
      their_identifier: stranger.identifier,
    });
  });

  test("lets who comes straight from TCP reach uppercase, and the doors", async () => {
    const { address } = await connect(stranger.router, nodes.transport, host.tcpListenerAddress!);
    expect(await walk(stranger, address)).toEqual({ answered: ["uppercase"], reached: [] });
  });

  test("lets who is no member reach no more through a channel", async () => {
    expect(await walk(stranger, await strangerChannel())).toEqual({ answered: ["uppercase"], reached: [] });
  });

  test("lets a member reach echo", async () => {
    expect(await walk(client, await memberChannel())).toEqual({
      answered: ["echo", "uppercase"],
      reached: [],
    });
  });

  test("gives no relay to who is no member, or has no attribute for it", async () => {
    for (const [node, at] of [
      [client, `${addressOf(host)}/secure/api`],
      [client, addressOf(host)],
      [stranger, addressOf(host)],
    ] as const)
      expect(await codeOf(() => node.relays.create({ at, address: "default" })), at).toBe(
        "OCKAM_NODE_RELAY_REFUSED",
      );
  });

  test("gives a member the relay that its attribute names, and no other", async () => {
    const at = `${addressOf(host)}/secure/api`;
    expect(await codeOf(() => service.relays.create({ at, address: "other" }))).toBe(
      "OCKAM_NODE_RELAY_REFUSED",
    );
    const relay = await service.relays.create({ name: "r", at, address: "default" });
    expect(relay.connection_status).toBe("Up");
    // Not without a channel, whatever the name.
    expect(
      await codeOf(() => service.relays.create({ name: "q", at: addressOf(host), address: "default" })),
    ).toBe("OCKAM_NODE_RELAY_REFUSED");
    await service.relays.delete("r");
  });
});
