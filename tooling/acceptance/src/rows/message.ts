import type { Row } from "../row.ts";
import { act, contains, exactly, fails, keep, ok, pipe } from "../step.ts";
import type { Step } from "../step.ts";

const UPPER: Step = act(async (scene) => scene.set("M", (await scene.get("m")).toUpperCase()));

/** D: messages. */
export const MESSAGE_ROWS: readonly Row[] = [
  {
    id: "D1",
    title: "a message to a node that does not exist",
    steps: [fails("message send {m} --no-retry --timeout 5 --to /node/n1/service/uppercase")],
  },
  {
    id: "D2",
    title: "a message to a service",
    given: ["node create n1"],
    steps: [UPPER, ok("message send {m} --timeout 5 --to /node/n1/service/uppercase", exactly("{M}"))],
  },
  {
    id: "D3",
    title: "a message from one node to another",
    given: ["node create n1", "node create n2"],
    steps: [
      UPPER,
      ok("message send {m} --timeout 5 --from n1 --to /node/n2/service/uppercase", exactly("{M}")),
      ok("message send {m} --timeout 5 --from /node/n1 --to /node/n2/service/uppercase", exactly("{M}")),
    ],
  },
  {
    id: "D4",
    title: "a channel between chosen identities in vaults of their own",
    given: [
      "vault create v1",
      "vault create v2",
      "identity create i1 --vault v1",
      "identity create i2 --vault v2",
      "node create n1 --identity i1",
      "node create n2 --identity i1",
    ],
    steps: [
      keep("I1", "identity show i1"),
      keep("I2", "identity show i2"),
      ok("secure-channel-listener create l --at n2 --identity i2 --authorized {I1}", contains("/service/l")),
      pipe(
        "secure-channel create --from n1 --to /node/n2/service/l --authorized {I2}",
        "message send {m} --from /node/n1 --to -/service/echo",
        exactly("{m}"),
      ),
    ],
  },
];
