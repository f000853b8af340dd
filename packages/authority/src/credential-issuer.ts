// Issues the caller's credential. docs/protocol/authority.md, "Credentials".
import { CborReader, isOckamError } from "@ockam/codec";
import { Attributes, issueCredential } from "@ockam/credentials";
import type { AttributeText } from "@ockam/credentials";
import type { Identifier } from "@ockam/identity";

import type { ApiRequest } from "./api-request.ts";
import { STATUS } from "./api-response.ts";
import type { AuthorityCore } from "./authority.ts";
import {
  CREDENTIAL_ISSUER,
  RELAY_ATTRIBUTE,
  RUST_MINIMUM_LIFETIME,
  TLS_CERTIFICATE_ATTRIBUTE,
  TRUST_CONTEXT_ATTRIBUTE,
} from "./constants.ts";
import type { Role } from "./roles.ts";
import { isProjectNode } from "./roles.ts";
import type { Service } from "./service.ts";
import { forbidden, UNKNOWN_PATH } from "./service.ts";

/** How often a credential is issued anew because the member changed meanwhile. */
const MAX_ATTEMPTS = 5;

/** The service that gives a member its credential. Nothing in the request changes whom it is about. */
export function credentialIssuer(core: AuthorityCore): Service {
  return {
    address: CREDENTIAL_ISSUER,
    async handle(caller, request) {
      if (request.method !== "POST" || !["/", "/credential"].includes(request.path)) return UNKNOWN_PATH;
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
        const changedAt = await core.storage.lastChangeOf(caller);
        const role = await core.roles.of(caller);
        if (isProjectNode(role.member?.attributes)) return NOT_FOR_THE_NODE;
        const granted = grantOf(core, role);
        if (granted === undefined) return forbidden("unauthorized member");
        const encoded = await issue(core, caller, granted, { request, changedAt });
        // One who was removed or changed in between must not get one that looks younger than that.
        if ((await core.storage.lastChangeOf(caller)) === changedAt) return { body: encoded };
      }
      return { status: STATUS.failed, reason: "the member changes all the time: try again" };
    },
  };
}

/** What a credential may say, and until when. */
interface Grant {
  readonly attributes: Attributes;
  readonly endsAt: number;
}

/** It carries what members send each other. With a credential it would pass for one of them at either end. */
const NOT_FOR_THE_NODE = forbidden("the project's node gets no credential");

/** Undefined for one who is no member. The member's own attributes win over what all have. */
function grantOf(core: AuthorityCore, { isAccountAdmin, member }: Role): Grant | undefined {
  const everybody: [AttributeText, AttributeText][] =
    core.trustContextId === false ? [] : [[TRUST_CONTEXT_ATTRIBUTE, core.projectIdentifier]];
  if (isAccountAdmin) {
    const own: [AttributeText, AttributeText][] = [
      [RELAY_ATTRIBUTE, "*"],
      [TLS_CERTIFICATE_ATTRIBUTE, "true"],
    ];
    return { attributes: new Attributes([...everybody, ...own]), endsAt: Number.POSITIVE_INFINITY };
  }
  if (member === undefined) return undefined;
  const { expiresAt = Number.POSITIVE_INFINITY } = member;
  return { attributes: new Attributes([...everybody, ...member.attributes]), endsAt: expiresAt };
}

async function issue(
  { credentialLifetime, identifier, identities, now }: AuthorityCore,
  caller: Identifier,
  { attributes, endsAt }: Grant,
  { changedAt, request }: { readonly request: ApiRequest; readonly changedAt: number | undefined },
): Promise<Uint8Array> {
  const lifetime = renewsEarly(request.body)
    ? credentialLifetime
    : Math.max(credentialLifetime, RUST_MINIMUM_LIFETIME);
  // Those that were made up to the last change are void.
  const notBefore = changedAt === undefined ? 0 : changedAt + 1;
  const ttl = Math.max(1, Math.min(lifetime, endsAt - Math.max(now(), notBefore)));
  const credential = await issueCredential(identities, {
    issuer: identifier,
    subject: caller,
    attributes,
    ttl,
    notBefore,
  });
  return credential.encoded;
}

/** Whether the caller says that it renews well before the end: `{ 1: true }`. Other bodies mean nothing. */
function renewsEarly(body: Uint8Array | undefined): boolean {
  if (body === undefined) return false;
  try {
    const reader = new CborReader(body);
    const fields = reader.map();
    let renews = false;
    while (fields.next()) {
      if (reader.uint() === 1) renews = reader.bool();
      else reader.skip();
    }
    return renews;
  } catch (error) {
    if (!isOckamError(error)) throw error;
    return false;
  }
}
