import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import type { Row } from "../row.ts";
import { act, contains, fails, http, json, keep, lacks, noHttp, ok, type Step } from "../step.ts";

const CREATE = "authority create --tcp-listener-address 127.0.0.1:{p} --project-identifier 1";

/** Describes the project of the authority at port {p} in {home}/project.json, and imports it. */
const PROJECT: readonly Step[] = [
  keep("project", "identity create project"),
  keep("authority_history", "identity show authority-1 --full --encoding hex"),
  keep("project_history", "identity show project --full --encoding hex"),
  act(async (scene) => {
    const record = {
      id: "1",
      name: "default",
      space_id: "s",
      space_name: "s",
      users: [],
      user_roles: [],
      access_route: "/dnsaddr/127.0.0.1/tcp/1/service/api",
      identity: await scene.get("project"),
      project_change_history: await scene.get("project_history"),
      authority_access_route: `/dnsaddr/127.0.0.1/tcp/${await scene.get("p")}/service/api`,
      authority_identity: await scene.get("authority_history"),
    };
    writeFileSync(join(scene.home, "project.json"), JSON.stringify(record));
  }),
  ok("project import --project-file {home}/project.json"),
];

const trusted = (name: string, attribute: string, value: string): string =>
  `--trusted-identities '{"{${name}}":{"${attribute}":"${value}"}}'`;

/** An administrator by a credential of an account authority, and a member that the authority's owner trusts. */
const ACCOUNT: readonly Step[] = [
  ok("identity create authority-1"),
  keep("account", "identity create account_authority"),
  keep("account_history", "identity show account_authority --full --encoding hex"),
  keep("admin", "identity create admin"),
  keep("m1", "identity create m1"),
  ...["m2", "m3", "m4", "m5", "m6"].map((name) => ok(`identity create ${name}`)),
  ok("node create n --identity admin --authority-identity {account_history} --credential-scope account"),
  keep(
    "credential",
    "credential issue --as account_authority --for {admin} --attribute project=1 --encoding hex",
  ),
  ok("credential store --at n --issuer {account} --scope account --credential {credential}"),
  ok(
    `${CREATE} ${trusted("m1", "sample_attr", "sample_val")} --no-direct-authentication ` +
      "--account-authority {account_history} --enforce-admin-checks",
  ),
  ...PROJECT,
  ok("secure-channel create --from n --identity admin --to /ip4/127.0.0.1/tcp/{p}/service/api"),
];
/** An authority at {p} with a project, and an enroller that the authority's owner trusts. */
export const ENROLLER: readonly Step[] = [
  ok("identity create authority-1"),
  keep("enroller", "identity create enroller"),
  ok(`${CREATE} ${trusted("enroller", "ockam-role", "enroller")}`),
  ...PROJECT,
];

const enrol = (identity: string): string => `project enroll {ticket} --identity ${identity}`;

