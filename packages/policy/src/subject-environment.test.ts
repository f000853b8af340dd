import { fromHex } from "@ockam/codec";
import { Attributes } from "@ockam/credentials";
import { Identifier } from "@ockam/identity";
import { expect, test } from "vitest";

import { Policy } from "./policy.ts";
import { subjectEnvironment } from "./subject-environment.ts";

const subject = new Identifier(fromHex("ab".repeat(32)));

test("all of it", () => {
  const attributes = Attributes.of({ role: "member", "a.b": "ü" });
  expect(Object.fromEntries(subjectEnvironment({ subject, resource: "outlet", attributes }))).toEqual({
    "subject.identifier": `I${"ab".repeat(32)}`,
    "subject.has_credential": true,
    "subject.role": "member",
    "subject.a.b": "ü",
    "resource.id": "outlet",
    "action.id": "handle_message",
  });
});

test("without a credential, and without an authority", () => {
  const withAuthority = subjectEnvironment({ subject, attributes: undefined });
  expect(withAuthority.get("subject.has_credential")).toBe(false);
  expect(withAuthority.has("resource.id")).toBe(false);
  const without = subjectEnvironment({ subject, action: "look" });
  expect(without.has("subject.has_credential")).toBe(false);
  expect(without.get("action.id")).toBe("look");
});

test("a credential that claims to be somebody else is not believed", () => {
  const attributes = Attributes.of({
    identifier: `I${"cd".repeat(32)}`,
    has_credential: "x",
    role: "member",
  });
  const environment = subjectEnvironment({ subject, attributes });
  expect(environment.get("subject.identifier")).toBe(subject.toString());
  expect(environment.get("subject.has_credential")).toBe(true);
  expect(Policy.parse(`I${"cd".repeat(32)}`).allows(environment)).toBe(false);
  expect(Policy.parse(`${String(subject)} and role=member`).allows(environment)).toBe(true);
});

test("attributes that are not UTF-8 are left out", () => {
  const attributes = new Attributes([
    ["role", fromHex("ff")],
    [fromHex("ff"), "x"],
    ["team", "blue"],
  ]);
  const environment = subjectEnvironment({ subject, attributes });
  expect([...environment.keys()].filter((name) => name.startsWith("subject."))).toEqual([
    "subject.team",
    "subject.identifier",
    "subject.has_credential",
  ]);
});
