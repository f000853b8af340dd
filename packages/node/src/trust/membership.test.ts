import { toHex } from "@ockam/codec";
import { Identifier } from "@ockam/identity";
import type { Project } from "@ockam/project";
import { describe, expect, test, vi } from "vitest";

import { addressOf, codeOf, Nodes } from "../../testing/nodes.ts";
import type { OckamNode } from "../ockam-node.ts";
import { openState } from "../state/sqlite-state.ts";
import type { State } from "../state/state.ts";

const SOON = { timeout: 6000, interval: 20 };
const ADMIN = { "ockam-role": "enroller" };

/** An authority with a client and a service as its members, and an enroller. */
class Scene implements AsyncDisposable {
  readonly nodes: Nodes = new Nodes();
  readonly states: Readonly<Record<"authority" | "admin" | "client" | "service", State>> = {
    authority: openState({ inMemory: true }),
    admin: openState({ inMemory: true }),
    client: openState({ inMemory: true }),
    service: openState({ inMemory: true }),
  };
  authority!: OckamNode;
  admin!: OckamNode;
  client!: OckamNode;
  service!: OckamNode;

  static async create(credentialLifetime: number): Promise<Scene> {
    const scene = new Scene();
    const { states } = scene;
    await makeIdentity(states.client);
    scene.authority = await scene.nodes.create({
      name: "authority",
      state: states.authority,
      authority: {
        projectIdentifier: "p",
        credentialLifetime,
        trustedIdentities: {
          [await makeIdentity(states.admin)]: ADMIN,
          [await makeIdentity(states.service)]: { role: "service" },
        },
      },
    });
    scene.admin = await scene.nodes.create({ state: states.admin, trust: { kind: "none" } });
    await scene.asAdmin((client) =>
      client.addMember(identifierOf(states.client), new Map([["role", "client"]])),
    );
    scene.service = await scene.member(states.service);
    scene.client = await scene.member(states.client);
    return scene;
  }

  get route(): string {
    return `${addressOf(this.authority)}/service/api`;
  }

  async member(state: State): Promise<OckamNode> {
    return this.nodes.create({
      state,
      trust: {
        kind: "authority",
        authority: toHex(await historyOf(this.states.authority)),
        scope: "project-member-p",
        route: this.route,
      },
    });
  }

  async asAdmin<T>(
    work: (client: Awaited<ReturnType<OckamNode["connectAuthority"]>>["client"]) => Promise<T>,
  ): Promise<T> {
    await using connection = await this.admin.connectAuthority({
      route: this.route,
      identifier: Identifier.parse(this.authority.identifier),
    });
    return await work(connection.client);
  }

  /** The role of the client as the service knows it. */
  async role(): Promise<string | undefined> {
    const entry = await this.service.trust.attributes.get(
      Identifier.parse(this.client.identifier),
      Identifier.parse(this.authority.identifier),
      Math.floor(Date.now() / 1000),
    );
    return entry?.attributes.text("role");
  }

