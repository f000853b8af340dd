// What a member, an enroller or an administrator asks an authority. docs/protocol/authority.md, "Services".
import { CborReader, CborWriter, isOckamError } from "@ockam/codec";
import { Address } from "@ockam/core-routing";
import type { Route, Router } from "@ockam/core-routing";
import { Identifier, IDENTIFIER_LENGTH } from "@ockam/identity";

import type { Method } from "./api-request.ts";
import { encodeApiRequest } from "./api-request.ts";
import { decodeApiError, decodeApiResponse, STATUS } from "./api-response.ts";
import { writeAttributeTexts } from "./attribute-texts.ts";
import { AUTHORITY_ERROR_CODES, authorityError, invalidMessage } from "./authority-error.ts";
import type { AuthorityErrorCode } from "./authority-error.ts";
import {
  CHANGES_WAIT,
  CREDENTIAL_ISSUER,
  MEMBER_ADMINISTRATION,
  MEMBERSHIP_CHANGES,
  ONE_TIME_CODE_LENGTH,
  PROJECT,
  TOKEN_ACCEPTOR,
  TOKEN_ISSUER,
} from "./constants.ts";
import type { Member } from "./member.ts";
import { readAttributesEntry } from "./member.ts";
import type { MembershipChanges } from "./membership-changes.ts";
import { decodeChanges, encodeChangesRequest } from "./membership-changes.ts";
import { encodeRegistration } from "./project-registration.ts";
import type { ProjectRegistration } from "./project-registration.ts";

/** How long an answer may take unless told otherwise, ms. */
export const AUTHORITY_TIMEOUT = 30_000;
/**
 * How long a service that only our authorities have may take to answer, ms. Those of others say nothing, where they answer
 * at once.
 */
export const OWN_SERVICE_TIMEOUT = 5000;

/** Bounds of one call. */
export interface CallOptions {
  /** ms */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

/** Options of an {@link AuthorityClient}: bounds of calls that have none of their own. */
export interface AuthorityClientOptions extends CallOptions {}

/** What a one-time code is to be. */
export interface TokenOptions extends CallOptions {
  /** What its member will have. */
  readonly attributes: ReadonlyMap<string, string>;
  /** How long it is good, s; the authority's default when absent: ten minutes. */
  readonly ttl?: number;
  /** How often it may be used; once when absent. */
  readonly uses?: number;
}

/** How a member is added. */
export interface MemberOptions extends CallOptions {
  /**
   * It is no member from this second on, seconds since 1970; for good when absent. A Rust authority does not read it:
   * see {@link Member.expiresAt} of what it says about the member.
   */
  readonly expiresAt?: number;
}

/**
 * The services of an authority, asked through a secure channel whose peer is the authority: that, and that alone, makes the
 * answers worth anything, and says who asks.
 *
 * Every call throws OckamError OCKAM_AUTHORITY_REFUSED when the authority says no (`details.reason` has its words),
 * OCKAM_AUTHORITY_UNANSWERED, OCKAM_AUTHORITY_NOT_FOUND, OCKAM_AUTHORITY_FAILED, OCKAM_AUTHORITY_INVALID_MESSAGE, or the
 * signal's reason.
 */
export class AuthorityClient {
  readonly #router: Router;
  readonly #channel: Route;
  readonly #options: AuthorityClientOptions;

  /** @param channel the way through the channel: its address. */
  constructor(router: Router, channel: Route, options: AuthorityClientOptions = {}) {
    this.#router = router;
    this.#channel = channel;
    this.#options = options;
  }

  /**
   * Asks for the own credential, encoded with the attestation of the key that signed it. It is not verified here.
   */
  async issueCredential(options?: CallOptions): Promise<Uint8Array> {
    // Says that this member renews well before the end; a Rust authority does not read it.
    const body = new CborWriter().map(1).uint(1).bool(true).finish();
    return this.#body(await this.#call(CREDENTIAL_ISSUER, "POST", "/", body, options));
  }

