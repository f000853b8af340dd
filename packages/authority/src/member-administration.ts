// Lists, adds and removes members. docs/protocol/authority.md, "Members".
import { CborReader, CborWriter } from "@ockam/codec";
import type { Attributes } from "@ockam/credentials";
import { Identifier, IDENTIFIER_LENGTH } from "@ockam/identity";

import type { ApiRequest } from "./api-request.ts";
import { faultOfAttributes, readAttributeTexts } from "./attribute-texts.ts";
import { invalidMessage } from "./authority-error.ts";
import type { AuthorityCore } from "./authority.ts";
import { MAX_BODY_LENGTH, MAX_CHANGES_AHEAD, MAX_MEMBERS, MEMBER_ADMINISTRATION } from "./constants.ts";
import { writeAttributesEntry } from "./member.ts";
import type { StoredMember } from "./membership-storage.ts";
import type { Role } from "./roles.ts";
import { makesEnroller } from "./roles.ts";
import type { Answer, Service } from "./service.ts";
import { DONE, forbidden, UNKNOWN_PATH } from "./service.ts";

const MAX_SEGMENTS = 5;
/** Leaves room for the header of an answer. */
const MAX_LIST_LENGTH: number = MAX_BODY_LENGTH - 64;

/** The service by which enrollers administer members. */
export function memberAdministration(core: AuthorityCore): Service {
  const members = new MemberAdministration(core);
  return {
    address: MEMBER_ADMINISTRATION,
    handle: (caller, request) => members.handle(caller, request),
  };
}

class MemberAdministration {
  readonly #core: AuthorityCore;

  constructor(core: AuthorityCore) {
    this.#core = core;
  }

  async handle(caller: Identifier, { body, method, path }: ApiRequest): Promise<Answer> {
    const [first = "", ...rest] = segments(path);
    const isCollection = rest.length === 0 && (first === "" || first === "members");
    const member =
      rest.length === 0 ? first : first === "members" && rest.length === 1 ? rest[0]! : undefined;
    if (method === "POST" && isCollection) return this.#add(caller, body);
    if (method === "GET" && rest.length === 0 && first === "member_ids") return this.#listIdentifiers(caller);
    if (method === "GET" && isCollection) return this.#list(caller);
    if (method === "DELETE" && rest.length === 0 && first === "members") return this.#deleteAll(caller);
    if (member === undefined || member === "") return UNKNOWN_PATH;
    if (method === "GET") return this.#show(caller, Identifier.parse(member));
    if (method === "DELETE") return this.#delete(caller, Identifier.parse(member));
    return UNKNOWN_PATH;
  }

