// Issues the caller's credential. docs/protocol/authority.md, "Credentials".
import { CborReader } from "@ockam/codec";
import { Attributes, issueCredential } from "@ockam/credentials";
import type { AttributeText } from "@ockam/credentials";
import type { Identifier } from "@ockam/identity";

import type { ApiRequest } from "./api-request.ts";
import type { AuthorityCore } from "./authority.ts";
import {
  CREDENTIAL_ISSUER,
  RELAY_ATTRIBUTE,
  RUST_MINIMUM_LIFETIME,
  TLS_CERTIFICATE_ATTRIBUTE,
  TRUST_CONTEXT_ATTRIBUTE,
} from "./constants.ts";
import type { Answer, Service } from "./service.ts";
import { forbidden, UNKNOWN_PATH } from "./service.ts";

/** The service that gives a member its credential. Nothing in the request changes whom it is about. */
export function credentialIssuer(core: AuthorityCore): Service {
  return {
    address: CREDENTIAL_ISSUER,
    async handle(caller, request) {
      if (request.method !== "POST" || !["/", "/credential"].includes(request.path)) return UNKNOWN_PATH;
      const attributes = await attributesOf(core, caller);
      if (attributes === undefined) return forbidden("unauthorized member");
      return issue(core, caller, attributes, request);
    },
  };
}

/** Undefined for one who is no member. The member's own attributes win over what all have. */
async function attributesOf(core: AuthorityCore, caller: Identifier): Promise<Attributes | undefined> {
  const { isAccountAdmin, member } = await core.roles.of(caller);
  const everybody: [AttributeText, AttributeText][] =
    core.trustContextId === false ? [] : [[TRUST_CONTEXT_ATTRIBUTE, core.projectIdentifier]];
  if (isAccountAdmin) {
    return new Attributes([...everybody, [RELAY_ATTRIBUTE, "*"], [TLS_CERTIFICATE_ATTRIBUTE, "true"]]);
  }
  return member === undefined ? undefined : new Attributes([...everybody, ...member.attributes]);
}

async function issue(
  core: AuthorityCore,
  caller: Identifier,
  attributes: Attributes,
  request: ApiRequest,
): Promise<Answer> {
  const { credentialLifetime, identifier, identities, storage } = core;
  const ttl = renewsEarly(request.body)
    ? credentialLifetime
    : Math.max(credentialLifetime, RUST_MINIMUM_LIFETIME);
  // Those that were made up to the last change are void.
  const changedAt = await storage.lastChangeOf(caller);
  const credential = await issueCredential(identities, {
    issuer: identifier,
    subject: caller,
    attributes,
    ttl,
    ...(changedAt === undefined ? {} : { notBefore: changedAt + 1 }),
  });
  return { body: credential.encoded };
}

/** Whether the caller says that it renews well before the end: `{ 1: true }`. Of other bodies nothing is understood. */
function renewsEarly(body: Uint8Array | undefined): boolean {
  if (body === undefined) return false;
  const reader = new CborReader(body);
  const fields = reader.map();
  let renews = false;
  while (fields.next()) {
    if (reader.uint() === 1) renews = reader.bool();
    else reader.skip();
  }
  fields.end();
  return renews;
}
