import { isOckamError } from "@ockam/codec";
import { expect, test } from "vitest";

import { nodeError } from "../node-error.ts";
import { planChannel, planRoute } from "./route-plan.ts";
import type { NamedProject } from "../projects/project-registry.ts";
import type { NodeRecord, NodeRecords } from "../state/state.ts";

const LISTENERS: Readonly<Record<string, string | undefined>> = {
  n1: "127.0.0.1:4000",
  open: "0.0.0.0:4001",
  open6: "[::]:4002",
  six: "[::1]:4003",
  named: "db.example:4004",
  never: undefined,
};

const NO_NODES: readonly NodeRecord[] = [];

const NODES = {
  get: (name: string) => {
    if (!Object.hasOwn(LISTENERS, name))
      throw nodeError("UNKNOWN_NODE", `There is no node with name ${name}`);
    return { name, tcpListenerAddress: LISTENERS[name] } as NodeRecord;
  },
  list: () => NO_NODES,
} as NodeRecords;

const PROJECT = {
  id: "0123456789ab",
  name: "p",
  accessRoute: "/dnsaddr/relay.example/tcp/4000/service/0123456789ab/service/api",
} as NamedProject;

const PLACES = {
  nodes: NODES,
  projects: {
    get: (name: string) => {
      if (name === "p") return PROJECT;
      throw nodeError("PROJECT_NOT_FOUND", `There is no project with name ${name}`);
    },
    findDefault: () => PROJECT,
  },
};

function stepsOf(to: string): readonly string[] {
  return planRoute(to, PLACES).steps.map((step) => {
    if (step.kind === "tcp") return `tcp ${step.address}`;
    return step.kind === "secure" ? `secure ${step.listener}` : step.name;
  });
}

function refusalOf(action: () => unknown): string {
  try {
    return JSON.stringify(action());
  } catch (error) {
    return isOckamError(error) ? error.code : String(error);
  }
}

test("a route is planned from left to right", () => {
  expect(stepsOf("/ip4/10.0.0.1/tcp/4000/secure/api/service/echo")).toEqual([
    "tcp 10.0.0.1:4000",
    "secure api",
    "echo",
  ]);
  expect(
    stepsOf("/dnsaddr/db.example/tcp/1/service/forward_to_x/secure/api/secure/inner/service/outlet"),
  ).toEqual(["tcp db.example:1", "forward_to_x", "secure api", "secure inner", "outlet"]);
  expect(stepsOf("/ip6/::1/tcp/1/worker/w")).toEqual(["tcp [::1]:1", "w"]);
  expect(stepsOf("/secure/api/service/outlet")).toEqual(["secure api", "outlet"]);
  expect(stepsOf("/worker/a/service/hop/worker/b/service/uppercase")).toEqual(["a", "hop", "b", "uppercase"]);
});

test("/node/<name> is where the node listens, as seen from this machine", () => {
  expect(planRoute("/node/n1/service/echo", PLACES).text).toBe("/ip4/127.0.0.1/tcp/4000/service/echo");
  expect(stepsOf("/node/open/service/echo")).toEqual(["tcp 127.0.0.1:4001", "echo"]);
  expect(stepsOf("/node/open6/service/echo")).toEqual(["tcp [::1]:4002", "echo"]);
  expect(stepsOf("/node/six/service/echo")).toEqual(["tcp [::1]:4003", "echo"]);
  expect(stepsOf("/node/named/service/echo")).toEqual(["tcp db.example:4004", "echo"]);
  expect(refusalOf(() => stepsOf("/node/never/service/echo"))).toBe("OCKAM_NODE_UNKNOWN_NODE");
  expect(refusalOf(() => stepsOf("/node/nobody/service/echo"))).toBe("OCKAM_NODE_UNKNOWN_NODE");
});

test("a channel ends in its listener, in either form", () => {
  const last = (to: string): unknown => planChannel(to, PLACES).steps.at(-1);
  expect(last("/node/n1/service/api")).toMatchObject({ kind: "secure", listener: "api" });
  expect(last("/node/n1/secure/api")).toMatchObject({ kind: "secure", listener: "api" });
  expect(planChannel("/node/n1/secure/api/service/x", PLACES).steps.map(({ kind }) => kind)).toEqual([
    "tcp",
    "secure",
    "secure",
  ]);
  expect(refusalOf(() => last("/node/n1"))).toBe("OCKAM_NODE_INVALID_ROUTE");
});

test("what cannot be is refused before anything is opened", () => {
  for (const to of [
    "",
    "nonsense",
    "/service",
    "/node/n1/node/n1/service/x",
    "/ip4/1.2.3.4/service/echo",
    "/tcp/4000/service/echo",
    "/ip4/1.2.3.4/udp/4000/service/echo",
    "/node/n1/project/p/service/x",
    "/project/p/project/p/service/x",
    "/space/s",
    "/ip4/1.2.3.4/tcp/99999/service/x",
  ]) {
    const refusal = refusalOf(() => stepsOf(to));
    // An empty worker name is legal in a multiaddress.
    if (to === "/service") expect(refusal).toBe('[""]');
    else expect(refusal, to).toBe("OCKAM_NODE_INVALID_ROUTE");
  }
  expect(() => stepsOf("/space/s/service/x")).toThrow(/needs an Orchestrator/);
});

test("/project/<name> is the channel to the project's node, on its route", () => {
  expect(stepsOf("/project/p/service/forward_to_db/secure/api/service/outlet")).toEqual([
    "tcp relay.example:4000",
    "0123456789ab",
    "secure api",
    "forward_to_db",
    "secure api",
    "outlet",
  ]);
  const plan = planRoute("/project/p/service/forward_to_db/secure/api", PLACES);
  expect(plan.text).toBe("/project/p/service/forward_to_db/secure/api");
  expect(plan.project).toBe(PROJECT);
  expect(plan.steps.map((step) => step.kind === "secure" && step.project === PROJECT)).toEqual([
    false,
    false,
    true,
    false,
    false,
  ]);
  expect(plan.steps[0]?.text).toContain("/project/p");
  expect(planChannel("/project/p", PLACES).steps.at(-1)).toMatchObject({ kind: "secure", listener: "api" });
  expect(planRoute("/node/n1/service/echo", PLACES).project).toBeUndefined();
  expect(refusalOf(() => stepsOf("/project/q/service/x"))).toBe("OCKAM_NODE_PROJECT_NOT_FOUND");
});
