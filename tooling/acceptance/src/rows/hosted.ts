import type { Row } from "../row.ts";
import { contains, fails, when } from "../step.ts";

const SENTENCE = contains("Please enroll using 'ockam enroll' before using this command");

/** Q: commands of the hosted service. */
export const HOSTED_ROWS: readonly Row[] = [
  {
    id: "Q1",
    title: "what needs the hosted service says so",
    steps: [
      fails("space create", SENTENCE),
      when(
        "typescript",
        fails("space create --name x y", SENTENCE, contains("ockam project create")),
        fails("lease list", SENTENCE),
        fails("enroll --identity x", contains("ockam project create")),
      ),
    ],
    differs: "ours names the way without an account; Rust's other commands try to reach the service",
  },
];
