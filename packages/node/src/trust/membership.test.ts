import { toHex } from "@ockam/codec";
import { Identifier } from "@ockam/identity";
import { expect, test, vi } from "vitest";

import { addressOf, codeOf, Nodes } from "../../test/nodes.ts";
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
    const identifier = async (state: State): Promise<string> =>
      (await state.identities.getDefault()).identifier.toString();
    await states.client.identities.getDefault();
    scene.authority = await scene.nodes.create({
      name: "authority",
      state: states.authority,
      authority: {
        projectIdentifier: "p",
        credentialLifetime,
        trustedIdentities: {
          [await identifier(states.admin)]: ADMIN,
          [await identifier(states.service)]: { role: "service" },
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
    const history = await this.states.authority.identities.identity(
      this.states.authority.identities.findDefault()!.name,
    );
    return this.nodes.create({
      state,
      trust: {
        kind: "authority",
        authority: toHex(history.changeHistory),
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

function identifierOf(state: State): Identifier {
  return state.identities.findDefault()!.identifier;
}

test("credentials of two seconds are refreshed on a channel that stays, without a gap", async () => {
  await using scene = await Scene.create(2);
  await scene.client.secureChannels.create({ to: `${addressOf(scene.service)}/service/api` });
  const first = scene.client.show().trust?.credential?.created_at ?? 0;
  const end = performance.now() + 4500;
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
  expect(scene.client.show().trust?.last_failure).toBeNull();
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
  await codeOf(() => scene.client.secureChannels.create({ to }));
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