  /** Makes a one-time code of 32 bytes, with which a new member can be enrolled. For enrollers. */
  async createToken(options: TokenOptions): Promise<Uint8Array> {
    const { attributes, ttl, uses } = options;
    const writer = new CborWriter()
      .map(1 + (ttl === undefined ? 0 : 1) + (uses === undefined ? 0 : 1))
      .uint(1);
    writeAttributeTexts(writer, attributes);
    if (ttl !== undefined) writer.uint(2).uint(ttl);
    if (uses !== undefined) writer.uint(3).uint(uses);
    const body = await this.#call(TOKEN_ISSUER, "POST", "/", writer.finish(), options);
    return read(this.#body(body), readOneTimeCode);
  }

  /** Becomes a member by a one-time code. One who is a member already stays as it is, and the code is not used up. */
  async redeemToken(code: Uint8Array, options?: CallOptions): Promise<"enrolled" | "already-a-member"> {
    const body = new CborWriter().map(1).uint(1).bytes(code).finish();
    try {
      await this.#call(TOKEN_ACCEPTOR, "POST", "/", body, options);
      return "enrolled";
    } catch (error) {
      const isMember =
        isOckamError(error, AUTHORITY_ERROR_CODES.refused) &&
        String(error.details["reason"]).toLowerCase().includes("already a member");
      if (isMember) return "already-a-member";
      throw error;
    }
  }

  /** Adds a member, or gives it other attributes and another end. For enrollers. */
  async addMember(
    identifier: Identifier,
    attributes: ReadonlyMap<string, string>,
    options: MemberOptions = {},
  ): Promise<void> {
    const { expiresAt } = options;
    const writer = new CborWriter()
      .map(expiresAt === undefined ? 2 : 3)
      .uint(1)
      .bytes(identifier.bytes)
      .uint(2);
    writeAttributeTexts(writer, attributes);
    if (expiresAt !== undefined) writer.uint(3).uint(expiresAt);
    await this.#call(MEMBER_ADMINISTRATION, "POST", "/", writer.finish(), options);
  }

  /** All members. For enrollers. */
  async members(options?: CallOptions): Promise<readonly Member[]> {
    const body = this.#body(await this.#call(MEMBER_ADMINISTRATION, "GET", "/", undefined, options));
    return read(body, (reader) => {
      const members: Member[] = [];
      const items = reader.map();
      while (items.next()) {
        members.push(readAttributesEntry(reader, new Identifier(reader.bytes(IDENTIFIER_LENGTH))));
      }
      items.end();
      return members;
    });
  }

  /** The identifiers of all members. For enrollers. */
  async memberIdentifiers(options?: CallOptions): Promise<readonly Identifier[]> {
    const answer = await this.#call(MEMBER_ADMINISTRATION, "GET", "/member_ids", undefined, options);
    return read(this.#body(answer), (reader) => {
      const identifiers: Identifier[] = [];
      const items = reader.array();
      while (items.next()) identifiers.push(new Identifier(reader.bytes(IDENTIFIER_LENGTH)));
      items.end();
      return identifiers;
    });
  }

  /** One member. For enrollers. An authority refuses an identifier that is no member's. */
  async member(identifier: Identifier, options?: CallOptions): Promise<Member> {
    const answer = await this.#call(
      MEMBER_ADMINISTRATION,
      "GET",
      `/${identifier.toString()}`,
      undefined,
      options,
    );
    return read(this.#body(answer), (reader) => readAttributesEntry(reader, identifier));
  }

  /** Removes a member; one that is not there is no error. For enrollers. */
  async deleteMember(identifier: Identifier, options?: CallOptions): Promise<void> {
    await this.#call(MEMBER_ADMINISTRATION, "DELETE", `/${identifier.toString()}`, undefined, options);
  }

  /** Removes all members but the caller and those that it may not remove. For enrollers. */
  async deleteMembers(options?: CallOptions): Promise<void> {
    await this.#call(MEMBER_ADMINISTRATION, "DELETE", "/members", undefined, options);
  }

  /**
   * Whose membership changed since that sequence number; waits up to {@link CHANGES_WAIT} for something to change. Without a
   * number: the present one, at once. For members.
   * @returns undefined from an authority that does not tell.
   */
  async membershipChanges(
    since: number | undefined,
    options: CallOptions = {},
  ): Promise<MembershipChanges | undefined> {
    const timeout = since === undefined ? OWN_SERVICE_TIMEOUT : CHANGES_WAIT + AUTHORITY_TIMEOUT;
    const request = this.#call(MEMBERSHIP_CHANGES, "POST", "/", encodeChangesRequest(since), {
      timeout,
      ...options,
    });
    const answer = since === undefined ? await offered(request) : { body: await request };
    return answer === undefined ? undefined : decodedChanges(this.#body(answer.body));
  }

