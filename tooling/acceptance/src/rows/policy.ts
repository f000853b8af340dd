import type { Row } from "../row.ts";
import { slowTransfer } from "../slow-transfer.ts";
import {
  act,
  command,
  contains,
  exactly,
  fails,
  http,
  isUsageError,
  json,
  keep,
  lacks,
  noHttp,
  ok,
  when,
  type Step,
} from "../step.ts";

const TYPES = ["echoer", "kafka-consumer", "kafka-producer", "lessor", "relay", "tcp-inlet", "tcp-outlet"];
const GLOBAL = `'(= subject.component "global_value")'`;
const SCOPED = `'(= subject.component "scoped_value")'`;

const FILE_LENGTH = 60_000_000;
/** Milliseconds until a transfer counts as stalled: it would take twelve seconds, and credentials last eight. */
const TRANSFER_TIMEOUT = 14_000;

function node(name: string): Step {
  return ok(
    `node create ${name} --identity ${name} --authority-identity {AUTHORITY} --credential-scope test`,
  );
}

function credential(name: string, lifetime = ""): readonly Step[] {
  return [
    keep("C", `credential issue --as authority --for {${name}} ${lifetime} --encoding hex`),
    ok(`credential store --at ${name} --issuer {ISSUER} --scope test --credential {C}`),
  ];
}

/** Alice has an inlet to Bob's outlet, and the credential of one of them soon expires. */
function lapse(direction: "download" | "upload", shortLived: "alice" | "bob"): readonly Step[] {
  return [
    act(async (scene) => {
      await scene.serve(new Uint8Array(FILE_LENGTH));
    }),
    keep("ISSUER", "identity create authority"),
    keep("AUTHORITY", "identity show authority --full --encoding hex"),
    keep("alice", "identity create alice"),
    keep("bob", "identity create bob"),
    node("alice"),
    node("bob"),
    ok("tcp-outlet create --at bob --to {http}"),
    ...credential(shortLived === "alice" ? "bob" : "alice"),
    ...credential(shortLived, "--ttl 8s"),
    ok("tcp-inlet create x --at alice --from {p} --to /node/bob/secure/api/service/outlet"),
    http("p", 200),
    act(async (scene) => {
      const port = Number(await scene.get("p"));
      const end = await slowTransfer(port, direction, { length: FILE_LENGTH, timeout: TRANSFER_TIMEOUT });
      const wanted = scene.ockam.implementation === "rust" ? ["stalled", "cut"] : ["cut"];
      if (!wanted.includes(end)) throw new Error(`expected the transfer to be cut, it is ${end}`);
    }),
    noHttp("p"),
    when("typescript", ok("tcp-inlet show x --at alice", contains("credential"))),
  ];
}

const LAPSE_DIFFERS =
  "Rust's transfers stall, and its later connections get nothing; ours are reset, and the inlet says why";

