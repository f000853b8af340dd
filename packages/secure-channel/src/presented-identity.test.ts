import { CborWriter, concatBytes, fromHex, toHex } from "@ockam/codec";
import { expect, test } from "vitest";

import { identityPayloadParts } from "../testing/vectors.ts";
import {
  decodePresentedIdentity,
  encodePresentedIdentity,
  MAX_PRESENTED_CREDENTIALS,
} from "./presented-identity.ts";

const changeHistory = fromHex(identityPayloadParts.initiator_change_history);
const attestation = fromHex(identityPayloadParts.initiator_purpose_key_attestation);
const credential = fromHex(identityPayloadParts.credential_and_purpose_key);

test.each([
  ["without a credential", [], identityPayloadParts.identity_and_credentials_without_credential],
  ["with a credential", [credential], identityPayloadParts.identity_and_credentials_with_credential],
])("is encoded and decoded as recorded, %s", (_, credentials, hex) => {
  const presented = { changeHistory, attestation, credentials };
  expect(toHex(encodePresentedIdentity(presented))).toBe(hex);
  expect(decodePresentedIdentity(fromHex(hex))).toEqual(presented);
});

test("further fields, further bytes and arrays of indefinite length are tolerated", () => {
  const body = concatBytes(changeHistory, attestation);
  const expected = { changeHistory, attestation, credentials: [] };
  for (const [head, tail] of [
    ["84", "80a0"],
    ["83", "80ffff"],
    ["9f", "9fffff"],
  ]) {
    expect(decodePresentedIdentity(concatBytes(fromHex(head!), body, fromHex(tail!)))).toEqual(expected);
  }
});

test("of many credentials the first are read", () => {
  const credentials = Array.from({ length: 1000 }, (_, index) => new CborWriter().uint(index).finish());
  const decoded = decodePresentedIdentity(
    encodePresentedIdentity({ changeHistory, attestation, credentials }),
  );
  expect(decoded.credentials).toEqual(credentials.slice(0, MAX_PRESENTED_CREDENTIALS));
});

test.each([
  "",
  "80",
  "82" + identityPayloadParts.initiator_change_history,
  "a0",
  "83f6",
  "9f",
  "83" + "81".repeat(65_000),
])("something else is refused: %.20s", (hex) => {
  expect(() => decodePresentedIdentity(fromHex(hex))).toThrow(
    expect.objectContaining({ code: "OCKAM_CODEC_INVALID_CBOR" }),
  );
});