  /** The project's record as JSON; undefined from an authority that does not tell. */
  async project(options: CallOptions = {}): Promise<string | undefined> {
    const request = this.#call(PROJECT, "GET", "/", undefined, { timeout: OWN_SERVICE_TIMEOUT, ...options });
    const answer = await offered(request);
    return answer === undefined ? undefined : read(this.#body(answer.body), (reader) => reader.text());
  }

  /** Tells where the project's node is. For the member that is that node. */
  async registerProjectNode(registration: ProjectRegistration, options?: CallOptions): Promise<void> {
    await this.#call(PROJECT, "PUT", "/", encodeRegistration(registration), options);
  }

  #body(body: Uint8Array | undefined): Uint8Array {
    if (body === undefined) throw invalidMessage("an answer without a body");
    return body;
  }

  async #call(
    service: string,
    method: Method,
    path: string,
    body: Uint8Array | undefined,
    options: CallOptions = {},
  ): Promise<Uint8Array | undefined> {
    const { timeout = AUTHORITY_TIMEOUT, signal } = { ...this.#options, ...options };
    const request = encodeApiRequest({ id: randomId(), path, method, body });
    const route = [...this.#channel, Address.local(service)];
    let payload: Uint8Array;
    try {
      const bounds = signal === undefined ? { timeout } : { timeout, signal };
      ({ payload } = await this.#router.request(route, request, bounds));
    } catch (error) {
      if (!isOckamError(error) || signal?.aborted === true) throw error;
      throw authorityError(
        AUTHORITY_ERROR_CODES.unanswered,
        `the authority does not answer (${service}): ${error.message}`,
        { cause: error, details: { service } },
      );
    }
    const response = decodeApiResponse(payload);
    if (response.status === STATUS.ok) return response.body;
    throw refusal(service, response.status, decodeApiError(response.body));
  }
}

/** What an own service answers; undefined when nobody is there. */
async function offered(
  request: Promise<Uint8Array | undefined>,
): Promise<{ readonly body: Uint8Array | undefined } | undefined> {
  try {
    return { body: await request };
  } catch (error) {
    const isAbsent =
      isOckamError(error, AUTHORITY_ERROR_CODES.unanswered) &&
      isOckamError(error.cause, "OCKAM_ROUTING_TIMEOUT");
    if (isAbsent || isOckamError(error, AUTHORITY_ERROR_CODES.notFound)) return undefined;
    throw error;
  }
}

function refusal(service: string, status: number | undefined, reason: string): Error {
  const details = { service, reason, ...(status === undefined ? {} : { status }) };
  const [code, what] = meaningOf(status);
  return authorityError(code, `the authority ${what}${reason === "" ? "" : `: ${reason}`}`, { details });
}

function meaningOf(status: number | undefined): readonly [AuthorityErrorCode, string] {
  if (status === STATUS.notFound) return [AUTHORITY_ERROR_CODES.notFound, "does not have that"];
  if (status !== undefined && status >= STATUS.badRequest && status < STATUS.failed) {
    return [AUTHORITY_ERROR_CODES.refused, "refuses"];
  }
  return [AUTHORITY_ERROR_CODES.failed, "could not do that"];
}

function readOneTimeCode(reader: CborReader): Uint8Array {
  const fields = reader.map();
  let code: Uint8Array | undefined;
  while (fields.next()) {
    if (reader.uint() === 1) code = reader.bytes(ONE_TIME_CODE_LENGTH).slice();
    else reader.skip();
  }
  fields.end();
  if (code === undefined) throw invalidMessage("an answer without the code");
  return code;
}

function decodedChanges(body: Uint8Array): MembershipChanges {
  return understood(() => decodeChanges(body));
}

function read<T>(body: Uint8Array, reading: (reader: CborReader) => T): T {
  return understood(() => reading(new CborReader(body)));
}

function understood<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isOckamError(error)) throw error;
    throw invalidMessage("an answer that cannot be read", error);
  }
}

/** Not 0, which stands for a request that could not be read. */
function randomId(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]! || 1;
}
