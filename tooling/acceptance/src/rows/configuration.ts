import { writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Row } from "../row.ts";
import { ENROLLER } from "./authority.ts";
import {
  act,
  contains,
  exactly,
  fails,
  http,
  json,
  keep,
  lacks,
  ok,
  when,
  within,
  type Step,
} from "../step.ts";

const PORTAL = `
variables:
  SERVICE_PORT: {http}
name: n1
tcp-listener-address: 127.0.0.1:{p1}
tcp-outlets:
  db-outlet:
    to: 127.0.0.1:$SERVICE_PORT
tcp-inlets:
  web-inlet:
    from: 127.0.0.1:{p2}
    to: /node/n1/secure/api/service/db-outlet
`;

const SERVED = act(async (scene) => {
  await scene.serve();
});
const PORTAL_FILE = file("node.yaml", PORTAL);
// A ticket for five, in a file.
const TICKET: readonly Step[] = [
  ...ENROLLER,
  keep("ticket", "project ticket --identity enroller --usage-count 5 --attribute role=db"),
  file("ticket", "{ticket}"),
];
const ENROLLING_FILE = file("node.yaml", "name: n1\nidentity: member\ntcp-outlet: {db: {to: 5432}}\n");
const IS_MEMBER: readonly Step[] = [
  keep("member", "identity show member"),
  ok("project-member list-ids --identity enroller", contains("{member}")),
];
const WORKS = within(10_000, http("p2", 200));

