import { toHex } from "@ockam/codec";
import { describe, expect, test } from "vitest";

import { sampleProject } from "../testing/sample-project.ts";
import { RUST } from "../testing/vectors.ts";
import { MAX_PROJECT_ID_LENGTH, MAX_PROJECT_NAME_LENGTH, MAX_PROJECT_RECORD_LENGTH } from "./limits.ts";
import { PROJECT_ERROR_CODES } from "./project-error.ts";
import { expectProjectRoute, projectIdOfRoute } from "./project-route.ts";
import { formatProject, parseProject } from "./project.ts";

const PROJECT = await sampleProject();
const RECORD = formatProject(PROJECT);

describe("a record", () => {
  test("comes back", () => {
    expect(parseProject(JSON.stringify(RECORD))).toEqual(PROJECT);
  });

  test("of Rust's is read, with what it says more", () => {
    const project = parseProject(
      JSON.stringify({ ...RUST.project, egress_allow_list: [], okta_config: null }),
    );
    expect(project.identifier.toString()).toBe(RUST.project["identity"]);
    expect(project).toMatchObject({ id: "default", name: "default", spaceId: "s1", spaceName: "s1" });
    expect(formatProject(project)).toMatchObject(RUST.project);
  });

  test("needs no users, no space and no identifier beside the history", () => {
    const { users: _users, user_roles: _roles, space_id: _id, space_name: _name, ...rest } = RECORD;
    expect(parseProject(JSON.stringify({ ...rest, identity: null }))).toEqual(PROJECT);
  });

  test.each([
    "id",
    "name",
    "access_route",
    "project_change_history",
    "authority_access_route",
    "authority_identity",
  ])("without %s is refused with the key", (key) => {
    for (const value of [undefined, null, 1, ""]) {
      const refused = refusalOf({ ...RECORD, [key]: value });
      expect(refused).toMatchObject({ code: PROJECT_ERROR_CODES.invalidProject, details: { key } });
    }
  });

  test.each([
    ["identity", PROJECT.authorityIdentifier.toString()],
    ["identity", "I12"],
    ["project_change_history", toHex(PROJECT.changeHistory.subarray(1))],
    ["authority_identity", "xyz"],
    ["access_route", "/project/default"],
    ["name", "a/b"],
    ["name", "a\u001B[2Jb"],
    ["name", " a"],
    ["name", "a".repeat(MAX_PROJECT_NAME_LENGTH + 1)],
    ["id", "a".repeat(MAX_PROJECT_ID_LENGTH + 1)],
    ["space_name", "\u202E"],
  ])("with a wrong %s is refused with the key: %j", (key, value) => {
    expect(refusalOf({ ...RECORD, [key]: value })).toMatchObject({ details: { key } });
  });

  test("may have names of the greatest length", () => {
    const id = "i".repeat(MAX_PROJECT_ID_LENGTH);
    const name = "n".repeat(MAX_PROJECT_NAME_LENGTH);
    expect(parseProject(JSON.stringify({ ...RECORD, id, name }))).toMatchObject({ id, name });
  });

  test("that is no object, or too long, is refused", () => {
    for (const json of ["", "[]", "null", '"a"', "{"])
      expect(() => parseProject(json)).toThrow(/not the record/);
    const padded = JSON.stringify(RECORD).padEnd(MAX_PROJECT_RECORD_LENGTH);
    expect(parseProject(padded)).toEqual(PROJECT);
    expect(() => parseProject(`${padded} `)).toThrow(/longer than/);
  });

  test("cannot reach into what all objects have", () => {
    expect(refusalOf(JSON.parse('{"__proto__": {"id": "x"}}'))).toMatchObject({ details: { key: "id" } });
  });
});

describe("a route", () => {
  test("is one host, one port, and addresses there", () => {
    const route = "/dnsaddr/a.example/tcp/4000/service/p/secure/api/worker/w";
    expect(expectProjectRoute(route)).toBe(route);
    expect(expectProjectRoute("ip4/1.2.3.4/tcp/04000")).toBe("/ip4/1.2.3.4/tcp/4000");
    expect(projectIdOfRoute(route)).toBe("p");
    expect(projectIdOfRoute("/ip4/1.2.3.4/tcp/1/secure/api")).toBeUndefined();
  });

  test.each([
    "",
    "/service/api",
    "/tcp/4000/service/api",
    "/dnsaddr/a/udp/4000/service/api",
    "/dnsaddr//tcp/4000",
    "/dnsaddr/a/tcp/4000/service/",
    "/dnsaddr/a/tcp/4000/ip4/1.2.3.4/tcp/5",
    "/dnsaddr/a/tcp/4000/project/p",
    "/node/n1",
    "nonsense",
  ])("is not %j", (route) => {
    expect(() => expectProjectRoute(route)).toThrow(
      expect.objectContaining({ code: PROJECT_ERROR_CODES.invalidRoute }),
    );
  });
});

function refusalOf(record: unknown): unknown {
  try {
    return parseProject(JSON.stringify(record));
  } catch (error) {
    return error;
  }
}
