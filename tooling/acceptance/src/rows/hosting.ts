import { once } from "node:events";
import { createServer } from "node:net";

import type { Row } from "../row.ts";
import { act, command, contains, exitCode, fails, json, keep, lacks, ok, type Step } from "../step.ts";
import type { Scene } from "../scene.ts";

const DIFFERS = "Rust's command creates projects at the hosted service alone";

const CREATE = "project create --port {p} --authority-port {p1}";

/** Nothing that a failed command made is there. */
const NOTHING_LEFT: readonly Step[] = [
  ok("node list --output json", contains("[]")),
  ok("identity list --output json", contains("[]")),
  ok("project list --output json", contains("[]")),
];

/** Runs the step while somebody else listens at the port in the variable. */
function whileTaken(port: string, step: Step): Step {
  return act(async (scene: Scene) => {
    const server = createServer().listen(Number(await scene.get(port)), "127.0.0.1");
    await once(server, "listening");
    try {
      await step.run(scene);
    } finally {
      server.close();
      await once(server, "close");
    }
  });
}

/** Our own: projects that are hosted here. */
export const HOSTING_ROWS: readonly Row[] = [
  {
    id: "Tx1",
    title: "a project on this machine, which is created again when it has stopped",
    only: "typescript",
    differs: DIFFERS,
    steps: [
      ok(
        `${CREATE} --output json`,
        contains('"node": "project-default"', '"address": "127.0.0.1:{p}"', "ockam1-"),
      ),
      ok("project show --output json", contains("/ip4/127.0.0.1/tcp/{p}/service/", '"is_default": true')),
      keep("authority", "node list --jq .[0].node_name"),
      ok("project-member list-ids", contains("I")),
      // While it is up: the same project, other tickets.
      ok("project create", contains("ockam1-")),
      ok(
        "node list --output json",
        json("two nodes", (nodes) => Array.isArray(nodes) && nodes.length === 2),
      ),
      ok("node stop project-default"),
      ok("node stop {authority}"),
      ok("project create"),
      ok("node list --output json", lacks('"status": "stopped"')),
      // It is not moved by mistake.
      fails("project create --port {p2}", contains("There is a project default already")),
      ok("node stop {authority}"),
      fails("project ticket", contains("cannot be reached")),
      ok("node start {authority}"),
      ok("project ticket"),
      // The user's own commands make a node of their own.
      ok("tcp-outlet create --to 127.0.0.1:{p3}"),
      ok(
        "node list --output json",
        json("three nodes", (nodes) => Array.isArray(nodes) && nodes.length === 3),
      ),
      fails("tcp-outlet create --at {authority} --to 127.0.0.1:{p3}", contains("is an authority's node")),
    ],
  },
  {
    id: "Tx2",
    title: "a project or an authority that cannot be created leaves nothing",
    only: "typescript",
    differs: DIFFERS,
    steps: [
      whileTaken("p", fails(CREATE, contains("127.0.0.1:{p}"))),
      whileTaken("p1", fails(CREATE, contains("127.0.0.1:{p1}"))),
      fails(`${CREATE} --address no-such-host.invalid`, contains("no-such-host.invalid cannot be resolved")),
      command("project create --port {p} --authority-port {p}", [exitCode(64), contains("the same port")]),
      command("project create a/b", [exitCode(64), contains("no name for a project")]),
      whileTaken(
        "p",
        fails(
          `authority create --project-identifier x --trusted-identities "{}" -t 127.0.0.1:{p}`,
          contains("port {p}"),
        ),
      ),
      fails(
        `authority create --project-identifier x --trusted-identities "{}" --tenant-base-url https://okta.example`,
        contains("Okta"),
      ),
      ...NOTHING_LEFT,
      ok("node create project-default"),
      fails(CREATE, contains("There is a project default already")),
      ok("node delete project-default --yes"),
      ok(CREATE),
    ],
  },
];
