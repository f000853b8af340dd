import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { toHex } from "@ockam/codec";
import { Attributes, issueCredential } from "@ockam/credentials";
import type { State } from "@ockam/node";
import { openState } from "@ockam/node/state";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { testTerminal } from "../testing/test-terminal.ts";
import { identifierOf, readCredential, verifyHex } from "./credential-argument.ts";

const state = openState({ inMemory: true });
const folder = mkdtempSync(join(tmpdir(), "ock-"));
const { terminal } = testTerminal();
let hex = "";

beforeAll(async () => {
  await state.identities.create({ name: "issuer" });
  const { identifier: subject } = await state.identities.create({ name: "subject" });
  const { identities, identifier: issuer } = state.identities.open("issuer");
  const attributes = Attributes.of({ city: "Paris" });
  hex = toHex((await issueCredential(identities, { issuer, subject, attributes, ttl: 60 })).encoded);
});
afterAll(() => {
  state.close();
  rmSync(folder, { recursive: true });
});

describe("where the credential comes from", () => {
  const file = join(folder, "credential");

  test("the argument, or a file with white space round it", async () => {
    writeFileSync(file, `  ${hex}\n`);
    expect(await readCredential({ credential: hex, credentialPath: undefined }, terminal)).toBe(hex);
    expect(await readCredential({ credential: undefined, credentialPath: file }, terminal)).toBe(hex);
  });

  test.each([
    [undefined, undefined],
    ["aa", "file"],
  ])("%s and %s", async (credential, credentialPath) => {
    await expect(readCredential({ credential, credentialPath }, terminal)).rejects.toMatchObject({
      code: "OCKAM_CLI_USAGE",
    });
  });

  test("a file that is not there is no credential", async () => {
    const credentialPath = join(folder, "nothing");
    await expect(readCredential({ credential: undefined, credentialPath }, terminal)).rejects.toMatchObject({
      code: "OCKAM_CLI_SOURCE_UNAVAILABLE",
      message: expect.stringContaining(credentialPath),
    });
  });
});

describe("verification", () => {
  test("of a genuine one", async () => {
    const verified = await verifyHex(state, hex, issuerOf(state));
    expect(verified.isValid && verified.credential.attributes.text("city")).toBe("Paris");
  });

  test.each([
    ["no hex", () => "xyz", "hex"],
    ["nothing", () => "", "decoded"],
    ["changed", () => `${hex.slice(0, 60)}ff${hex.slice(62)}`, ""],
  ])("of one that is %s", async (_, text, reason) => {
    const verified = await verifyHex(state, text(), issuerOf(state));
    expect(verified).toEqual({ isValid: false, reason: expect.stringContaining(reason) });
  });

  test("of somebody else's", async () => {
    const other = state.identities.get("subject").identifier;
    expect(await verifyHex(state, hex, other)).toMatchObject({ isValid: false });
  });

  test("where no identity is known", async () => {
    using empty = openState({ inMemory: true });
    const verified = await verifyHex(empty, hex, issuerOf(state));
    expect(verified).toEqual({ isValid: false, reason: expect.stringContaining("not known") });
  });
});

test("an identity is named by its identifier or by its name", () => {
  const { identifier } = state.identities.get("subject");
  expect(identifierOf(state, "subject").equals(identifier)).toBe(true);
  expect(identifierOf(state, ` ${identifier.toString()} `).equals(identifier)).toBe(true);
  expect(() => identifierOf(state, "nobody")).toThrow(
    expect.objectContaining({
      code: "OCKAM_IDENTITY_INVALID_IDENTIFIER",
      message: "'nobody' is neither an identifier nor the name of an identity on this machine",
    }),
  );
});

function issuerOf({ identities }: State) {
  return identities.get("issuer").identifier;
}
