import { createNode, openState, type State } from "@ockam/node";
import { describe, expect, test } from "vitest";

import type { StartNode } from "../node-access.ts";
import { hostProject } from "./host-project.ts";
import { rememberProject } from "./hosted-record.ts";
import { planHosting, type HostingOrder } from "./hosting-plan.ts";

const ORDER: HostingOrder = {
  name: "web",
  address: undefined,
  port: 47_112,
  authorityAddress: undefined,
  authorityPort: 47_113,
  credentialLifetime: 91,
  onlyAuthority: false,
};

/** Nodes that are started, and stopped at once: what stays is their record. */
function starter(failing?: string): { readonly start: StartNode; readonly started: string[] } {
  const started: string[] = [];
  return {
    started,
    async start({ state, name, identity, options = {} }) {
      started.push(name);
      if (failing !== undefined && name.startsWith(failing)) throw new Error("no");
      const own = identity === undefined ? {} : { identity };
      const node = await createNode({ state, name, ...own, ...options, tcpListenerAddress: "off" });
      await node.close();
      return state.nodes.get(name);
    },
  };
}

function left(state: State): unknown {
  return [state.nodes.list(), state.identities.list(), state.projects.list()].map((list) => list.length);
}

describe("a project", () => {
  test("has an authority that trusts its node and the user, and a node that believes the authority", async () => {
    using state = openState({ inMemory: true });
    const { start, started } = starter();
    const plan = await planHosting(state, ORDER);
    const hosting = await hostProject(state, plan, start);
    expect(hosting).toMatchObject({ id: plan.id, isNew: true });
    expect(started).toEqual([`authority-${plan.id}`, "project-web"]);

    const admin = state.identities.findDefault()!;
    const node = state.identities.get("project-web");
    expect([admin.name, admin.identifier]).not.toContain(node.name);
    const { authority } = state.nodes.get(`authority-${plan.id}`).options;
    expect(authority).toMatchObject({
      projectIdentifier: plan.id,
      credentialLifetime: 91,
      trustedIdentities: {
        [admin.identifier.toString()]: { "ockam-role": "enroller", "ockam-relay": "*" },
        [node.identifier.toString()]: { "ockam-project-node": "true" },
      },
    });
    const { hostedProject, trust } = state.nodes.get("project-web").options;
    expect(hostedProject).toBe(plan.id);
    // Without a scope: it presents no credential.
    expect(trust).toEqual({
      kind: "authority",
      authority: expect.stringMatching(/^[0-9a-f]+$/),
      route: "/ip4/127.0.0.1/tcp/47113/service/api",
    });
    await state.identities.create({ name: "other" });
    const project = await rememberProject(state, hosting.authority.name, true);
    expect(project).toMatchObject({
      name: "web",
      accessRoute: `/ip4/127.0.0.1/tcp/47112/service/${plan.id}/service/api`,
    });
    expect(state.projects.findDefault()).toMatchObject({ id: plan.id });
  });

  test("that was cut short is completed the next time", async () => {
    using state = openState({ inMemory: true });
    const first = await planHosting(state, ORDER);
    // As after a kill: the authority is there, and nothing was undone.
    await hostProject(state, { ...first, node: first.node }, starter().start);
    state.nodes.delete("project-web");
    const again = await planHosting(state, { ...ORDER, port: undefined, authorityPort: undefined });
    expect(again).toMatchObject({ id: first.id, node: { port: 47_112 }, authority: { port: 47_113 } });
    const { start, started } = starter();
    const hosting = await hostProject(state, again, start);
    expect(hosting.isNew).toBe(false);
    expect(started).toEqual([`authority-${first.id}`, "project-web"]);
    expect(state.nodes.get("project-web").options.hostedProject).toBe(first.id);
  });

  test.each(["authority", "project"])("whose %s does not start leaves nothing", async (failing) => {
    using state = openState({ inMemory: true });
    const plan = await planHosting(state, ORDER);
    await expect(hostProject(state, plan, starter(failing).start)).rejects.toThrow("no");
    expect(left(state)).toEqual([0, 0, 0]);
  });

  test("leaves the identity that was there before", async () => {
    using state = openState({ inMemory: true });
    await state.identities.create({ name: "me" });
    const plan = await planHosting(state, ORDER);
    await expect(hostProject(state, plan, starter("project").start)).rejects.toThrow("no");
    expect(state.identities.list().map(({ name }) => name)).toEqual(["me"]);
  });

  test.each(["", "a/b", "a b"])("is not called %j", async (name) => {
    using state = openState({ inMemory: true });
    await expect(planHosting(state, { ...ORDER, name })).rejects.toMatchObject({
      code: "OCKAM_CLI_USAGE",
      message: `'${name}' is no name for a project`,
    });
  });

  test.each<Partial<HostingOrder>>([
    { port: 1 },
    { authorityPort: 1 },
    { address: "localhost" },
    { credentialLifetime: 90 },
    { onlyAuthority: true },
  ])("is not moved by mistake: %o", async (other) => {
    using state = openState({ inMemory: true });
    await hostProject(state, await planHosting(state, ORDER), starter().start);
    await expect(planHosting(state, { ...ORDER, ...other })).rejects.toMatchObject({
      code: "OCKAM_CLI_PROJECT_EXISTS",
      details: {
        hint: expect.stringMatching(
          /'ockam node delete authority-\w+', 'ockam node delete project-web', 'ockam project delete web'$/,
        ),
      },
    });
  });
});

test("an authority alone knows no node yet", async () => {
  using state = openState({ inMemory: true });
  const plan = await planHosting(state, { ...ORDER, onlyAuthority: true });
  const hosting = await hostProject(state, plan, starter().start);
  expect(hosting.node).toBeUndefined();
  expect(await rememberProject(state, hosting.authority.name, true)).toBeUndefined();
  expect(state.projects.list()).toEqual([]);
});