/** F13 to F22, R3 to R7: configuration files. */
export const CONFIGURATION_ROWS: readonly Row[] = [
  {
    id: "F13",
    title: "a node and an outlet of an inline configuration",
    steps: [
      ok('node create --configuration "{name: n, tcp-outlets: {db-outlet: {to: 5432, at: n}}}"'),
      ok("node show n --output json", contains('"name": "n"', "127.0.0.1:5432")),
    ],
  },
  {
    id: "F14",
    title: "a configuration that fails leaves no node",
    steps: [
      fails(
        `node create --configuration "{name: n, tcp-outlets: {db-outlet: {to: 'localhost:65536', at: n}}}"`,
      ),
      ok("node show n --output json", contains("[]")),
    ],
  },
  {
    id: "F15",
    title: "a configuration without a name makes a node each time",
    steps: [
      ok('node create --configuration "{tcp-outlets: {to: 8080}}"'),
      ok('node create --configuration "{tcp-outlets: {to: 8080}}"'),
      ok(
        "node list --output json",
        json("two nodes", (nodes) => (nodes as readonly unknown[]).length === 2),
      ),
      keep("a", 'node list --output json --jq ".[0].node_name"'),
      keep("b", 'node list --output json --jq ".[1].node_name"'),
      ok("tcp-outlet list --at {a}", contains('"from": "/service/outlet"', "127.0.0.1:8080")),
      ok("tcp-outlet list --at {b}", contains('"from": "/service/outlet"', "127.0.0.1:8080")),
    ],
  },
  {
    id: "F16",
    title: "a variable without a value",
    steps: [
      fails(
        'node create --configuration "{name: n}" --variable MY_VAR=',
        contains("Empty value for variable 'MY_VAR'"),
      ),
    ],
  },
  {
    id: "F22",
    title: "a configuration in a file",
    steps: [file("node.yaml", "name: n1\n"), ok("node create {home}/node.yaml"), ok("node show n1")],
  },
  {
    id: "Fx4",
    title: "a configuration that was applied already changes nothing",
    steps: [
      SERVED,
      PORTAL_FILE,
      ok("node create node.yaml"),
      WORKS,
      when(
        "typescript",
        ok(
          "node create node.yaml --jq .configuration",
          contains('"unchanged"'),
          lacks('"created"', '"changed"'),
        ),
        ok("node create node.yaml --variable SERVICE_PORT=1", contains("n1")),
        ok("tcp-outlet list --at n1", contains("127.0.0.1:1")),
      ),
      when("rust", fails("node create node.yaml")),
    ],
    differs: "Rust says that the node runs already; ours makes it what the file says",
  },
  {
    id: "Fx5",
    title: "a key that nobody knows",
    steps: [
      file("node.yaml", "name: n\ntcp-outlts:\n  to: 8080\n"),
      when("typescript", fails("node create node.yaml", contains("node.yaml:2:1", "tcp-outlets"))),
      when("rust", ok("node create node.yaml")),
      fails('node create --configuration "{name: m, tcp-outlets: {too: 8080}}"'),
    ],
    differs: "Rust ignores what it does not know at the top of a file, and makes a node without the outlet",
  },
  {
    id: "Fx6",
    title: "a dry run",
    only: "typescript",
    differs: "Rust has none",
    steps: [
      ok(
        'node create --dry-run --configuration "{name: n, ticket: secret, tcp-outlet: {to: 8080}}"',
        exactly(
          "ockam project enroll ***\nockam node create n\nockam tcp-outlet create outlet --to 8080 --at n",
        ),
      ),
      ok("node list --output json", contains("[]")),
    ],
  },
  {
    id: "Fx7",
    title: "a configuration from standard input",
    only: "typescript",
    differs: "Rust takes - for a name",
    steps: [
      act(async (scene) => {
        const { exitCode, stdout } = await scene.run("node create -", "name: n\ntcp-outlet: {to: 8080}\n");
        if (exitCode !== 0 || stdout !== "n\n/service/outlet\n") throw new Error(`${exitCode} ${stdout}`);
      }),
    ],
  },
  {
    id: "Fx8",
    title: "what a configuration changes",
    only: "typescript",
    differs: "Rust applies no configuration to a node that is there",
    given: [
      "node create --configuration \"{name: n, tcp-listener-address: '127.0.0.1:{p1}', tcp-outlet: {a: {to: 1}}}\"",
    ],
    steps: [
      SERVED,
      // Its own options: it is started anew, with what it has.
      ok(
        "node create --configuration \"{name: n, tcp-listener-address: '127.0.0.1:{p2}', identity: other}\"",
        exactly("n"),
      ),
      ok("node show n --output json", contains("127.0.0.1:{p2}", "/service/a", '"identity_name": "other"')),
      // A start that fails: it runs as before.
      fails(
        "node create --configuration \"{name: n, tcp-listener-address: '127.0.0.1:{http}'}\"",
        contains("{http}"),
      ),
      ok("node show n --output json", contains('"running"', "127.0.0.1:{p2}", "/service/a")),
      // A part that fails: what was there stays, what is new goes.
      fails(
        'node create --configuration "{name: n, tcp-outlet: {b: {to: 2}}, tcp-inlet: {from: {http}, to: /service/b}}"',
        contains("configuration:1:48"),
      ),
      ok("node show n --output json", contains('"running"', "/service/a", "/service/b")),
      fails(
        'node create --configuration "{name: m, tcp-outlet: {b: {to: 2}}, tcp-inlet: {from: {http}, to: /service/b}}"',
      ),
      ok("node list --output json", lacks('"m"')),
    ],
  },
  {
    id: "Fx9",
    title: "a recipe of two nodes",
    steps: [
      SERVED,
      file(
        "ockam.yml",
        "vaults: v1\nidentities: {i1: {vault: v1}}\nnodes:\n  n1: {identity: i1}\n  n2: {tcp-listener-address: 127.0.0.1:{p1}}\n" +
          "tcp-outlet: {db: {at: n2, to: {http}}}\n" +
          "tcp-inlet: {web: {at: n1, from: {p2}, to: /node/n2/secure/api/service/db}}\n",
      ),
      ok("run"),
      WORKS,
      ok("node show n1 --output json", contains('"identity_name": "i1"')),
      when("typescript", ok("run --jq .changes", lacks('"created"', '"changed"')), WORKS),
    ],
    differs: "Rust says that the nodes run already when a recipe is run again",
  },
  {
    id: "Fx10",
    title: "policies of a configuration",
    given: ["node create d"],
    steps: [
      file("node.yaml", "name: n\npolicy: {resource: db, allow: '(= subject.identifier \"I1\")'}\n"),
      ok("node create node.yaml"),
      when(
        "typescript",
        ok("policy list --at n --output json", contains('"resource": "db"')),
        ok("policy list --at d --output json", lacks('"resource": "db"')),
        ok("node create node.yaml --jq .configuration.changes", contains('"unchanged"')),
        fails('node create --configuration "{name: m, tcp-outlet: {to: 1, allow: a or}}"', contains("1:38")),
        ok("node list --output json", lacks('"m"')),
      ),
      when("rust", ok("policy list --at d --output json", contains('"resource": "db"'))),
    ],
    differs: "in Rust policies of a configuration go to the default node; ours to the node of the file",
  },
  {
    id: "R1",
    title: "a configuration with a ticket, twice",
    steps: [
      ...TICKET,
      ENROLLING_FILE,
      ok("node create node.yaml --enrollment-ticket ticket"),
      ...IS_MEMBER,
      ok("node delete n1 --yes"),
      ok("node create node.yaml --enrollment-ticket ticket"),
      // The second time used up nothing of the ticket.
      ...IS_MEMBER,
      ok("tcp-outlet list --at n1", contains("127.0.0.1:5432")),
      when("typescript", ok("node create node.yaml --enrollment-ticket ticket")),
    ],
    differs: "ours may also be applied to a node that runs",
  },
  {
    id: "R2",
    title: "a configuration with a ticket, in the foreground",
    steps: [
      ...TICKET,
      SERVED,
      PORTAL_FILE,
      act(async (scene) => {
        await scene.start("node create node.yaml --foreground --enrollment-ticket ticket");
      }),
      // Until it runs, too.
      within(30_000, http("p2", 200)),
    ],
  },
  {
    id: "R3",
    title: "portals on one machine, of a node with a name and of one without",
    steps: [
      SERVED,
      PORTAL_FILE,
      ok("node create node.yaml"),
      ok("node show n1 --output json", contains('"name": "n1"', "127.0.0.1:{p1}")),
      WORKS,
      file(
        "unnamed.yaml",
        "tcp-outlet: {to: {http}}\ntcp-inlet: {from: {p3}, to: /secure/api/service/outlet}\n",
      ),
      ok("node create unnamed.yaml"),
      within(10_000, http("p3", 200)),
    ],
  },
  {
    id: "R4",
    title: "a configuration and a ticket from a URL",
    steps: [
      ...TICKET,
      act(async (scene) => {
        const configuration = "name: n1\nidentity: member\ntcp-outlet: {db: {to: 5432}}\n";
        const pages = new Map([
          ["/node.yaml", configuration],
          ["/ticket", await scene.get("ticket")],
        ]);
        await scene.serve(undefined, pages);
      }),
      ok("node create http://127.0.0.1:{http}/node.yaml --enrollment-ticket http://127.0.0.1:{http}/ticket"),
      ok("tcp-outlet list --at n1", contains("127.0.0.1:5432")),
      ...IS_MEMBER,
    ],
  },
  {
    id: "R5",
    title: "the identity of a configuration is created, enrolled and used",
    steps: [
      ...TICKET,
      file("node.yaml", "ticket: {home}/ticket\nname: n1\nidentity: member\n"),
      ok("node create node.yaml"),
      ...IS_MEMBER,
      ok("node show n1 --output json", contains('"identity_name": "member"')),
    ],
  },
  {
    id: "R6",
    title: "which ticket counts",
    steps: [
      ...TICKET,
      file("a.yaml", "ticket: {home}/no-such-ticket\nname: a\nidentity: member\n"),
      fails("node create a.yaml"),
      ok("node create a.yaml --enrollment-ticket {home}/ticket"),
      ...IS_MEMBER,
      file("b.yaml", "ticket: {home}/no-such-ticket\nname: b\nidentity: other\n"),
      ok("--env ENROLLMENT_TICKET={home}/ticket node create b.yaml"),
      keep("other", "identity show other"),
      ok("project-member list-ids --identity enroller", contains("{other}")),
    ],
  },
  {
    id: "R7",
    title: "where variables come from",
    steps: [
      file("a.yaml", "variables: {PORT: 1111}\nname: a\ntcp-outlet: {db: {to: 127.0.0.1:$PORT}}\n"),
      file("b.yaml", "variables: {PORT: 1111}\nname: b\ntcp-outlet: {db: {to: 127.0.0.1:$PORT}}\n"),
      file("c.yaml", "variables: {PORT: 1111}\nname: c\ntcp-outlet: {db: {to: 127.0.0.1:$PORT}}\n"),
      ok("node create a.yaml"),
      ok("tcp-outlet list --at a", contains("127.0.0.1:1111")),
      ok("--env PORT=2222 node create b.yaml"),
      ok("tcp-outlet list --at b", contains("127.0.0.1:2222")),
      ok("--env PORT=2222 node create c.yaml --variable PORT=3333"),
      ok("tcp-outlet list --at c", contains("127.0.0.1:3333")),
    ],
  },
];

/** A file in the row's folder, where its commands run. */
function file(name: string, text: string): Step {
  return act(async (scene) => writeFileSync(join(scene.home, name), await scene.fill(text)));
}
