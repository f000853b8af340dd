import { rmSync } from "node:fs";

import { createNode } from "@ockam/node";
import { openState } from "@ockam/node/state";
import { expect, onTestFinished, test } from "vitest";

import { temporaryHome, TestProject } from "../../testing/test-project.ts";
import { testTerminal } from "../../testing/test-terminal.ts";
import type { StartNode } from "../node-access.ts";
import { PROJECT_NODE_ATTRIBUTE } from "./host-project.ts";
import { THIS_MACHINE } from "./public-host.ts";
import { serveProject, type ServeGround, type ServeOrder } from "./serve-project.ts";

const [PORT, OTHER_PORT] = [47_121, 47_122];

test("a node that runs is told of where it listens, and nowhere else", async () => {
  await using there = await TestProject.start({ hasNode: false });
  const { ground } = machine();
  const order = await orderFor(there, { [PROJECT_NODE_ATTRIBUTE]: "true" });
  await serveProject(ground, order);
  await serveProject(ground, order);
  await expect(serveProject(ground, { ...order, port: OTHER_PORT })).rejects.toMatchObject({
    code: "OCKAM_CLI_PROJECT_EXISTS",
    message: `The project's node project-default runs already, at 127.0.0.1:${PORT}`,
    details: { hint: expect.stringContaining("'ockam node stop project-default'") },
  });
  expect(routeAt(there)).toBe(`/ip4/127.0.0.1/tcp/${PORT}/service/${there.project.id}/service/api`);
});

test("a member's ticket makes no project's node, and is used up", async () => {
  await using there = await TestProject.start({ hasNode: false });
  const { ground } = machine();
  await expect(serveProject(ground, await orderFor(there, {}))).rejects.toMatchObject({
    code: "OCKAM_CLI_NO_TICKET",
    message: "The ticket is not one for the node of the project, but for a member, and is used up now",
  });
  expect(ground.state.identities.list()).toEqual([]);
  expect(routeAt(there)).toBeUndefined();
});

/** A machine whose nodes run in this process. */
function machine(): { readonly ground: ServeGround } {
  const home = temporaryHome();
  const state = openState({ home });
  const closing = new AsyncDisposableStack();
  onTestFinished(async () => {
    await closing.disposeAsync();
    state.close();
    rmSync(home, { recursive: true });
  });
  const start: StartNode = async ({ name, identity, options = {} }) => {
    closing.use(
      await createNode({ state, name, ...(identity === undefined ? {} : { identity }), ...options }),
    );
    return state.nodes.get(name);
  };
  return { ground: { state, terminal: testTerminal().terminal, start } };
}

async function orderFor(
  there: TestProject,
  attributes: Readonly<Record<string, string>>,
): Promise<ServeOrder> {
  const { oneTimeCode, project } = await there.fullTicket(attributes);
  const { authorityIdentifier, authorityRoute } = project;
  return {
    ticket: { kind: "short", oneTimeCode, authorityIdentifier, authorityRoute },
    host: THIS_MACHINE,
    port: PORT,
  };
}

/** Where the authority says that the project's node is. */
function routeAt(there: TestProject): string | undefined {
  using state = openState({ home: there.home });
  return state.nodes.get(`authority-${there.project.id}`).options.authority?.project?.node?.accessRoute;
}
