import { writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Row } from "../row.ts";
import { act, contains, exactly, fails, keep, ok, pipe, when, type Step } from "../step.ts";

const ISSUED: readonly Step[] = [
  keep("I1", "identity create i1"),
  keep("I2", "identity create i2"),
  ok(
    'credential issue --as i1 --for {I2} --attribute application="Smart Factory" ' +
      '--attribute city="New York" --encoding hex',
    ({ stdout }, scene) => writeFileSync(join(scene.home, "credential"), `${stdout.trim()}\n`),
  ),
];
const MALFORMED: readonly Step[] = [
  keep("I1", "identity create i1"),
  act((scene) => writeFileSync(join(scene.home, "credential"), "aabbcc")),
];
const FILE = "--credential-path {home}/credential";

/** C: credentials; and the rows of the reference documentation about them. */
export const CREDENTIAL_ROWS: readonly Row[] = [
  {
    id: "C1",
    title: "a genuine credential",
    steps: [...ISSUED, ok(`credential verify --issuer {I1} ${FILE}`, exactly("true"))],
    next: [
      {
        id: "C2",
        title: "a credential is stored and listed",
        steps: [
          ok(`credential store --issuer {I1} ${FILE} --scope test`),
          ok(
            "credential list",
            contains(
              '"application": "Smart Factory"',
              '"city": "New York"',
              '"scope": "test"',
              "{I1}",
              "{I2}",
            ),
          ),
        ],
      },
    ],
  },
  {
    id: "C3",
    title: "a malformed credential is no error",
    steps: [...MALFORMED, ok(`credential verify --issuer {I1} ${FILE}`, exactly("false"))],
    next: [
      {
        id: "C4",
        title: "a malformed credential is not stored",
        steps: [
          fails(
            `credential store --issuer {I1} ${FILE} --scope test`,
            contains("Credential is not verified"),
          ),
        ],
      },
    ],
  },
  {
    id: "Cx1",
    title: "the filters of the list, and more forms of the arguments",
    only: "typescript",
    differs: "Rust ignores the filters, takes identifiers alone and reads no standard input",
    steps: [
      ...ISSUED,
      ok(`credential store --issuer i1 ${FILE} --scope test`),
      ok("credential list --issuer i1 --subject i2", contains("{I2}", '"is_verified": true')),
      ok("credential list --issuer i2", exactly("[]")),
      ok("credential list --subject {I1}", exactly("[]")),
      pipe(
        "credential issue --as i1 --for i2 --encoding hex",
        "credential verify --issuer i1 --credential -",
        exactly("true"),
      ),
    ],
  },
  {
    id: "O10",
    title: "issue and verify, with and without attributes",
    steps: [
      keep("A", "identity create a"),
      keep("B", "identity create b"),
      ok("credential issue --as a --for {B}", contains("{A}", "{B}", "Schema: 1")),
      keep("C", "credential issue --as a --for {B} --attribute city=Paris --encoding hex"),
      ok("credential verify --issuer {A} --credential {C}", exactly("true")),
      ok("credential verify --issuer {B} --credential {C}", exactly("false")),
    ],
  },
  {
    id: "O12",
    title: "who presents a stored credential is believed, who presents none is not",
    steps: [
      keep("A", "identity create authority"),
      keep("H", "identity show authority --full --encoding hex"),
      keep("I1", "identity create i1"),
      ok("identity create i2"),
      ok("node create n1 --identity i1 --authority-identity {H} --credential-scope test"),
      ok("node create n2 --identity i2 --authority-identity {H}"),
      keep("C", "credential issue --as authority --for {I1} --attribute city=Paris --encoding hex"),
      ok("credential store --at n1 --issuer {A} --scope test --credential {C}"),
      pipe(
        "secure-channel create --from n1 --identity i1 --to /node/n2/service/api",
        "message send hi --timeout 2 --from n1 --to -/service/echo",
        exactly("hi"),
      ),
      when(
        "rust",
        keep("S", "secure-channel create --from n2 --identity i2 --to /node/n1/service/api"),
        fails("message send hi --timeout 1 --from n2 --to {S}/service/echo"),
      ),
      when(
        "typescript",
        fails(
          "secure-channel create --from n2 --identity i2 --to /node/n1/service/api",
          contains("does not allow this identity"),
        ),
        fails("message send hi --timeout 1 --from n2 --to /node/n1/secure/api/service/echo"),
      ),
    ],
    differs:
      "ours is told when the channel is opened that it may not use the echo service, and why; Rust waits for an answer",
  },
];
