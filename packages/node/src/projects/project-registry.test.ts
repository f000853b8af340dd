import { createIdentities } from "@ockam/identity";
import { verifyProject, type Project } from "@ockam/project";
import { describe, expect, onTestFinished, test } from "vitest";

import { SqliteState } from "../state/sqlite-state.ts";
import { memberScope } from "./project-registry.ts";

const identities = createIdentities();
const [NODE, AUTHORITY] = [await identities.create(), await identities.create()];

describe("a project", () => {
  test("is found by its name and its id, as it was stored", () => {
    const { projects } = memoryState();
    const project = projectWith({ id: "p1", name: "default" });
    const stored = projects.put(project);
    expect(stored).toEqual({ ...project, recordName: "default", isDefault: true });
    expect(projects.get("default")).toEqual(stored);
    expect(projects.find("p1")).toEqual(stored);
    expect(projects.find("other")).toBeUndefined();
    expect(projects.list()).toEqual([stored]);
  });

  test("that is stored again replaces the one with its id, and stays the default", () => {
    const { projects } = memoryState();
    projects.put(projectWith({ id: "p1", name: "one" }));
    projects.put(projectWith({ id: "p2", name: "two" }));
    const again = projects.put(projectWith({ id: "p1", name: "uno", accessRoute: "/ip4/1.2.3.4/tcp/9" }));
    expect(again).toMatchObject({ name: "uno", isDefault: true, accessRoute: "/ip4/1.2.3.4/tcp/9" });
    expect(projects.list().map(({ id }) => id)).toEqual(["p1", "p2"]);
    expect(projects.find("one")).toBeUndefined();
  });

  test("whose name another one has gets its id as its name", () => {
    const { projects } = memoryState();
    projects.put(projectWith({ id: "p1", name: "default" }));
    const second = projects.put(projectWith({ id: "p2", name: "default" }));
    expect(second).toMatchObject({ name: "p2", recordName: "default", isDefault: false });
    expect(projects.get("default").id).toBe("p1");
    expect(projects.put(projectWith({ id: "p2", name: "default" })).name).toBe("p2");
  });

  test("of another authority does not take the place of the one with its id", () => {
    const { projects } = memoryState();
    const believed = projects.put(projectWith({ id: "p1", name: "default" }));
    const other = projectWith({ id: "p1", name: "default", authorityChangeHistory: NODE.changeHistory });
    for (const store of [() => projects.put(other), () => projects.nameFor(other)])
      expect(store).toThrow(expect.objectContaining({ code: "OCKAM_NODE_PROJECT_EXISTS" }));
    expect(projects.list()).toEqual([believed]);
  });

  test("whose name is the id of another one gets its id as its name", () => {
    const { projects } = memoryState();
    projects.put(projectWith({ id: "p1", name: "default" }));
    expect(projects.put(projectWith({ id: "p2", name: "p1" })).name).toBe("p2");
    expect(projects.get("p1").id).toBe("p1");
  });

  test("cannot be stored when its name and its id belong to others", () => {
    const { projects } = memoryState();
    projects.put(projectWith({ id: "p1", name: "p2" }));
    projects.put(projectWith({ id: "p3", name: "default" }));
    expect(() => projects.put(projectWith({ id: "p2", name: "default" }))).toThrow(
      expect.objectContaining({ code: "OCKAM_NODE_PROJECT_EXISTS" }),
    );
    expect(projects.list()).toHaveLength(2);
  });

  test("becomes the default when it is told to", () => {
    const { projects } = memoryState();
    projects.put(projectWith({ id: "p1", name: "one" }));
    projects.put(projectWith({ id: "p2", name: "two" }));
    projects.setDefault("two");
    expect(projects.findDefault()?.name).toBe("two");
    expect(() => projects.setDefault("two")).toThrow(
      expect.objectContaining({ code: "OCKAM_NODE_ALREADY_DEFAULT" }),
    );
  });

  test("that is deleted takes its credentials along, and another one becomes the default", () => {
    const { projects, credentials } = memoryState();
    projects.put(projectWith({ id: "p1", name: "one" }));
    projects.put(projectWith({ id: "p2", name: "two" }));
    const own = { subject: NODE.identifier, issuer: AUTHORITY.identifier };
    for (const id of ["p1", "p2"])
      credentials.put({ ...own, scope: memberScope(id), encoded: Uint8Array.of(1), expiresAt: 1 });
    projects.delete("one");
    expect(projects.list()).toMatchObject([{ name: "two", isDefault: true }]);
    expect(credentials.list().map(({ scope }) => scope)).toEqual([memberScope("p2")]);
    expect(() => projects.delete("one")).toThrow(
      expect.objectContaining({ code: "OCKAM_NODE_PROJECT_NOT_FOUND" }),
    );
    projects.delete("two");
    expect(projects.findDefault()).toBeUndefined();
  });
});

function memoryState(): SqliteState {
  const state = SqliteState.open({ inMemory: true });
  onTestFinished(() => state.close());
  return state;
}

function projectWith(
  claim: Partial<Pick<Project, "id" | "name" | "accessRoute" | "authorityChangeHistory">>,
): Project {
  return verifyProject({
    id: "p",
    name: "default",
    accessRoute: "/dnsaddr/relay.example.com/tcp/4000/service/p/service/api",
    changeHistory: NODE.changeHistory,
    authorityRoute: "/dnsaddr/relay.example.com/tcp/4001/service/api",
    authorityChangeHistory: AUTHORITY.changeHistory,
    ...claim,
  });
}
