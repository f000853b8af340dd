// Makes one-time codes. docs/protocol/authority.md, "One-time codes".
import { CborReader, CborWriter } from "@ockam/codec";
import type { Attributes } from "@ockam/credentials";

import { faultOfAttributes, readAttributeTexts } from "./attribute-texts.ts";
import { invalidMessage } from "./authority-error.ts";
import type { AuthorityCore } from "./authority.ts";
import {
  MAX_TOKEN_LIFETIME,
  MAX_TOKENS,
  MAX_TOKEN_USES,
  ONE_TIME_CODE_LENGTH,
  TOKEN_ISSUER,
  TOKEN_LIFETIME,
} from "./constants.ts";
import { makesEnroller } from "./roles.ts";
import type { Service } from "./service.ts";
import { forbidden, UNKNOWN_PATH } from "./service.ts";

/** The service by which enrollers make one-time codes. The code is told once, and kept as its hash. */
export function tokenIssuer({ identities, now, roles, storage }: AuthorityCore): Service {
  return {
    address: TOKEN_ISSUER,
    async handle(caller, { body, method, path }) {
      if (method !== "POST" || !["/", "/tokens"].includes(path)) return UNKNOWN_PATH;
      const { attributes, ttl, uses } = readTokenRequest(body);
      const { isAdmin, isEnroller } = await roles.of(caller);
      if (!isEnroller) return forbidden("Non-enroller is trying to issue an enrollment token");
      if (makesEnroller(attributes) && !isAdmin) {
        return forbidden("Not admin is trying to issue an enrollment token for an enroller");
      }
      const fault = faultOfAttributes(attributes) ?? faultOfToken(ttl, uses);
      if (fault !== undefined) return forbidden(fault);
      const time = now();
      const { tokens } = await storage.counts(time);
      if (tokens >= MAX_TOKENS) return forbidden(`there are ${MAX_TOKENS} open enrollment tokens`);
      const code = identities.vault.backend.randomBytes(ONE_TIME_CODE_LENGTH);
      await storage.addToken({
        codeHash: identities.vault.sha256(code),
        issuedBy: caller,
        createdAt: time,
        expiresAt: time + ttl,
        // As with Rust, 0 is once.
        uses: Math.max(1, uses),
        attributes,
      });
      return { body: new CborWriter().map(1).uint(1).bytes(code).finish() };
    },
  };
}

interface TokenRequest {
  readonly attributes: Attributes;
  /** s */
  readonly ttl: number;
  readonly uses: number;
}

function readTokenRequest(body: Uint8Array | undefined): TokenRequest {
  if (body === undefined) throw invalidMessage("a request without a body");
  const reader = new CborReader(body);
  const fields = reader.map();
  let attributes: Attributes | undefined;
  let [ttl, uses] = [TOKEN_LIFETIME, 1];
  while (fields.next()) {
    const key = reader.uint();
    if (key === 1) attributes = readAttributeTexts(reader);
    else if (key === 2) ttl = reader.null() ? ttl : reader.uint();
    else if (key === 3) uses = reader.null() ? uses : reader.uint();
    else reader.skip();
  }
  fields.end();
  if (attributes === undefined) throw invalidMessage("a request without attributes");
  return { attributes, ttl, uses };
}

function faultOfToken(ttl: number, uses: number): string | undefined {
  if (ttl > MAX_TOKEN_LIFETIME) return `an enrollment token lasts at most ${MAX_TOKEN_LIFETIME} s`;
  if (uses > MAX_TOKEN_USES) return `an enrollment token can be used at most ${MAX_TOKEN_USES} times`;
  return undefined;
}
