import type { Row } from "../row.ts";
import { act, contains, exactly, fails, json, keep, ok, pipe, when } from "../step.ts";
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
    id: "Dx1",
    title: "a message from nowhere leaves no node behind, and reaches no stopped one",
    given: ["node create n1", "message send hi --to /node/n1/service/echo", "node stop n1"],
    steps: [
      fails("message send hi --timeout 1 --to /node/n1/service/echo"),
      ok(
        "node list --output json",
        json("one node", (nodes) => (nodes as unknown[]).length === 1),
      ),
    ],
  },
  {
    id: "Dx2",
    title: "which hop fails, and why",
    given: ["node create n1"],
    steps: [
      fails(
        "message send hi --timeout 2 --to /ip4/127.0.0.1/tcp/{p}/service/echo",
        contains("127.0.0.1", "{p}"),
      ),
      when(
        "typescript",
        fails(
          "message send hi --timeout 1 --to /node/n1/service/nobody --output json",
          contains('"code":"OCKAM_NODE_UNANSWERED"', "/service/nobody", '"hint":'),
        ),
      ),
    ],
    differs: "Rust has no errors in JSON, and names neither the hop nor the service",
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