  async #add(caller: Identifier, body: Uint8Array | undefined): Promise<Answer> {
    const { attributes, expiresAt, member } = readAddition(body);
    const { changes, now, roles, storage } = this.#core;
    const role = await roles.of(caller);
    if (!role.isEnroller) {
      return forbidden(`Non-enroller ${caller.toString()} is trying to add a member ${member.toString()}`);
    }
    if (makesEnroller(attributes) && !role.isAdmin) {
      return forbidden("Not pre trusted enroller is trying to create an enroller");
    }
    const known = await storage.find(member);
    if (known !== undefined && makesEnroller(known.attributes) && !role.isAdmin) {
      return forbidden("Not admin is trying to change an enroller");
    }
    const fault = faultOfAttributes(attributes);
    if (fault !== undefined) return forbidden(fault);
    const time = now();
    const changedAt = (await storage.lastChangeOf(member)) ?? 0;
    if (changedAt - time >= MAX_CHANGES_AHEAD)
      return forbidden("the member changes too often: try again later");
    if (known === undefined && (await storage.counts(time)).members >= MAX_MEMBERS) {
      return forbidden("Error adding member");
    }
    const stored: StoredMember = {
      identifier: member,
      attributes,
      addedBy: caller,
      addedAt: time,
      ...(expiresAt === undefined ? {} : { expiresAt }),
      isPreTrusted: false,
    };
    await storage.put(stored, known === undefined ? undefined : time);
    changes.wake();
    return DONE;
  }

  async #list(caller: Identifier): Promise<Answer> {
    if (!(await this.#core.roles.of(caller)).isEnroller) return MAY_NOT_LIST;
    const members = await this.#core.storage.list();
    const writer = new CborWriter().map(members.length);
    for (const member of members) {
      writer.bytes(member.identifier.bytes);
      writeAttributesEntry(writer, entryOf(member));
      if (writer.length > MAX_LIST_LENGTH) return TOO_LONG;
    }
    return { body: writer.finish() };
  }

  async #listIdentifiers(caller: Identifier): Promise<Answer> {
    if (!(await this.#core.roles.of(caller)).isEnroller) return MAY_NOT_LIST;
    const members = await this.#core.storage.list();
    const writer = new CborWriter().array(members.length);
    for (const { identifier } of members) writer.bytes(identifier.bytes);
    return { body: writer.finish() };
  }

  async #show(caller: Identifier, identifier: Identifier): Promise<Answer> {
    if (!(await this.#core.roles.of(caller)).isEnroller) {
      return forbidden("Non-enroller is trying to retrieve a member");
    }
    const member = await this.#core.storage.find(identifier);
    if (member === undefined) return forbidden(`Member ${identifier.toString()} not found`);
    const writer = new CborWriter();
    writeAttributesEntry(writer, entryOf(member));
    return { body: writer.finish() };
  }

  async #delete(caller: Identifier, identifier: Identifier): Promise<Answer> {
    const role = await this.#core.roles.of(caller);
    if (!role.isEnroller) return MAY_NOT_DELETE;
    const member = await this.#core.storage.find(identifier);
    const fault = faultOfDeletion(role, member);
    if (fault !== undefined) return forbidden(fault);
    await this.#remove(identifier);
    return DONE;
  }

  /** All but the caller; those that the caller may not remove stay, without a word. */
  async #deleteAll(caller: Identifier): Promise<Answer> {
    const role = await this.#core.roles.of(caller);
    if (!role.isEnroller) return MAY_NOT_DELETE;
    for (const member of await this.#core.storage.list()) {
      const stays = member.identifier.equals(caller) || faultOfDeletion(role, member) !== undefined;
      if (stays) continue;
      await this.#remove(member.identifier);
      await othersTurn();
    }
    return DONE;
  }

  async #remove(identifier: Identifier): Promise<void> {
    const { changes, now, storage } = this.#core;
    await storage.delete(identifier, now());
    changes.wake();
  }
}

/** A storage may work without ever waiting: of many removals nobody would be answered before the last. */
function othersTurn(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}

const TOO_LONG = forbidden("The list of members is too long: list their identifiers, and show one at a time");
const MAY_NOT_LIST = forbidden("Non-enroller is trying to list members");
const MAY_NOT_DELETE = forbidden("Non-enroller is trying to delete a member");

function faultOfDeletion({ isAdmin }: Role, member: StoredMember | undefined): string | undefined {
  if (member === undefined) return undefined;
  if (member.isPreTrusted) return "Enroller is trying to delete a pre trusted identity";
  if (makesEnroller(member.attributes) && !isAdmin) return "Not admin is trying to delete an enroller";
  return undefined;
}

function entryOf(member: StoredMember): Parameters<typeof writeAttributesEntry>[1] {
  const { addedAt, addedBy, attributes, expiresAt } = member;
  return { addedAt, attributes, attestedBy: addedBy, ...(expiresAt === undefined ? {} : { expiresAt }) };
}

/** Leading slashes do not count. */
function segments(path: string): readonly string[] {
  return path.replace(/^\/+/, "").split("/", MAX_SEGMENTS);
}

function readAddition(body: Uint8Array | undefined): {
  readonly member: Identifier;
  readonly attributes: Attributes;
  readonly expiresAt: number | undefined;
} {
  if (body === undefined) throw invalidMessage("a request without a body");
  const reader = new CborReader(body);
  const fields = reader.map();
  let member: Identifier | undefined;
  let attributes: Attributes | undefined;
  let expiresAt: number | undefined;
  while (fields.next()) {
    const key = reader.uint();
    if (key === 1) member = new Identifier(reader.bytes(IDENTIFIER_LENGTH));
    else if (key === 2) attributes = readAttributeTexts(reader);
    else if (key === 3) expiresAt = reader.null() ? undefined : reader.uint();
    else reader.skip();
  }
  fields.end();
  if (member === undefined || attributes === undefined) throw invalidMessage("a request without a field");
  return { member, attributes, expiresAt };
}
