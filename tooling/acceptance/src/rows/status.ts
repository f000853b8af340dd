import { processesWith } from "../processes.ts";
import type { Row } from "../row.ts";
import { act, contains, exactly, http, json, ok, within, type Step } from "../step.ts";
import { killNode } from "./node.ts";

const SERVE: Step = act(async (scene) => {
  await scene.serve();
});
const DIFFERS = "Rust tells neither times nor round trips, nor that a node hangs";

/** S: whether what the commands say is true. */
export const STATUS_ROWS: readonly Row[] = [
  {
    id: "Sx1",
    title: "the status of nodes that run, hang and are stopped",
    only: "typescript",
    differs: DIFFERS,
    given: ["node create n1", "node create n2", "node create n3", "node stop n2"],
    steps: [
      signalNode("n3", "SIGSTOP"),
      ok(
        "status --timeout 2s --output json",
        json("its keys", (status) =>
          hasKeys(status, [
            "identities",
            "nodes",
            "ockam_version",
            "orchestrator_version",
            "projects",
            "spaces",
          ]),
        ),
        json("three nodes, of which one answers", (status) => {
          const [first, stopped, hung] = nodesOf(status);
          return (
            isNode(first, "running", null) &&
            isNode(stopped, "stopped", "it is not running") &&
            isNode(hung, "running", "Node n3 did not answer node.show within 2000 ms")
          );
        }),
      ),
      signalNode("n3", "SIGCONT"),
      within(5000, ok("status --jq .nodes[2].answers", exactly("true"))),
    ],
  },
  {
    id: "Sx2",
    title: "an inlet is Up and Down as it is, and says why and since when",
    only: "typescript",
    differs: DIFFERS,
    given: [
      "node create r -t 127.0.0.1:{p1}",
      "node create s",
      "node create c",
      "relay create s --at /ip4/127.0.0.1/tcp/{p1} --to s",
    ],
    steps: [
      SERVE,
      ok("tcp-outlet create --at s --to {http}"),
      ok(
        "tcp-inlet create i --at c --from {p} --to /ip4/127.0.0.1/tcp/{p1}/service/forward_to_s/secure/api/service/outlet",
      ),
      http("p", 200),
      ok("tcp-inlet show i --at c", json("Up", isUp)),
      ok("relay show s --at s --output json", json("Up", isUp)),
      kill("s"),
      within(5000, ok("tcp-inlet show i --at c", json("Down, with the reason and the time", isDown))),
      ok(
        "status",
        json("the same", (status) => isDown(nodesOf(status)[2]!.inlets[0])),
      ),
      ok("node start s"),
      within(5000, ok("tcp-inlet show i --at c", json("Up, with the last failure", wasDown))),
      http("p", 200),
      ok("status", contains('"round_trip_ms"')),
    ],
  },
];

function kill(name: string): Step {
  return act((scene) => killNode(scene, name));
}

/** Stops or continues the process of a node. */
function signalNode(name: string, signal: "SIGSTOP" | "SIGCONT"): Step {
  return act(async (scene) => {
    const { stdout } = await scene.run(`node list --jq '.[] | select(.node_name == "${name}") | .pid'`);
    const pid = Number(stdout);
    if (!processesWith("OCKAM_HOME", scene.home).includes(pid)) throw new Error(`no process of ${name}`);
    process.kill(pid, signal);
  });
}

interface Session {
  readonly status?: string;
  readonly connection_status?: string;
  readonly since: string;
  readonly last_failure: string | null;
  readonly last_failure_at: string | null;
}

interface Node {
  readonly status: string;
  readonly failure: string | null;
  readonly inlets: readonly Session[];
}

/** What is told of every node; of one that runs its pid, too, and of one that answers whom it trusts. */
const NODE_KEYS = [
  "answers",
  "failure",
  "hosted_relays",
  "identity_name",
  "inlets",
  "is_default",
  "kafka_inlets",
  "kafka_outlets",
  "log_level",
  "name",
  "outlets",
  "relays",
  "route",
  "secure_channel_listeners",
  "secure_channels",
  "services",
  "started_at",
  "status",
  "status_endpoint_address",
  "tcp_connections",
  "totals",
  "transports",
];

function nodesOf(status: unknown): readonly Node[] {
  return (status as { readonly nodes: readonly Node[] }).nodes;
}

function isNode(node: Node | undefined, status: string, failure: string | null): boolean {
  const keys = [
    ...NODE_KEYS,
    ...(status === "running" ? ["pid"] : []),
    ...(failure === null ? ["trust"] : []),
  ].toSorted();
  return hasKeys(node, keys) && node?.status === status && node.failure === failure;
}

function hasKeys(value: unknown, keys: readonly string[]): boolean {
  return JSON.stringify(Object.keys(value as object).toSorted()) === JSON.stringify(keys);
}

function isUp(value: unknown): boolean {
  const session = value as Session;
  return stateOf(session) === "Up" && isRecent(session.since);
}

function isDown(value: unknown): boolean {
  const session = value as Session;
  const { last_failure: failure, last_failure_at: failedAt, since } = session;
  return stateOf(session) === "Down" && failure !== null && isRecent(since) && isRecent(failedAt ?? "");
}

function wasDown(value: unknown): boolean {
  const { last_failure: failure, last_failure_at: failedAt } = value as Session;
  return isUp(value) && failure !== null && isRecent(failedAt ?? "");
}

function stateOf({ connection_status: connection, status }: Session): string | undefined {
  return status ?? connection;
}

function isRecent(time: string): boolean {
  return Math.abs(Date.now() - Date.parse(time)) < 60_000;
}
