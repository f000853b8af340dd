import type { Row } from "../row.ts";
import { act, contains, exactly, http, keep, matches, noHttp, ok, pipe, when } from "../step.ts";

/** O: what the documentation of use cases and commands shows. */
export const USE_CASE_ROWS: readonly Row[] = [
  {
    id: "O6",
    title: "a relay behind an explicit connection",
    given: [
      "node create n2 -t 127.0.0.1:{p2}",
      "node create n3",
      "service start hop --at n3",
      "relay create n3 --at /node/n2 --to /node/n3",
      "node create n1",
    ],
    steps: [
      act(async (scene) => {
        await scene.serve();
      }),
      keep("A", "tcp-connection create --from n1 --to 127.0.0.1:{p2}"),
      ok("message send hello --from n1 --to {A}/service/forward_to_n3/service/uppercase", exactly("HELLO")),
      ok("tcp-outlet create --at n3 --from outlet --to 127.0.0.1:{http}"),
      ok(
        "tcp-inlet create --at n1 --from 127.0.0.1:{p} " +
          "--to {A}/service/forward_to_n3/service/hop/service/outlet",
      ),
      when("rust", http("p", 200)),
      when(
        "typescript",
        noHttp("p"),
        ok("tcp-inlet create --at n1 --from {p3} --to {A}/service/forward_to_n3/secure/api/service/outlet"),
        http("p3", 200),
      ),
    ],
    differs:
      "without a secure channel, an outlet of ours is for programs of its own machine that nothing stands between",
  },
  {
    id: "O7",
    title: "an identity in a vault of its own",
    given: ["vault create v1", "identity create alice --vault v1"],
    steps: [
      ok("identity show alice", matches(/^I[0-9a-f]{64}\s*$/)),
      ok("identity show alice --full", contains("Identifier: ", "primary_public_key: ")),
    ],
  },
  {
    id: "O8",
    title: "a channel's address, used directly and piped",
    given: ["node create a", "node create b"],
    steps: [
      keep("S", "secure-channel create --from a --to /node/b/service/api"),
      ok("message send hello --from a --to {S}/service/uppercase", exactly("HELLO")),
      pipe(
        "secure-channel create --from a --to /node/b/service/api",
        "message send hello --from a --to -/service/uppercase",
        exactly("HELLO"),
      ),
    ],
  },
  {
    id: "O9",
    title: "a channel through a relay and an explicit connection",
    given: [
      "node create relay -t 127.0.0.1:{p}",
      "node create b",
      "relay create b --at /node/relay --to /node/b",
      "node create a",
    ],
    steps: [
      keep("A", "tcp-connection create --from a --to 127.0.0.1:{p}"),
      pipe(
        "secure-channel create --from a --to {A}/service/forward_to_b/service/api",
        "message send hello --from a --to -/service/uppercase",
        exactly("HELLO"),
      ),
    ],
  },
  {
    id: "O11",
    title: "both ends of a channel name each other",
    given: ["node create a", "node create b"],
    steps: [
      keep("ALICE", "identity create alice"),
      keep("BOB", "identity create bob"),
      ok("secure-channel-listener create bob_listener --at b --identity bob --authorized {ALICE}"),
      pipe(
        "secure-channel create --from a --to /node/b/service/bob_listener --identity alice --authorized {BOB}",
        "message send hello --from a --to -/service/uppercase",
        exactly("HELLO"),
      ),
    ],
  },
];
