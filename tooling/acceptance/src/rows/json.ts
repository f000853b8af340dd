import type { Row } from "../row.ts";
import { contains, exactly, fails, json, ok } from "../step.ts";

/** E: JSON and jq. */
export const JSON_ROWS: readonly Row[] = [
  {
    id: "E1",
    title: "jq's identity filter",
    given: ["vault create v1"],
    steps: [ok("vault show v1 --output json --jq .", contains('"name": "v1"', "use_aws_kms"))],
  },
  {
    id: "E2",
    title: "jq with and without --output json",
    given: ["vault create v1"],
    steps: [
      ok("vault show v1 --output json --jq .vault.name", contains("v1")),
      ok("vault show v1 --jq .vault.name", contains("v1")),
    ],
  },
  {
    id: "E3",
    title: "jq over a list",
    given: ["vault create v1", "vault create v2"],
    steps: [ok(`vault list --output json --jq 'map(.vault.name) | join(" ")'`, contains("v1 v2"))],
  },
  {
    id: "E4",
    title: "jq on a node",
    given: ["node create n"],
    steps: [
      ok("node show n --jq .", contains('"name": "n"', "/dnsaddr/localhost/tcp/", '"addr": "uppercase"')),
    ],
    next: [
      { id: "E5", title: "jq on a member of a node", steps: [ok("node show n --jq .name", exactly('"n"'))] },
    ],
  },
  {
    id: "Ex2",
    title: "every command has JSON",
    given: ["node create n -t 127.0.0.1:{p}", "node create other"],
    steps: [
      "tcp-connection create --from other --to 127.0.0.1:{p}",
      "tcp-connection list --at other",
      "tcp-connection show 127.0.0.1:{p} --at other",
      "tcp-listener create 127.0.0.1:{p2} --at n",
      "tcp-listener list --at n",
      "worker list --at n",
      "secure-channel-listener create l --at n",
      "secure-channel-listener list --at n",
      "secure-channel-listener show l --at n",
      "secure-channel-listener delete l --at n",
      "service start hop --at n",
      "message send hi --to /node/n/service/echo",
      "identity default",
      "node default",
      "status",
      "node stop n",
      "reset --yes",
    ].map((line) =>
      ok(
        `${line} --output json`,
        json("JSON", (value) => typeof value === "object"),
      ),
    ),
    only: "typescript",
    differs: "with --output json these commands print nothing in Rust",
  },
  {
    id: "Ex1",
    title: "a jq filter that does not compile",
    given: ["vault create v1"],
    steps: [fails("vault show v1 --jq '.vault['")],
  },
];
