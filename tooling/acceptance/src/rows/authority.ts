import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import type { Row } from "../row.ts";
import { act, contains, fails, http, keep, lacks, noHttp, ok, type Step } from "../step.ts";

const CREATE = "authority create --tcp-listener-address 127.0.0.1:{p} --project-identifier 1";

/** Describes the project of the authority at port {p} in {home}/project.json, and imports it. */
const PROJECT: readonly Step[] = [
  ok("identity create project"),
  keep("authority_history", "identity show authority-1 --full --encoding hex"),
  keep("project", "identity show project"),
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

const identities = (...names: readonly string[]): readonly string[] =>
  names.map((name) => `identity create ${name}`);

const trusted = (name: string, attribute: string, value: string): string =>
  `--trusted-identities '{"{${name}}":{"${attribute}":"${value}"}}'`;

/** An administrator by a credential of an account authority, and a member that the authority's owner trusts. */
const ACCOUNT: readonly Step[] = [
  keep("account", "identity show account_authority"),
  keep("account_history", "identity show account_authority --full --encoding hex"),
  keep("admin", "identity show admin"),
  keep("m1", "identity show m1"),
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
const ACCOUNT_IDENTITIES = identities(
  "authority-1",
  "account_authority",
  "admin",
  "m1",
  "m2",
  "m3",
  "m4",
  "m5",
  "m6",
);

/** An authority at {p} with a project, and an enroller that the authority's owner trusts. */
export const ENROLLER: readonly Step[] = [
  keep("enroller", "identity show enroller"),
  keep("m", "identity show m"),
  ok(`${CREATE} ${trusted("enroller", "ockam-role", "enroller")}`),
  ...PROJECT,
];
/** The identities that {@link ENROLLER} needs. */
export const ENROLLER_IDENTITIES: readonly string[] = identities(
  "authority-1",
  "enroller",
  "m",
  "m1",
  "m2",
  "m3",
);

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
    title: "an administrator by an account authority, and its members (L4 to L9)",
    given: ACCOUNT_IDENTITIES,
    steps: [
      ...ACCOUNT,
      ok("project enroll --identity admin", contains('"ockam-relay": "*"', "admin")),
      // L5: trusted by the authority's owner
      ok("project enroll --identity m1", contains("sample_val")),
      // L6
      keep("ticket", "project ticket --identity admin --attribute sample_attr=m2_member"),
      ok(enrol("m2"), contains("m2_member")),
      // L7: a ticket works as often as it says
      keep("ticket", "project ticket --identity admin --usage-count 2 --attribute sample_attr=members_group"),
      ok(enrol("m3"), contains("members_group")),
      ok(enrol("m4"), contains("members_group")),
      fails(enrol("m5"), contains("Unknown enrollment token")),
      // L8
      keep("ticket", "project ticket --identity admin --enroller"),
      ok(enrol("m6"), contains("enroller")),
      // L9: an enroller is no administrator
      ok("project ticket --identity m6"),
      fails("project ticket --enroller --identity m6"),
    ],
  },
  {
    id: "L10",
    title: "an enroller, tickets and members (L10 to L15)",
    given: ENROLLER_IDENTITIES,
    steps: [
      ...ENROLLER,
      keep("ticket", "project ticket --identity enroller --expires-in 1s"),
      act(() => sleep(2000)),
      fails(enrol("m3")),
      // L11
      keep("ticket", "project ticket --identity enroller --expires-in 30s --attribute sample_attr=m3_member"),
      ok(enrol("m3"), contains("m3_member")),
      // L12: every enroller makes others
      ok("project enroll --identity enroller", contains("enroller")),
      keep("ticket", "project ticket --identity enroller --enroller --attribute sample_attr=m2_member"),
      ok(enrol("m2"), contains("m2_member", "enroller")),
      // L13
      keep("authority", "identity show authority-1"),
      ok("project-member list-ids --identity enroller", contains("{enroller}")),
      ok(
        "project-member list --identity enroller --output json",
        contains("{enroller}", '"ockam-role": "enroller"', '"attested_by": "{authority}"'),
      ),
      // L14
      ok('project-member add {m} --identity enroller --attribute key=value --relay="*"'),
      ok("project-member list-ids --identity enroller", contains("{m}")),
      ok(
        "project-member list --identity enroller --output json",
        contains('"key": "value"', '"ockam-relay": "*"', '"attested_by": "{enroller}"'),
      ),
      ok("project-member show {m} --identity enroller --output json", contains('"key": "value"')),
      // L15
      ok("project-member delete {m} --identity enroller"),
      ok("project-member list-ids --identity enroller", lacks("{m}")),
    ],
  },
  {
    id: "L16",
    title: "an outlet for those who have an attribute",
    given: ENROLLER_IDENTITIES,
    differs: "a refused connection is reset at once; with Rust it hangs without data",
    steps: [
      ...ENROLLER,
      act(async (scene) => {
        await scene.serve();
      }),
      keep("ticket", "project ticket --identity enroller --usage-count 2 --attribute sample_attr=m3_member"),
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
