import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { httpRequest } from "../http-request.ts";
import { killProcess } from "../processes.ts";
import type { Row } from "../row.ts";
import type { Scene } from "../scene.ts";
import {
  act,
  command,
  contains,
  exactly,
  fails,
  http,
  isUsageError,
  json,
  ok,
  when,
  within,
  type Step,
} from "../step.ts";

const SHOWN = contains('"name": "n"', "/dnsaddr/localhost/tcp/", '"addr": "uppercase"');
// Two processes that make the same new state folder get into each other's way in Rust.
const USED = ["identity create"];
const IS_UP = within(10_000, ok("node show n", contains('"running"'), SHOWN));

/** F: the life of nodes. */
export const NODE_ROWS: readonly Row[] = [
  { id: "F1", title: "create a node without a name", steps: [ok("node create")] },
  { id: "F2", title: "create and show a node", given: ["node create n"], steps: [ok("node show n", SHOWN)] },
  {
    id: "F3",
    title: "start hop twice",
    given: ["node create n1"],
    steps: [
      ok("service start hop --addr my_hop --at n1"),
      fails("service start hop --addr my_hop --at n1"),
      ok("service list --at n1", contains('"addr": "my_hop"', '"type": "hop"')),
    ],
  },
  {
    id: "F4",
    title: "stop and start a node",
    given: ["node create n"],
    steps: [ok("node stop n", contains("was stopped")), ok("node start n", contains('"addr": "echo"'))],
  },
  {
    id: "F5",
    title: "a running node is not created",
    given: ["node create n"],
    steps: [fails("node create n")],
  },
  {
    id: "F6",
    title: "a stopped node is created again",
    given: ["node create n", "node stop n"],
    steps: [ok("node create n"), ok("node show n", SHOWN)],
  },
  {
    id: "F7",
    title: "a killed node is created again",
    given: ["node create n"],
    steps: [act((scene) => killNode(scene, "n")), ok("node create n"), ok("node show n", SHOWN)],
  },
  {
    id: "F8",
    title: "a running foreground node is not created",
    given: USED,
    steps: [start("node create n -f"), IS_UP, fails("node create n -f")],
  },
  {
    id: "F9",
    title: "a killed foreground node is created again",
    given: USED,
    steps: [
      start("node create n -f"),
      IS_UP,
      act((scene) => killNode(scene, "n")),
      start("node create n -f"),
      IS_UP,
    ],
  },
  {
    id: "F10",
    title: "a stopped foreground node is created again",
    given: USED,
    steps: [start("node create n -f"), IS_UP, ok("node stop n"), start("node create n -f"), IS_UP],
  },
  {
    id: "F11",
    title: "a background node logs to a file",
    given: ["node create n"],
    steps: [act((scene) => expectLogs(scene, true)), ok("node logs n", contains("{home}/nodes/n/stdout"))],
  },
  {
    id: "F12",
    title: "a foreground node logs to no file",
    given: USED,
    steps: [
      start("node create n -vv -f"),
      IS_UP,
      act((scene) => expectLogs(scene, false)),
      when(
        "rust",
        act((scene) => {
          if (existsSync(join(scene.home, "nodes/n"))) throw new Error("nodes/n exists");
        }),
      ),
    ],
    differs: "the folder of a node of ours also holds the socket by which its owner manages it",
  },
  {
    id: "F17",
    title: "the status endpoint is on",
    given: ["node create n"],
    steps: [
      ok("node show --output json", ({ stdout }, scene) => {
        const address = statusEndpoint(JSON.parse(stdout));
        if (typeof address !== "string") throw new Error(`status endpoint: ${String(address)}`);
        scene.set("p", address.slice(address.lastIndexOf(":") + 1));
      }),
    ],
    next: [
      {
        id: "F18",
        title: "what the status endpoint answers",
        steps: [
          head("/", 200),
          head("/show", 404),
          act(async (scene) => {
            const question = { method: "GET", path: "/show" } as const;
            const { status, beginning } = await httpRequest(Number(await scene.get("p")), question);
            if (status !== 200 || (JSON.parse(beginning) as { name?: unknown }).name !== "n") {
              throw new Error(`GET /show: ${status} ${beginning}`);
            }
          }),
        ],
      },
    ],
  },
  {
    id: "F19",
    title: "--http-server is still accepted",
    given: ["node create --http-server"],
    steps: [
      ok(
        "node show --output json",
        json("a status endpoint", (node) => typeof statusEndpoint(node) === "string"),
      ),
    ],
  },
  {
    id: "F20",
    title: "where the status endpoint listens, also by the option of old",
    given: ["node create n1 --status-endpoint-port {p}", "node create n2 --status-endpoint 127.0.0.1:{p2}"],
    steps: [head("/", 200), http("p2", 200)],
  },
  {
    id: "F21",
    title: "names that are neither nodes nor files",
    steps: ["n!", "n.1", "./config.yaml", "node.yaml"].map((name) => fails(`node create ${name}`)),
  },
  {
    id: "F23",
    title: "a node without a status endpoint",
    given: ["node create a --no-status-endpoint"],
    steps: [
      ok(
        "node show a --output json",
        json("no status endpoint", (node) => statusEndpoint(node) === null),
      ),
    ],
  },
  {
    id: "F24",
    title: "a background node in memory",
    steps: [
      when("typescript", fails("node create n1 --in-memory")),
      when("rust", ok("node create n1 --in-memory")),
    ],
    differs: "Rust leaves a process that no command can find; ours refuses",
  },
  {
    id: "F25",
    title: "another node becomes the default",
    given: ["node create n1", "node create n2", "node create n3", "node delete n1 --yes"],
    steps: [
      ok(
        "node list --output json",
        json("one default of two", (nodes) => {
          const list = nodes as readonly { readonly is_default: boolean }[];
          return list.length === 2 && list.filter((node) => node.is_default).length === 1;
        }),
      ),
    ],
  },
  {
    id: "F26",
    title: "a foreground node ends with its standard input",
    steps: [
      ok("node create n -f -e"),
      ok(
        "node list --output json",
        json("a node without a process", (nodes) => (nodes as readonly { pid: unknown }[])[0]?.pid === null),
      ),
    ],
  },
  {
    id: "O2",
    title: "list, stop and start nodes",
    given: ["node create n0", "node create n1"],
    steps: [
      ok("node list", contains('"node_name": "n1"', '"status": "running"')),
      ok("node stop n1", contains("n1 was stopped")),
      ok("node list", contains('"status": "stopped"')),
      ok("node start n1"),
      ok("node default n1"),
      ok("node delete --all --yes"),
      ok("node list --output json", contains("[]")),
    ],
  },
  {
    id: "Fx1",
    title: "usage errors",
    steps: [
      command("node create n --no-such-option", [isUsageError, contains("--no-such-option")]),
      command("nod list", [isUsageError, contains("node")]),
      ...[
        "node no-such-command",
        "node delete --all n",
        "node show a b",
        "node create n --output xml",
        "node create n --tcp-listener-address",
        "vault move v",
        "message send hi",
        "message send hi --to /node/n/service/echo --timeout x",
        "tcp-outlet create",
        "tcp-inlet create --from no:port:here",
        "credential verify",
        "policy create --resource-type tcp-outlet",
      ].map((line) => command(line, [isUsageError])),
      ok("node list --output json", exactly("[]")),
    ],
  },
  {
    id: "Fx2",
    title: "nothing is asked without a terminal",
    given: ["node create n"],
    steps: [
      fails("node delete n", contains("Use --yes to confirm")),
      fails("node show other", contains("other")),
      ok("node delete n --yes"),
      ok("node delete n --yes", contains("[]")),
      ok("node show n --output json", contains("[]")),
    ],
  },
  {
    id: "Fx3",
    title: "a folder of the node's name does not matter",
    steps: [act((scene) => mkdirSync(join(scene.home, "n"))), ok("node create n"), ok("node show n", SHOWN)],
  },
];

function start(line: string): Step {
  return act(async (scene) => {
    await scene.start(line);
  });
}

function head(path: string, status: number): Step {
  return act(async (scene) => {
    const answer = await httpRequest(Number(await scene.get("p")), { method: "HEAD", path });
    if (answer.status !== status) throw new Error(`HEAD ${path}: expected ${status}, got ${answer.status}`);
  });
}

/** Ends the process of the node with SIGKILL. */
export async function killNode(scene: Scene, name: string): Promise<void> {
  const { stdout } = await scene.run(`node show ${name} --output json`);
  const { pid } = JSON.parse(stdout) as { readonly pid?: number };
  if (pid === undefined) throw new Error(`node ${name} has no process: ${stdout}`);
  await killProcess(pid);
}

function expectLogs(scene: Scene, wanted: boolean): void {
  const folder = join(scene.home, "nodes/n");
  const logs = existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith("stdout")) : [];
  if (logs.length > 0 !== wanted) throw new Error(`log files in ${folder}: ${logs.join(", ")}`);
}

function statusEndpoint(node: unknown): unknown {
  return (node as { readonly status_endpoint_address: unknown }).status_endpoint_address;
}
