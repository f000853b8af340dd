import type { Row } from "../row.ts";
import {
  act,
  contains,
  exactly,
  exitCode,
  fails,
  http,
  lacks,
  matches,
  ok,
  pipe,
  when,
  type Step,
} from "../step.ts";

const TWO_NODES = ["node create n1", "node create n2"];
const TWO_RELAYS = [
  ...TWO_NODES,
  "relay create blue --at /node/n1 --to /node/n2",
  "relay create red --at /node/n1 --to /node/n2",
];
const SERVE: Step = act(async (scene) => {
  await scene.serve();
});

/** I: relays; and the rows of portals and use cases that need one. */
export const RELAY_ROWS: readonly Row[] = [
  {
    id: "G13",
    title: "a portal through a relay",
    given: ["node create relay", "node create blue", "node create green"],
    steps: [
      SERVE,
      ok("tcp-outlet create --at /node/blue --to 127.0.0.1:{http}"),
      ok("relay create blue --at /node/relay --to /node/blue"),
      pipe(
        "secure-channel create --from green --to /node/relay/service/forward_to_blue/service/api",
        "tcp-inlet create --at green --from {p} --to -/service/outlet",
      ),
      http("p", 200),
      ok("secure-channel list --at green", contains("/service")),
    ],
  },
  {
    id: "I1",
    title: "a message through a relay",
    given: TWO_NODES,
    steps: [
      ok("relay create n2 --at /node/n1 --to /node/n2"),
      ok("message send hello --to /node/n1/service/forward_to_n2/service/uppercase", exactly("HELLO")),
    ],
    next: [
      {
        id: "I2",
        title: "a relay piped into a message",
        steps: [
          pipe(
            "relay create --at /node/n2 --to /node/n1",
            "message send hello --to /node/n2/-/service/uppercase",
            exactly("HELLO"),
          ),
        ],
      },
    ],
  },
  {
    id: "I3",
    title: "relays are listed at the node they lead to",
    given: TWO_RELAYS,
    steps: [
      ok(
        "relay list --to /node/n2 --output json",
        contains('"remote_address": "forward_to_blue"', '"remote_address": "forward_to_red"'),
      ),
      ok("relay list --to /node/n1", exactly("[]")),
    ],
    next: [
      {
        id: "I4",
        title: "a relay is shown",
        steps: [
          ok(
            "relay show blue --at /node/n2 --output json",
            matches(/"relay_route": "[^"]*=> 0#forward_to_blue"/),
            contains('"remote_address": "/service/forward_to_blue"'),
            matches(/"worker_address": "\/service\//),
          ),
        ],
      },
      {
        id: "I5",
        title: "an unknown relay is not shown",
        steps: [fails("relay show red2 --at /node/n2", contains("not found"))],
      },
      {
        id: "I6",
        title: "a relay is deleted, the other one stays",
        steps: [
          ok("relay delete -y blue --at /node/n2"),
          ok("relay list --to /node/n2 --output json", contains("forward_to_red"), lacks("forward_to_blue")),
          fails("relay delete -y blue --at /node/n2", contains("not found")),
          ok("relay delete -y red --at /node/n2"),
          ok("relay delete -y red --at /node/n2", lacks("red")),
          ok("relay show red --at /node/n2", exactly("[]")),
          when(
            "typescript",
            fails("message send hi --timeout 1s --to /node/n1/service/forward_to_red/service/echo"),
          ),
        ],
        differs: "with the connection of its owner the relay goes; Rust's stays until its node stops",
      },
    ],
  },
  {
    id: "Ix1",
    title: "a relay comes back with each of its nodes",
    given: TWO_RELAYS,
    only: "typescript",
    differs: "a Rust node that is started again has lost its relays",
    steps: [
      ok("node stop n2"),
      ok("node start n2"),
      ok("message send hi --to /node/n1/service/forward_to_blue/service/echo", exactly("hi")),
      ok("node stop n1"),
      ok("node start n1"),
      act(async (scene) => {
        const line = "message send hi --timeout 1s --to /node/n1/service/forward_to_red/service/echo";
        let outcome = await scene.run(line);
        for (let tries = 0; outcome.exitCode !== 0 && tries < 8; tries++) outcome = await scene.run(line);
        await exitCode(0)(outcome, scene);
      }),
    ],
  },
  {
    id: "Ix2",
    title: "a relay's name is that of the identity that has it",
    given: ["node create n1", "identity create a", "identity create b"],
    only: "typescript",
    differs: "in Rust, whoever comes last gets the name",
    steps: [
      ok("node create n2 --identity a"),
      ok("node create n3 --identity b"),
      ok("relay create blue --at /node/n1/secure/api --to n2"),
      fails("relay create blue --at /node/n1/secure/api --to n3", contains("belongs to somebody else")),
      ok("relay list --to n3 --output json", exactly("[]")),
    ],
  },
  {
    id: "O1",
    title: "the use case of two private nodes",
    given: ["node create relay", "node create server_sidecar", "node create client_sidecar"],
    steps: [
      SERVE,
      ok("tcp-outlet create --at /node/server_sidecar --to 127.0.0.1:{http}"),
      ok(
        "relay create server_sidecar --at /node/relay --to /node/server_sidecar",
        contains("forward_to_server_sidecar"),
      ),
      pipe(
        "secure-channel create --from /node/client_sidecar " +
          "--to /node/relay/service/forward_to_server_sidecar/service/api",
        "tcp-inlet create --at /node/client_sidecar --from 127.0.0.1:{p} --to -/service/outlet",
      ),
      http("p", 200),
    ],
  },
];
