import type { Row } from "../row.ts";
import { act, contains, exactly, keep, lacks, matches, ok, when } from "../step.ts";

const NODE = ["node create n1 -t 127.0.0.1:{p}"];

/** K: TCP listeners and connections; O5: a route over several of them. */
export const TCP_ROWS: readonly Row[] = [
  {
    id: "K1",
    title: "connect",
    given: NODE,
    steps: [
      ok(
        "tcp-connection create --from n1 --to 127.0.0.1:{p} --output json",
        contains("n1", "127.0.0.1:{p}", "/worker/"),
        ({ stdout }, scene) => scene.set("A", (JSON.parse(stdout) as { address: string }).address),
      ),
    ],
    next: [
      {
        id: "K2",
        title: "list, show and close a connection",
        steps: [
          ok("tcp-connection list --at n1", contains("127.0.0.1:{p}")),
          ok("tcp-connection show --at n1 127.0.0.1:{p}", contains("127.0.0.1:{p}")),
          when("typescript", ok("tcp-connection show --at n1 {A}", contains("127.0.0.1:{p}"))),
          ok("tcp-connection delete --at n1 127.0.0.1:{p} --yes"),
          ok("tcp-connection list --at n1", lacks("127.0.0.1:{p}")),
        ],
        differs: "ours also takes the address that 'tcp-connection create' prints",
      },
    ],
  },
  {
    id: "K3",
    title: "listen",
    given: NODE,
    steps: [
      ok(
        "tcp-listener create 127.0.0.1:{p1} --at n1",
        matches(/\/dnsaddr\/localhost\/tcp\/\d+/),
        contains("{p1}"),
      ),
    ],
    next: [
      {
        id: "K4",
        title: "list, show and delete a listener",
        steps: [
          ok("tcp-listener list --at n1", contains("127.0.0.1:{p1}")),
          ok("tcp-listener show --at n1 127.0.0.1:{p1}", contains('"socket_addr": "127.0.0.1:{p1}"')),
          ok("tcp-listener delete --at n1 127.0.0.1:{p1} --yes"),
          ok("tcp-listener list --at n1", lacks("127.0.0.1:{p1}")),
        ],
      },
    ],
  },
  {
    id: "K5",
    title: "deleting everything does not hang",
    given: [...NODE, "tcp-connection create --from n1 --to 127.0.0.1:{p}"],
    steps: [ok("node delete --all --yes"), ok("node list --output json", contains("[]"))],
  },
  {
    id: "O3",
    title: "list workers",
    given: NODE,
    steps: [
      ok("worker list --at n1", contains("echo", "uppercase", "api")),
      ok("message send hello --to /node/n1/service/uppercase", exactly("HELLO")),
    ],
  },
  {
    id: "O4",
    title: "hops in a route",
    given: [...NODE, "service start hop --addr h1 --at n1", "service start hop --addr h2 --at n1"],
    steps: [
      ok("message send 'Hello Ockam!' --from n1 --to /service/echo", exactly("Hello Ockam!")),
      ok("message send 'Hello Ockam!' --from n1 --to /service/h1/service/echo", exactly("Hello Ockam!")),
      ok(
        "message send 'Hello Ockam!' --from n1 --to /service/h1/service/h2/service/echo",
        exactly("Hello Ockam!"),
      ),
    ],
  },
  {
    id: "O5",
    title: "a route over two connections and a hop",
    given: [
      "node create n2 -t 127.0.0.1:{p2}",
      "node create n3 -t 127.0.0.1:{p3}",
      "node create n1",
      "service start hop --at n2",
    ],
    steps: [
      keep("A", "tcp-connection create --from n1 --to 127.0.0.1:{p2}"),
      keep("B", "tcp-connection create --from n2 --to 127.0.0.1:{p3}"),
      act(async (scene) => {
        const ids = [await scene.get("A"), await scene.get("B")];
        if (!ids.every((id) => /^\/worker\/[0-9a-f]{32}$/.test(id)))
          throw new Error(`addresses: ${ids.join(" ")}`);
      }),
      ok("message send hello --from n1 --to {A}/service/hop{B}/service/uppercase", exactly("HELLO")),
    ],
  },
];
