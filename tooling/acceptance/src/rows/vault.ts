import type { Row } from "../row.ts";
import { contains, fails, lacks, ok, when } from "../step.ts";

/** B: vaults. */
export const VAULT_ROWS: readonly Row[] = [
  {
    id: "B1",
    title: "create, show and list a vault",
    given: ["vault create v1"],
    steps: [
      ok("vault show v1 --output json", contains('"name": "v1"', '"use_aws_kms": "No"')),
      ok("vault list --output json", contains('"name": "v1"', '"use_aws_kms": "No"')),
    ],
    next: [
      {
        id: "B2",
        title: "a second vault",
        steps: [
          ok("vault create v2"),
          ok("vault show v2 --output json", contains('"name": "v2"', '"use_aws_kms": "No"')),
          ok("vault list --output json", contains('"name": "v1"', '"name": "v2"')),
        ],
      },
    ],
  },
  { id: "B3", title: "a vault without a name", steps: [ok("vault create")] },
  {
    id: "B4",
    title: "delete a vault",
    given: ["vault create other", "vault create v"],
    steps: [ok("vault delete v --yes"), fails("vault show v")],
  },
  {
    id: "B5",
    title: "a vault that an identity uses is not deleted",
    given: ["vault create other", "vault create v", "identity create i --vault v"],
    steps: [
      fails("vault delete v --yes"),
      ok("identity delete i --yes"),
      ok("vault delete v --yes"),
      fails("vault show v"),
    ],
  },
  {
    id: "B6",
    title: "the vault in the main database does not move",
    given: ["vault create v1"],
    steps: [
      fails("vault move v1 --path {home}/moved", lacks("OCKAM_CLI_UNEXPECTED")),
      when("rust", fails("vault move v1 --path {home}/moved", contains("cannot be moved"))),
    ],
    differs: "the message has other words",
    next: [
      {
        id: "B7",
        title: "move a vault",
        steps: [
          ok("vault create v2 --path {home}/first"),
          ok("vault move v2 --path {home}/second"),
          ok("vault show --output json v2", contains("{home}/second")),
        ],
      },
    ],
  },
];
