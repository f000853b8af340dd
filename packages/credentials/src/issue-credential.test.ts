import { fromHex, toHex } from "@ockam/codec";
import { createIdentities, Identifier, PURPOSE_KEY_LIFETIME } from "@ockam/identity";
import { nobleBackend, nodeBackend } from "@ockam/vault";
import { describe, expect, test } from "vitest";

import { attributesOf, ISSUER, issuer, NOW, SUBJECT, vectors, verifier } from "../testing/vectors.ts";
import { Attributes } from "./attributes.ts";
import {
  MAX_ATTRIBUTES,
  MAX_CREDENTIAL_LENGTH,
  PROJECT_MEMBER_SCHEMA,
  RESERVED_ATTRIBUTES,
} from "./constants.ts";
import { decodeCredential } from "./credential.ts";
import type { CredentialOptions } from "./issue-credential.ts";
import { issueCredential } from "./issue-credential.ts";
import { verifyCredential } from "./verify-credential.ts";

const ATTRIBUTES = Attributes.of({ "ockam-role": "member", department: "design" });
const OPTIONS = { issuer: ISSUER, subject: SUBJECT, attributes: ATTRIBUTES, ttl: 1800 };

describe.each([nodeBackend()!, nobleBackend()])("with the $name backend", (backend) => {
  test.each(vectors.credentials)("$name is issued byte for byte", async (vector) => {
    const identities = await issuer(() => vector.createdAt, vector.key, backend);
    const credential = await issueCredential(identities, {
      issuer: ISSUER,
      subject: SUBJECT,
      attributes: attributesOf(vector),
      ttl: vector.expiresAt - vector.createdAt,
      schema: vector.schema,
    });
    expect(toHex(credential.encoded)).toBe(vector.encoded);
    expect(credential).toMatchObject({ createdAt: vector.createdAt, expiresAt: vector.expiresAt });
  });
});

test("what is issued is what a verifier finds", async () => {
  const identities = await issuer(() => NOW, "credential_purpose_key");
  const issued = await issueCredential(identities, OPTIONS);
  const expectations = { authorities: [ISSUER], expectedSubject: SUBJECT };
  const verified = await verifyCredential(await verifier(), issued.encoded, expectations);
  expect({ ...verified, attributes: [...verified.attributes] }).toEqual({
    ...issued,
    attributes: [...issued.attributes],
  });
  expect(issued.schema).toBe(PROJECT_MEMBER_SCHEMA);
  expect(issued.expiresAt - issued.createdAt).toBe(1800);
});

test("it is not older than is asked for, and lasts as long all the same", async () => {
  const identities = await issuer(() => NOW, "credential_purpose_key");
  const later = await issueCredential(identities, { ...OPTIONS, notBefore: NOW + 3 });
  expect([later.createdAt, later.expiresAt]).toEqual([NOW + 3, NOW + 3 + OPTIONS.ttl]);
  const earlier = await issueCredential(identities, { ...OPTIONS, notBefore: NOW - 3 });
  expect([earlier.createdAt, earlier.expiresAt]).toEqual([NOW, NOW + OPTIONS.ttl]);
});

test("it names the subject's newest change", async () => {
  const identities = createIdentities();
  const authority = await identities.create();
  const member = await identities.create();
  const rotated = await identities.rotate(member.identifier);
  const issued = await issueCredential(identities, {
    ...OPTIONS,
    issuer: authority.identifier,
    subject: member.identifier,
  });
  expect(decodeCredential(issued.encoded).subjectLatestChangeHash).toEqual(rotated.latest.hash);
});

test("a credential never outlives the key that signs it", async () => {
  const identities = createIdentities({ now: () => NOW });
  const authority = await identities.create();
  const options = { ...OPTIONS, issuer: authority.identifier, subject: authority.identifier };
  const key = await identities.purposeKey(authority.identifier, "credentials");
  const issued = await issueCredential(identities, { ...options, ttl: 2 * PURPOSE_KEY_LIFETIME });
  expect(issued.expiresAt).toBe(key.expiresAt);
  await verifyCredential(identities, issued.encoded, { authorities: [authority.identifier] });
});