  async restartAuthority(): Promise<void> {
    const tcpListenerAddress = this.authority.tcpListenerAddress!;
    this.authority = await this.nodes.create({
      name: "authority",
      state: this.states.authority,
      tcpListenerAddress,
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.nodes[Symbol.asyncDispose]();
  }
}

async function makeIdentity(state: State): Promise<string> {
  return (await state.identities.getDefault()).identifier.toString();
}

async function historyOf(state: State): Promise<Uint8Array> {
  const { changeHistory } = await state.identities.identity(state.identities.findDefault()!.name);
  return changeHistory;
}

function identifierOf(state: State): Identifier {
  return state.identities.findDefault()!.identifier;
}

test("credentials of two seconds are refreshed on a channel that stays, without a gap", async () => {
  await using scene = await Scene.create(2);
  await scene.client.secureChannels.create({ to: `${addressOf(scene.service)}/service/api` });
  const first = scene.client.show().trust?.credential?.created_at ?? 0;
  const end = performance.now() + 3000;
  while (performance.now() < end) {
    expect(await scene.role()).toBe("client");
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  expect(scene.client.show().trust?.credential?.created_at).toBeGreaterThan(first + 1);
  expect(scene.client.show().trust?.membership_changes).toBe("followed");
});

test("without the authority what is attested lapses and nobody gets in; all heals when it is back", async () => {
  await using scene = await Scene.create(2);
  const to = `${addressOf(scene.service)}/service/api`;
  await scene.client.secureChannels.create({ to });
  const told: (string | undefined)[] = [];
  scene.service.trust.onChange((subject) => told.push(subject?.toString()));
  await scene.authority.close();
  await vi.waitFor(async () => expect(await scene.role()).toBeUndefined(), SOON);
  await vi.waitFor(() => expect(told).toContain(scene.client.identifier), SOON);
  await expect(scene.client.secureChannels.create({ to })).rejects.toThrow(
    new RegExp(`no credential .* from the authority ${scene.authority.identifier} at `),
  );
  const status = scene.client.show().trust;
  expect(status).toMatchObject({ credential: { status: "missing" }, membership_changes: "not followed" });
  expect(status?.last_failure).toMatch(/tcp/);
  await scene.restartAuthority();
  // On the channel that was there all the time.
  await vi.waitFor(async () => expect(await scene.role()).toBe("client"), SOON);
  await vi.waitFor(() => expect(scene.client.show().trust?.last_failure).toBeNull(), SOON);
  await scene.client.secureChannels.create({ to });
});

test("a removed member is nobody at once where it is known, and somebody again when it is let in again", async () => {
  await using scene = await Scene.create(300);
  const to = `${addressOf(scene.service)}/service/api`;
  await scene.client.secureChannels.create({ to });
  expect(await scene.role()).toBe("client");
  await vi.waitFor(() => expect(scene.service.show().trust?.membership_changes).toBe("followed"), SOON);
  const told: (string | undefined)[] = [];
  scene.service.trust.onChange((subject) => told.push(subject?.toString()));
  await scene.asAdmin((client) => client.deleteMember(identifierOf(scene.states.client)));
  await vi.waitFor(async () => expect(await scene.role()).toBeUndefined(), SOON);
  expect(told).toContain(scene.client.identifier);
  // It still has the old credential, and presents it.
  await vi.waitFor(
    async () =>
      expect(await codeOf(() => scene.client.secureChannels.create({ to }))).toBe(
        "OCKAM_NODE_REFUSED_BY_PEER",
      ),
    SOON,
  );
  expect(await scene.role()).toBeUndefined();
  await vi.waitFor(
    () => expect(scene.client.show().trust?.last_failure).toMatch(/unauthorized member/),
    SOON,
  );
  await scene.asAdmin((client) =>
    client.addMember(identifierOf(scene.states.client), new Map([["role", "guest"]])),
  );
  await vi.waitFor(async () => expect(await scene.role()).toBe("guest"), SOON);
});

test("other attributes are there at once, on channels that are open", async () => {
  await using scene = await Scene.create(300);
  await scene.client.secureChannels.create({ to: `${addressOf(scene.service)}/service/api` });
  await vi.waitFor(() => expect(scene.client.show().trust?.membership_changes).toBe("followed"), SOON);
  await vi.waitFor(() => expect(scene.service.show().trust?.membership_changes).toBe("followed"), SOON);
  await scene.asAdmin((client) =>
    client.addMember(identifierOf(scene.states.client), new Map([["role", "operator"]])),
  );
  await vi.waitFor(async () => expect(await scene.role()).toBe("operator"), SOON);
});

test("what was revoked while a node was away is heard when it is back", async () => {
  await using scene = await Scene.create(300);
  await scene.client.secureChannels.create({ to: `${addressOf(scene.service)}/service/api` });
  await vi.waitFor(() => expect(scene.service.show().trust?.membership_changes).toBe("followed"), SOON);
  await scene.service.close();
  await scene.asAdmin((client) => client.deleteMember(identifierOf(scene.states.client)));
  expect(await scene.role()).toBe("client");
  scene.service = await scene.member(scene.states.service);
  await vi.waitFor(async () => expect(await scene.role()).toBeUndefined(), SOON);
});

test("an authority that is somebody else gives nothing", async () => {
  await using scene = await Scene.create(300);
  const other = await scene.nodes.create({ trust: { kind: "none" } });
  const connecting = (route: string): Promise<unknown> =>
    codeOf(() =>
      scene.client.connectAuthority({
        route,
        identifier: Identifier.parse(scene.authority.identifier),
        timeout: 500,
      }),
    );
  expect(await connecting(`${addressOf(other)}/service/api`)).toBe("OCKAM_NODE_PEER_NOT_TRUSTED");
  expect(await connecting("/ip4/127.0.0.1/tcp/1/service/api")).toBe("OCKAM_NODE_CONNECT_FAILED");
});

describe("/project/<name>", () => {
  const ID = "0123456789ab";
  const HELLO = "0568656c6c6f";

  /** The project of a scene, as its members know it; `impostor`: who is said to be its node. */
  async function project(scene: Scene, impostor?: State): Promise<Project> {
    const state = openState({ inMemory: true });
    const authorityChangeHistory = await historyOf(scene.states.authority);
    await makeIdentity(state);
    const host = await scene.nodes.create({
      state,
      hostedProject: ID,
      trust: { kind: "authority", authority: toHex(authorityChangeHistory) },
    });
    scene.service = host;
    return {
      id: ID,
      name: "p",
      accessRoute: `${addressOf(host)}/service/${ID}/service/api`,
      identifier: identifierOf(impostor ?? state),
      changeHistory: await historyOf(impostor ?? state),
      authorityRoute: scene.route,
      authorityIdentifier: identifierOf(scene.states.authority),
      authorityChangeHistory,
      spaceId: "",
      spaceName: "",
    };
  }

  test("leads to the project's node, as its member, even from a node that trusts nobody", async () => {
    await using scene = await Scene.create(300);
    scene.states.client.projects.put(await project(scene));
    const plain = await scene.nodes.create({ state: scene.states.client, trust: { kind: "none" } });
    scene.client = plain;
    const send = plain.sendMessage({ to: "/project/p/service/echo", payload: HELLO });
    expect(await send).toEqual({ payload: HELLO });
    expect(await scene.role()).toBe("client");
    const channel = await plain.secureChannels.create({ to: "/project/p" });
    expect(channel.their_identifier).toBe(scene.service.identifier);
    // Behind it, too.
    const inner = await plain.secureChannels.create({ to: "/project/p/secure/api" });
    expect(inner.their_identifier).toBe(scene.service.identifier);
  });

  test("leads to nobody who is not the project's node", async () => {
    await using scene = await Scene.create(300);
    scene.states.client.projects.put(await project(scene, scene.states.admin));
    const to = "/project/p/service/echo";
    expect(await codeOf(() => scene.client.sendMessage({ to, payload: HELLO, timeout: 500 }))).toBe(
      "OCKAM_NODE_PEER_NOT_TRUSTED",
    );
    expect(await codeOf(() => scene.client.sendMessage({ to: "/project/q", payload: HELLO }))).toBe(
      "OCKAM_NODE_PROJECT_NOT_FOUND",
    );
  });

  test("the default project is the one that a new node trusts", async () => {
    await using scene = await Scene.create(300);
    scene.states.client.projects.put(await project(scene));
    const member = await scene.nodes.create({ state: scene.states.client });
    await vi.waitFor(() => expect(member.show().trust?.credential?.status).toBe("valid"), SOON);
    expect(member.show().trust).toMatchObject({
      project: "p",
      authority: scene.authority.identifier,
      authority_route: scene.route,
      credential: { scope: `project-member-${ID}`, attributes: { role: "client" } },
    });
  });
});
