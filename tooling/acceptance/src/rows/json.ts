import type { Row } from "../row.ts";
import { contains, fails, ok } from "../step.ts";

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
      ok("node show n --jq .name", contains("n")),
    ],
  },
  {
    id: "E6",
    title: "a jq filter that does not compile",
    given: ["vault create v1"],
    steps: [fails("vault show v1 --jq '.vault['")],
  },
];