test("a key that ends too soon is replaced, and long wishes do not replace one each time", async () => {
  let now = NOW;
  const identities = createIdentities({ now: () => now });
  const { identifier } = await identities.create();
  const options = { ...OPTIONS, issuer: identifier, subject: identifier };
  const handle = async (): Promise<string> => (await identities.purposeKey(identifier, "credentials")).handle;
  const first = await handle();
  now += 1;
  await issueCredential(identities, { ...options, ttl: 2 * PURPOSE_KEY_LIFETIME });
  expect(await handle()).toBe(first);
  now = NOW + PURPOSE_KEY_LIFETIME - 1000;
  const issued = await issueCredential(identities, options);
  expect(await handle()).not.toBe(first);
  expect(issued.expiresAt).toBe(now + 1800);
});

test("after a clock was set back a little, a credential is as old as its key", async () => {
  let now = NOW;
  const identities = createIdentities({ now: () => now });
  const { identifier } = await identities.create();
  await identities.purposeKey(identifier, "credentials");
  now -= 30;
  const issued = await issueCredential(identities, { ...OPTIONS, issuer: identifier, subject: identifier });
  expect(issued.createdAt).toBe(NOW);
  await verifyCredential(identities, issued.encoded, { authorities: [identifier] });
});

test.each([
  ["an unknown issuer", { issuer: new Identifier(new Uint8Array(32)) }, "OCKAM_IDENTITY_NOT_FOUND"],
  ["an unknown subject", { subject: new Identifier(new Uint8Array(32)) }, "OCKAM_IDENTITY_NOT_FOUND"],
  ["somebody else as issuer", { issuer: SUBJECT }, "OCKAM_IDENTITY_KEY_NOT_FOUND"],
])("%s is refused", async (_, changes, code) => {
  const identities = await issuer(() => NOW, "credential_purpose_key");
  await expect(issueCredential(identities, { ...OPTIONS, ...changes })).rejects.toMatchObject({ code });
});

test.each<readonly [string, Partial<CredentialOptions>]>([
  ["no lifetime", { ttl: 0 }],
  ["a lifetime that is not whole", { ttl: 1.5 }],
  ["a lifetime without end", { ttl: Infinity }],
  ["a negative schema", { schema: -1 }],
  ["too many attributes", { attributes: numbered(MAX_ATTRIBUTES + 1) }],
  ["too long attributes", { attributes: new Attributes([["a", new Uint8Array(MAX_CREDENTIAL_LENGTH)]]) }],
  ...RESERVED_ATTRIBUTES.map(
    (name) => [`the attribute ${name}`, { attributes: Attributes.of({ [name]: "" }) }] as const,
  ),
])("%s is a RangeError", async (_, changes) => {
  const identities = await issuer(() => NOW, "credential_purpose_key");
  await expect(issueCredential(identities, { ...OPTIONS, ...changes })).rejects.toThrow(RangeError);
});

test("the names that policies use are reserved", () => {
  expect(RESERVED_ATTRIBUTES).toEqual(["identifier", "has_credential"]);
});

test("as many attributes as allowed are issued", async () => {
  const identities = await issuer(() => NOW, "credential_purpose_key");
  const issued = await issueCredential(identities, { ...OPTIONS, attributes: numbered(MAX_ATTRIBUTES) });
  expect(decodeCredential(issued.encoded).attributes.size).toBe(MAX_ATTRIBUTES);
});

test("nothing of the subject's secrets is needed: its history is enough", async () => {
  const identities = createIdentities({ now: () => NOW });
  const authority = await identities.create();
  await identities.import(fromHex(vectors.subject.changeHistory));
  const issued = await issueCredential(identities, { ...OPTIONS, issuer: authority.identifier });
  expect(issued.subject.equals(SUBJECT)).toBe(true);
});

function numbered(count: number): Attributes {
  return new Attributes(Array.from({ length: count }, (_, index) => [`name ${index}`, "value"] as const));
}
