import type { Row } from "../row.ts";
import { contains, exactly, fails, keep, lacks, matches, ok } from "../step.ts";

const TWO = ["identity create i1", "identity create i2"];

/** A: identities. */
export const IDENTITY_ROWS: readonly Row[] = [
  {
    id: "A1",
    title: "create and show an identity",
    given: ["identity create i"],
    steps: [
      ok("identity show i", matches(/^I[0-9a-f]{64}\n?$/)),
      ok("identity show i --full", contains("Identifier: ", "Change[0]:", "primary_public_key: ")),
    ],
  },
  {
    id: "A2",
    title: "an identity without a name gets a random one",
    steps: [
      ok("identity create", matches(/^I[0-9a-f]{64}\n?$/)),
      ok("identity list --jq .[].name", matches(/^"[a-z]+-[a-z]+"\n?$/)),
    ],
  },
  {
    id: "A3",
    title: "delete an identity",
    given: ["identity create i"],
    steps: [ok("identity delete i --yes")],
  },
  {
    id: "A4",
    title: "an identity that a node uses is not deleted",
    given: ["identity create i", "node create n --identity i"],
    steps: [fails("identity delete i --yes")],
    next: [
      {
        id: "A5",
        title: "an identity is deleted after its node",
        steps: [ok("node delete n --yes"), ok("identity delete i --yes")],
      },
    ],
  },
  {
    id: "A6",
    title: "list identities",
    given: TWO,
    steps: [
      ok("identity list", contains('"i1"', '"i2"')),
      ok("identity delete i1 --yes"),
      ok("identity list", contains('"i2"'), lacks('"i1"')),
    ],
    next: [
      { id: "A7", title: "an identity is deleted once", steps: [fails("identity delete i1 --yes")] },
      {
        id: "A8",
        title: "delete all identities",
        steps: [ok("identity delete --all --yes"), ok("identity list --output json", exactly("[]"))],
      },
    ],
  },
  {
    id: "A9",
    title: "delete without a name",
    steps: [
      ok("identity delete", contains("[]")),
      ok("identity create i"),
      ok("identity delete"),
      ok("identity list", contains('"i"')),
    ],
  },
  {
    id: "A10",
    title: "show the default identity",
    given: ["identity create i1"],
    steps: [ok("identity default", contains("The name of the default identity is 'i1'"))],
    next: [
      {
        id: "A11",
        title: "the default identity is not made the default again",
        steps: [fails("identity default i1", contains("The identity named 'i1' is already the default"))],
      },
      {
        id: "A12",
        title: "set the default identity",
        steps: [
          ok("identity create i2"),
          ok("identity default i2", exactly("i2")),
          ok("identity default", contains("The name of the default identity is 'i2'")),
        ],
      },
    ],
  },
  {
    id: "A13",
    title: "import an identity",
    given: ["identity create i"],
    steps: [
      keep("H", "identity show --full --encoding hex"),
      ok("identity delete --all --yes"),
      ok("identity create --identity {H}"),
      ok("identity show --full --encoding hex", exactly("{H}")),
    ],
  },
];
