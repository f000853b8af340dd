import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { expect } from "vitest";

import type { Row } from "../row.ts";
import type { Scene } from "../scene.ts";
import { act, contains, fails, json, keep, ok, pipe } from "../step.ts";
import { ENROLLER } from "./authority.ts";

/** L17 and more: projects of this machine, and tickets. */
export const PROJECT_ROWS: readonly Row[] = [
  {
    id: "L17",
    title: "a project with users that are not known is imported",
    given: ["identity create node", "identity create authority"],
    steps: [
      keep("node", "identity show node --full --encoding hex"),
      keep("authority", "identity show authority --full --encoding hex"),
      act(async (scene) => {
        const email = "somebody@example.com";
        const record = {
          id: "f1",
          name: "foreign",
          space_id: "s1",
          space_name: "s1",
          users: [email],
          user_roles: [{ email, id: 1, role: "Admin", scope: "Project" }],
          access_route: "/dnsaddr/127.0.0.1/tcp/1/service/api",
          project_change_history: await scene.get("node"),
          authority_access_route: "/dnsaddr/127.0.0.1/tcp/1/service/api",
          authority_identity: await scene.get("authority"),
        };
        writeFileSync(join(scene.home, "foreign.json"), JSON.stringify(record));
      }),
      ok("project import --project-file foreign.json", contains("Successfully imported project foreign")),
    ],
  },
  {
    id: "Lx1",
    title: "tickets in every form",
    given: ["e0", "e1", "e2", "e3", "e4"].map((name) => `identity create ${name}`),
    steps: [
      ...ENROLLER,
      ...["", "--hex", "--legacy"].flatMap((form, index) => [
        keep("ticket", `project ticket --identity enroller --attribute form=f${index} ${form}`),
        ok(`project enroll {ticket} --identity e${index}`, contains(`"form": "f${index}"`)),
      ]),
      ok("project ticket --identity enroller --attribute form=json --output json", ({ stdout }, scene) =>
        writeFileSync(join(scene.home, "ticket.json"), stdout),
      ),
      ok("project enroll ticket.json --identity e3", contains('"form": "json"')),
      // Rust takes a line end in a file for a part of the ticket: there must be none.
      ok("project ticket --identity enroller --attribute form=file", ({ stdout }, scene) => {
        expect(stdout).not.toMatch(/\s$/);
        writeFileSync(join(scene.home, "ticket.txt"), stdout);
      }),
      ok("project enroll ticket.txt --identity e4", contains('"form": "file"')),
      fails("project enroll no.ticket", contains("Missing fields in enrollment ticket")),
    ],
  },
  {
    id: "Lx2",
    title: "a ticket on standard input, with a line end",
    only: "typescript",
    differs: "Rust reads no ticket from standard input, and hangs when one has a line end",
    steps: [
      ...ENROLLER,
      pipe("project ticket --identity enroller -a role=x", "project enroll -", contains('"role": "x"')),
      // It is stored for the nodes.
      ok("credential list", contains('"scope": "project-member-1"', '"is_verified": true')),
    ],
  },
  {
    id: "Lx3",
    title: "ways through a project need one",
    steps: [
      fails("tcp-inlet create --to postgres", contains("No projects found")),
      fails("relay create", contains("There is no default project defined")),
    ],
  },
  {
    id: "Lx5",
    title: "an outlet with a relay at the project: both or nothing",
    only: "typescript",
    differs: "Rust's command has no --relay, and creates projects at the hosted service alone",
    steps: [
      ok("project create --port {p} --authority-port {p1}"),
      // A member that may register no relay.
      keep("ticket", "project ticket --short"),
      ok("project enroll {ticket} --identity plain"),
      ok("node create n1 --identity plain"),
      fails("tcp-outlet create --at n1 --from web --to 5000 --relay default", contains("was refused")),
      ok("tcp-outlet list --at n1", contains("[]")),
      keep("ticket", "project ticket --short --relay default"),
      ok("project enroll {ticket} --identity service"),
      ok("node create n2 --identity service"),
      ok("tcp-outlet create --at n2 --from web --to 5000 --relay default", contains("/service/web")),
      ok("tcp-outlet create --at n2 --from mail --to 5001 --relay default", contains("/service/mail")),
      ok(
        "relay list --to n2",
        json("one relay", (relays) => Array.isArray(relays) && relays.length === 1),
      ),
      ok(
        "message send {m} --to /project/default/service/forward_to_default/secure/api/service/echo",
        contains("{m}"),
      ),
    ],
  },
  {
    id: "Lx4",
    title: "a ticket on the command line is not in the list of processes",
    only: "typescript",
    differs: "with Rust everybody on the machine can read it there",
    steps: [
      ...ENROLLER,
      keep("ticket", "project ticket --identity enroller --compact-output"),
      act(expectHiddenTicket),
    ],
  },
];

/**
 * Enrols at an authority that says nothing, and looks at the process while it waits. In another home: an authority of its
 * own is reached wherever the ticket says that it is.
 */
async function expectHiddenTicket(scene: Scene): Promise<void> {
  const silent = createServer().listen(0, "127.0.0.1");
  await once(silent, "listening");
  const connected = once(silent, "connection");
  try {
    const { port } = silent.address() as AddressInfo;
    const ticket = {
      ...JSON.parse(await scene.get("ticket")),
      authority_route: `/ip4/127.0.0.1/tcp/${port}/service/api`,
    };
    const typed = Buffer.from(JSON.stringify(ticket)).toString("hex");
    const child = await scene.start(`project enroll ${typed} --env OCKAM_HOME=${join(scene.home, "member")}`);
    const list = `/proc/${child.pid}/cmdline`;
    const ended = once(child, "exit").then(() => Promise.reject(new Error("the command has ended")));
    await Promise.race([connected, ended]);
    const shown = existsSync(list) ? readFileSync(list, "utf8") : "";
    if (/[0-9a-f]{64}/.test(shown)) throw new Error(`the list has ${shown}`);
    child.kill("SIGKILL");
    await Promise.race([ended.catch(() => {}), sleep(1000)]);
  } finally {
    silent.close();
  }
}