/** L: authorities and members. */
export const AUTHORITY_ROWS: readonly Row[] = [
  {
    id: "L1",
    title: "an authority with the identity that was made for it",
    given: ["identity create authority"],
    steps: [
      ok(`${CREATE} --trusted-identities "{}"`),
      ok("node show authority-1 --output json", contains('"status": "running"')),
    ],
  },
  {
    id: "L2",
    title: "an authority makes its identity",
    steps: [ok(`${CREATE} --trusted-identities "{}"`), ok("identity show authority-1")],
  },
  {
    id: "L3",
    title: "an authority with a named identity",
    steps: [ok(`${CREATE} --trusted-identities "{}" --identity ockam`), ok("identity show ockam")],
  },
  {
    id: "L4",
    title: "an administrator by a credential of an account authority",
    steps: [...ACCOUNT, ok("project enroll --identity admin", contains('"ockam-relay": "*"', "admin"))],
    next: [
      {
        id: "L5",
        title: "a member that the authority's owner trusts",
        steps: [ok("project enroll --identity m1", contains("sample_val"))],
      },
      {
        id: "L6",
        title: "a ticket with an attribute",
        steps: [
          keep("ticket", "project ticket --identity admin --attribute sample_attr=m2_member"),
          ok(enrol("m2"), contains('"sample_attr": "m2_member"')),
        ],
      },
      {
        id: "L7",
        title: "a ticket works as often as it says",
        steps: [
          keep(
            "ticket",
            "project ticket --identity admin --usage-count 2 --attribute sample_attr=members_group",
          ),
          ok(enrol("m3"), contains('"sample_attr": "members_group"')),
          // The same member again is no further use.
          ok(enrol("m3")),
          ok(enrol("m4"), contains('"sample_attr": "members_group"')),
          fails(enrol("m5"), contains("Unknown enrollment token")),
        ],
      },
      {
        id: "L8",
        title: "a ticket for an enroller",
        steps: [
          keep("ticket", "project ticket --identity admin --enroller"),
          ok(enrol("m6"), contains('"ockam-role": "enroller"')),
        ],
      },
      {
        id: "L9",
        title: "an enroller makes tickets, and no enrollers",
        steps: [
          ok("project ticket --identity m6"),
          fails("project ticket --enroller --identity m6", contains("Not admin")),
        ],
      },
    ],
  },
  {
    id: "L10",
    title: "a ticket that has expired",
    steps: [
      ok("identity create authority-1"),
      keep("enroller", "identity create enroller"),
      keep("m1", "identity create m1"),
      keep("m", "identity create m"),
      ok("identity create m2"),
      ok("identity create m3"),
      ok(
        `${CREATE} --trusted-identities ` +
          `'{"{enroller}":{"ockam-role":"enroller"},"{m1}":{"ockam-role":"enroller","sample_attr":"m1_member"}}'`,
      ),
      ...PROJECT,
      keep("ticket", "project ticket --identity enroller --expires-in 1s"),
      act(() => sleep(2000)),
      fails(enrol("m3"), contains("Unknown enrollment token")),
    ],
    next: [
      {
        id: "L11",
        title: "a ticket that has not",
        steps: [
          keep(
            "ticket",
            "project ticket --identity enroller --expires-in 30s --attribute sample_attr=m3_member",
          ),
          ok(enrol("m3"), contains('"sample_attr": "m3_member"')),
        ],
      },
      {
        // Its precondition is the authority of L10, which trusts m1 as an enroller, too.
        id: "L12",
        title: "where nobody checks for administrators, enrollers make enrollers",
        steps: [
          ok(
            "project enroll --identity m1",
            contains('"ockam-role": "enroller"', '"sample_attr": "m1_member"'),
          ),
          keep("ticket", "project ticket --identity m1 --enroller --attribute sample_attr=m2_member"),
          ok(enrol("m2"), contains('"sample_attr": "m2_member"', '"ockam-role": "enroller"')),
        ],
      },
      {
        id: "L13",
        title: "members are listed",
        steps: [
          keep("authority", "identity show authority-1"),
          ok("project-member list-ids --identity enroller", contains("{enroller}")),
          ok(
            "project-member list --identity enroller",
            contains("{enroller}", '"ockam-role": "enroller"', '"attested_by": "{authority}"'),
          ),
        ],
      },
      {
        id: "L14",
        title: "a member is added",
        steps: [
          ok('project-member add {m} --identity enroller --attribute key=value --relay="*"'),
          ok("project-member list-ids --identity enroller", contains("{m}")),
          ok(
            "project-member list --identity enroller",
            json("m with both attributes, attested by the enroller", isAdded),
          ),
          ok("project-member show {m} --identity enroller --output json", contains('"key": "value"')),
        ],
      },
      {
        id: "L15",
        title: "a member is deleted",
        steps: [
          ok("project-member delete {m} --identity enroller"),
          ok("project-member list-ids --identity enroller", lacks("{m}")),
        ],
      },
    ],
  },
  {
    id: "L16",
    title: "an outlet for those who have an attribute",
    differs: "a refused connection is reset at once; with Rust it hangs without data",
    steps: [
      ...ENROLLER,
      act(async (scene) => {
        await scene.serve();
      }),
      keep("ticket", "project ticket --identity enroller --usage-count 2 --attribute sample_attr=m3_member"),
      ...["m1", "m2", "m3"].map((name) => ok(`identity create ${name}`)),
      ok(enrol("m3")),
      ok(enrol("m2")),
      keep("ticket", "project ticket --identity enroller"),
      ok(enrol("m1")),
      ok("node create x --identity m3 --tcp-listener-address 127.0.0.1:{p2}"),
      ok("tcp-outlet create --at x --to 127.0.0.1:{http} --allow 'sample_attr=m3_member'"),
      ok("node create member --identity m2"),
      ok(
        "tcp-inlet create --at member --from 127.0.0.1:{p3} --to /ip4/127.0.0.1/tcp/{p2}/secure/api/service/outlet",
      ),
      http("p3", 200),
      ok("node create other --identity m1"),
      ok(
        "tcp-inlet create --at other --from 127.0.0.1:{p4} --to /ip4/127.0.0.1/tcp/{p2}/secure/api/service/outlet",
      ),
      noHttp("p4"),
      ok("node create stranger --identity stranger"),
      ok(
        "tcp-inlet create --at stranger --from 127.0.0.1:{p5} --to /ip4/127.0.0.1/tcp/{p2}/secure/api/service/outlet",
      ),
      noHttp("p5"),
    ],
  },
];

/** Of a list of members: one that the enroller has added with `key=value` and any relay. */
function isAdded(list: unknown): boolean {
  const members = list as readonly { readonly attributes: Readonly<Record<string, unknown>> }[];
  return members.some(({ attributes: { attributes, attested_by: by } }) => {
    const { key, "ockam-relay": relay } = attributes as Readonly<Record<string, string>>;
    return key === "value" && relay === "*" && typeof by === "string";
  });
}
