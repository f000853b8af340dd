import { toHex } from "@ockam/codec";
import { describe, expect, test } from "vitest";

import { Issuer } from "../../testing/issuer.ts";
import { codeOf, Nodes } from "../../testing/nodes.ts";
import { openState, sqliteState } from "../state/sqlite-state.ts";
import { MAX_RESOURCE_NAME_LENGTH, MAX_RESOURCE_POLICIES } from "./policies.ts";

const DEFAULT = "(= subject.has_credential true)";

async function trustInSomebody(): Promise<{ readonly kind: "authority"; readonly authority: string }> {
  const { changeHistory } = await Issuer.create();
  return { kind: "authority", authority: toHex(changeHistory) };
}

describe("the policies of a node", () => {
  test("begin with one for each type", async () => {
    await using nodes = new Nodes();
    const node = await nodes.create();
    const policies = node.policies.list();
    expect(policies.map(({ resource }) => resource)).toEqual([
      "tcp-inlet",
      "tcp-outlet",
      "echoer",
      "kafka-consumer",
      "kafka-producer",
      "relay",
      "lessor",
    ]);
    expect(new Set(policies.map(({ expression }) => expression))).toEqual(new Set([DEFAULT]));
  });

  test("stay as they were set and deleted, also after a restart", async () => {
    using state = openState({ inMemory: true });
    await using nodes = new Nodes();
    const trust = await trustInSomebody();
    const before = await nodes.create({ state, name: "n", trust });
    await before.call("policy.create", { resource: "tcp-outlet", allow: "role=app" });
    await before.call("policy.create", { resource: "mine", allow: "role=db" });
    await before.call("policy.delete", { resource: "relay" });
    await before.close();
    const after = await nodes.create({ state, name: "n" });
    expect(await after.call("policy.show", { resource: "tcp-outlet" })).toEqual({
      resource: "tcp-outlet",
      action: "handle_message",
      expression: '(= subject.role "app")',
    });
    expect(after.policies.show("mine").expression).toBe('(= subject.role "db")');
    expect(await codeOf(() => after.policies.show("relay"))).toBe("OCKAM_NODE_POLICY_NOT_FOUND");
    expect(await codeOf(() => after.policies.delete("relay"))).toBe("OCKAM_NODE_POLICY_NOT_FOUND");
    // Without a policy nobody is allowed; with the default in its place again, whoever has a credential.
    expect(after.policies.guard({ name: "r", type: "relay" }).allows(undefined)).toBe(false);
    after.policies.set("relay", DEFAULT);
    expect(after.policies.list()).toHaveLength(8);
    await after.close();
  });

  test("that cannot be read deny", async () => {
    using state = openState({ inMemory: true });
    await using nodes = new Nodes();
    const before = await nodes.create({ state, name: "n" });
    const subject = (await state.identities.create({ name: "somebody" })).identifier;
    before.policies.set("x", before.identifier);
    await before.close();
    sqliteState(state).database.run("UPDATE policy SET expression = '(broken'");
    const after = await nodes.create({ state, name: "n" });
    expect(await after.policies.guard({ name: "x", type: "tcp-outlet" }).allows(subject)).toBe(false);
    await after.close();
  });

  test("are refused when they are none, or hardly what was meant", async () => {
    await using nodes = new Nodes();
    const node = await nodes.create();
    for (const allow of ["", "(", "a or", "subject.role=x", "notary", "(= a 1))"])
      expect(await codeOf(() => node.policies.set("x", allow)), allow).toBe("OCKAM_NODE_INVALID_POLICY");
    for (const name of ["", "a\n", "x".repeat(MAX_RESOURCE_NAME_LENGTH + 1)])
      expect(await codeOf(() => node.policies.set(name, "a")), name).toBe("OCKAM_NODE_INVALID_NAME");
    expect(node.policies.list()).toHaveLength(7);
  });

  test("are bounded in number, and can be changed all the same", async () => {
    await using nodes = new Nodes();
    const node = await nodes.create();
    for (let index = 0; index < MAX_RESOURCE_POLICIES; index++) node.policies.set(`r${index}`, "a");
    expect(await codeOf(() => node.policies.set("one-more", "a"))).toBe("OCKAM_NODE_INVALID_POLICY");
    expect(node.policies.set("r0", "b").expression).toBe('(= subject.b "true")');
  });

  test("warn of what nobody attests", async () => {
    await using nodes = new Nodes();
    const alone = await nodes.create();
    expect(alone.policies.set("x", "role=app").warning).toContain("no authority");
    expect(alone.policies.set("x", alone.identifier).warning).toBeNull();
    const trusting = await nodes.create({ trust: await trustInSomebody() });
    expect(trusting.policies.set("x", "role=app").warning).toBeNull();
  });
});

describe("without an authority", () => {
  test("a policy is asked where one was set, and no longer when it is deleted", async () => {
    await using nodes = new Nodes();
    const node = await nodes.create();
    const [outlet, relay] = [
      node.policies.guard({ name: "x", type: "tcp-outlet" }),
      node.policies.guard({ name: "y", type: "relay" }),
    ];
    for (const resource of ["x", "tcp-outlet"]) {
      expect(outlet.allows(undefined)).toBe(true);
      node.policies.set(resource, node.identifier);
      expect(outlet.allows(undefined)).toBe(false);
      expect(relay.allows(undefined)).toBe(true);
      node.policies.delete(resource);
    }
    expect(outlet.allows(undefined)).toBe(true);
  });
});