/** H: policies, and G19 to G22: portals of those whose credentials expire. */
export const POLICY_ROWS: readonly Row[] = [
  {
    id: "H1",
    title: "a policy of a type, named as a resource, where there is no node yet",
    steps: [
      ok(`policy create --resource tcp-outlet --expression ${GLOBAL}`),
      ok(
        "policy show tcp-outlet",
        contains('"resource": "tcp-outlet"', String.raw`(= subject.component \"global_value\")`),
      ),
    ],
    next: [
      {
        id: "H2",
        title: "a policy of a type is deleted",
        steps: [
          ok("policy delete tcp-outlet -y"),
          ok("policy show tcp-outlet", exactly("[]"), lacks("tcp-outlet")),
        ],
      },
      {
        id: "H3",
        title: "a policy of a type; an unknown type",
        steps: [
          ok(`policy create --resource-type tcp-outlet --expression ${GLOBAL}`),
          ok("policy show tcp-outlet", contains('"resource": "tcp-outlet"', String.raw`\"global_value\"`)),
          ok("policy delete tcp-outlet -y"),
          ok("policy show tcp-outlet", exactly("[]")),
          command(`policy create --resource-type unknown --expression ${GLOBAL}`, [isUsageError]),
          fails(`policy create --expression ${GLOBAL}`),
        ],
      },
      {
        id: "H4",
        title: "a policy of a name",
        steps: [
          ok(`policy create --resource my_policy --expression ${SCOPED}`),
          ok("policy show my_policy", contains('"resource": "my_policy"', String.raw`\"scoped_value\"`)),
          ok("policy delete my_policy -y"),
          ok("policy show my_policy", exactly("[]"), lacks("my_policy")),
        ],
      },
      {
        id: "H5",
        title: "the short notation, stored in the long one",
        steps: [
          ok("policy create --resource my_policy --allow 'component.db or component.web'"),
          ok(
            "policy show my_policy",
            contains(
              String.raw`"expression": "(or (= subject.component.db \"true\") (= subject.component.web \"true\"))"`,
            ),
          ),
        ],
      },
      {
        id: "H6",
        title: "text that is no policy",
        steps: [
          command("policy create --resource my_policy --allow 'component.db or'", [
            isUsageError,
            contains(
              "invalid value 'component.db or'",
              "successfully parsed: ",
              "component.db",
              "cannot be parsed",
            ),
          ]),
        ],
      },
    ],
  },
  {
    id: "H7",
    title: "what a fresh node has",
    given: ["node create n"],
    steps: [
      ok(
        "policy list --output json",
        contains("(= subject.has_credential true)"),
        json("the seven types", (policies) => {
          const names = (policies as readonly { readonly resource: string }[]).map(
            ({ resource }) => resource,
          );
          return names.toSorted().join() === TYPES.join();
        }),
      ),
    ],
  },
  {
    id: "H8",
    title: "a policy of a type after a restart",
    differs: "Rust writes the policies of the types anew whenever a node starts",
    steps: [
      keep("A", "identity create a"),
      keep("AUTHORITY", "identity show a --full --encoding hex"),
      ok("node create n --authority-identity {AUTHORITY}"),
      ok("policy create --resource-type tcp-outlet --allow role=app"),
      ok("policy create --resource mine --allow role=db"),
      ok("node stop n"),
      ok("node start n"),
      when("typescript", ok("policy show tcp-outlet", contains(String.raw`(= subject.role \"app\")`))),
      when("rust", ok("policy show tcp-outlet", contains("(= subject.has_credential true)"))),
      ok("policy show mine", contains(String.raw`(= subject.role \"db\")`)),
    ],
  },
  {
    id: "H9",
    title: "a policy at a node without authority",
    differs: "Rust accepts it and does not ask it; ours says that it denies everybody, and it does",
    given: ["node create n"],
    steps: [
      act(async (scene) => {
        await scene.serve();
      }),
      when(
        "typescript",
        ok(
          "policy create --resource-type tcp-outlet --allow a",
          contains("no authority", "denies everybody"),
        ),
      ),
      when("rust", ok("policy create --resource-type tcp-outlet --allow a")),
      ok("tcp-outlet create --to {http}"),
      ok("tcp-inlet create --from {p} --to /node/n/secure/api/service/outlet"),
      when("typescript", noHttp("p"), ok("policy delete tcp-outlet -y")),
      http("p", 200),
    ],
  },
  {
    id: "G19",
    title: "a download while the credential of the inlet's node expires",
    needs: "time",
    differs: LAPSE_DIFFERS,
    steps: lapse("download", "alice"),
  },
  {
    id: "G20",
    title: "an upload while the credential of the inlet's node expires",
    needs: "time",
    differs: LAPSE_DIFFERS,
    steps: lapse("upload", "alice"),
  },
  {
    id: "G21",
    title: "a download while the credential of the outlet's node expires",
    needs: "time",
    differs: LAPSE_DIFFERS,
    steps: lapse("download", "bob"),
  },
  {
    id: "G22",
    title: "an upload while the credential of the outlet's node expires",
    needs: "time",
    differs: LAPSE_DIFFERS,
    steps: lapse("upload", "bob"),
  },
];
