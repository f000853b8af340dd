import type { Row } from "../row.ts";
import { act, contains, exactly, fails, keep, ok, pipe, when, type Step } from "../step.ts";

const TWO_NODES = ["node create n1", "node create n2"];
const UPPER: Step = act(async (scene) => scene.set("M", (await scene.get("m")).toUpperCase()));

/** J: secure channels. */
export const SECURE_CHANNEL_ROWS: readonly Row[] = [
  {
    id: "J1",
    title: "a message through a channel",
    given: TWO_NODES,
    steps: [
      UPPER,
      keep("A", "secure-channel create --from /node/n1 --to /node/n2/service/api"),
      ok("message send {m} --from n1 --to {A}/service/uppercase", exactly("{M}")),
    ],
    next: [
      {
        id: "J2",
        title: "a channel piped into a message",
        steps: [
          pipe(
            "secure-channel create --from /node/n1 --to /node/n2/service/api",
            "message send {m} --from n1 --to -/service/uppercase",
            exactly("{M}"),
          ),
        ],
      },
      {
        id: "J4",
        title: "a channel in the route of a message",
        steps: [
          ok("message send {m} --from n1 --to /node/n2/secure/api/service/uppercase", exactly("{M}")),
          ok("message send {m} --to /node/n2/secure/api/service/uppercase", exactly("{M}")),
        ],
      },
    ],
  },
  {
    id: "J3",
    title: "a channel to a listener of its own",
    given: [...TWO_NODES, "secure-channel-listener create n2scl --at /node/n2"],
    steps: [
      UPPER,
      pipe(
        "secure-channel create --from /node/n1 --to /node/n2/service/n2scl",
        "message send {m} --from n1 --to -/service/uppercase",
        exactly("{M}"),
      ),
      ok("secure-channel-listener list --at n2", contains("api", "n2scl")),
      ok("secure-channel-listener show n2scl --at n2", contains("/service/n2scl")),
      ok("secure-channel-listener delete n2scl --at n2", contains("0#n2scl")),
    ],
  },
  {
    id: "J5",
    title: "show a channel, and who answers at a route",
    given: ["identity create i2", "node create n1", "node create n2 --identity i2 -t 127.0.0.1:{p}"],
    steps: [
      keep("I2", "identity show i2"),
      keep("A", "secure-channel create --from /node/n1 --to /node/n2/service/api"),
      ok("secure-channel list --at n1", contains("{A}", "{I2}")),
      ok("secure-channel show --at /node/n1{A}", contains("{I2}")),
      ok("secure-channel show --at /ip4/127.0.0.1/tcp/{p}/service/api", contains("{I2}")),
      fails("secure-channel delete {A} --at n1", contains("Use --yes to confirm")),
      ok("secure-channel delete {A} --at n1 --yes", contains("{A}")),
      fails("secure-channel delete {A} --at n1 --yes"),
    ],
  },
  {
    id: "Jx1",
    title: "a peer that is not authorized",
    given: ["identity create other", ...TWO_NODES],
    steps: [
      keep("I", "identity create third"),
      when(
        "typescript",
        fails(
          "secure-channel create --from n1 --to /node/n2/service/api --authorized {I}",
          contains("OCKAM_NODE_"),
        ),
      ),
    ],
    differs: "Rust waits for OCKAM_DEFAULT_TIMEOUT before it fails; ours fails at once and says why",
  },
];
