import { CborReader, CborWriter, fromHex, toHex } from "@ockam/codec";
import { Address, Router, SECURE_CHANNEL_IDENTIFIER } from "@ockam/core-routing";
import { Attributes, verifyCredential } from "@ockam/credentials";
import { createIdentities, Identifier } from "@ockam/identity";
import { afterEach, describe, expect, test, vi } from "vitest";

import type { Exchange } from "../testing/vectors.ts";
import { vectors } from "../testing/vectors.ts";
import { decodeApiRequest, encodeApiRequest } from "./api-request.ts";
import { decodeApiResponse, encodeApiResponse } from "./api-response.ts";
import { AuthorityClient } from "./authority-client.ts";
import { startAuthority } from "./authority.ts";
import { readAttributesEntry, writeAttributesEntry } from "./member.ts";
import { memoryMembershipStorage } from "./memory-membership-storage.ts";

const REQUEST_ID = 0x0a0b0c0d;
const CLIENT = new Map([["role", "client"]]);
const ENROLLER = Identifier.parse("I3c7547eca515f951712f5fb74e14b35b856358eee50750f67dc5c03a5e9c8129");
const OWNER = Identifier.parse("I827cade17c42f46dee1b3c9ccd4ceb2d5c4be8f2711f7b1e2af5a8dd09a57d50");
const JOINER = Identifier.parse("I6c766d3e9a54b95ace70cac08751a731a40bae410e138deb1ad147f8f26bee37");
const ADDED = Identifier.parse("If970a4341f73c63d29b09cb9c4dbf864083ea018eeadda5b48f1110a35a38855");
const STRANGER = Identifier.parse(`I${"11".repeat(32)}`);
const { exchanges } = vectors.services;

afterEach(() => {
  vi.restoreAllMocks();
});

const random = crypto.getRandomValues.bind(crypto);

/** The ids of messages are random: the next ones are these. */
function nextId(id: number): void {
  vi.spyOn(crypto, "getRandomValues").mockImplementation((array) =>
    array instanceof Uint32Array ? array.fill(id) : random(array),
  );
}

function exchange(name: string): Exchange {
  return exchanges.find((one) => one.name === name)!;
}

describe("frames", () => {
  const all = [...vectors.enrolment.exchanges, ...exchanges, ...vectors.rustClient];

  test.each(all)("of $service are read and written as they are", ({ request, response }) => {
    expect(toHex(encodeApiRequest(decodeApiRequest(fromHex(request))))).toBe(request);
    expect(toHex(encodeApiResponse(decodeApiResponse(fromHex(response))))).toBe(response);
  });

  test("an entry with everything", () => {
    const entry = readAttributesEntry(new CborReader(fromHex(vectors.entry)), JOINER);
    expect(entry).toMatchObject({ addedAt: 1_700_000_000, expiresAt: 1_700_000_060 });
    expect(entry.attributes.text("k")).toBe("v");
    const writer = new CborWriter();
    writeAttributesEntry(writer, entry);
    expect(toHex(writer.finish())).toBe(vectors.entry);
  });
});

describe("our client", () => {
  const wrong = new Uint8Array(32).fill(7);
  const redeemed = fromHex(exchange("redeem").request).slice(-32);
  const calls: readonly (readonly [string, (client: AuthorityClient) => Promise<unknown>, unknown])[] = [
    ["wrong code", (client) => client.redeemToken(wrong), "Unknown enrollment token"],
    ["redeem", (client) => client.redeemToken(redeemed), "enrolled"],
    ["already a member", (client) => client.redeemToken(redeemed), "already-a-member"],
    [
      "token by non-enroller",
      (client) => client.createToken({ attributes: new Map() }),
      "Non-enroller is trying to issue an enrollment token",
    ],
    ["list by non-enroller", (client) => client.members(), "Non-enroller is trying to list members"],
    [
      "create token",
      (client) => client.createToken({ attributes: new Map([...CLIENT, ["x", "y"]]), ttl: 600 }),
      fromHex(exchange("create token").response).slice(-32),
    ],
    ["unknown member", (client) => client.member(STRANGER), `Member ${String(STRANGER)} not found`],
    ["delete member", (client) => client.deleteMember(ADDED), undefined],
  ];

  test.each(calls)("%s", async (name, call, expected) => {
    const { request, result } = await replay(exchange(name), call);
    expect(request).toBe(exchange(name).request);
    expect(result).toEqual(expected);
  });

  test("members", async () => {
    const one = await replay(exchange("get member"), (client) => client.member(ADDED));
    expect(one.request).toBe(exchange("get member").request);
    expect(one.result).toMatchObject({ identifier: ADDED, addedAt: 0x6b03e910, attestedBy: ENROLLER });
    const all = await replay(exchange("list members"), (client) => client.members());
    expect(all.request).toBe(exchange("list members").request);
    expect(all.result).toHaveLength(6);
    expect(all.result).toContainEqual(one.result);
    const identifiers = await replay(exchange("member ids"), (client) => client.memberIdentifiers());
    expect(identifiers.request).toBe(exchange("member ids").request);
    expect(identifiers.result).toHaveLength(6);
  });

  test("the credential of a Rust authority is good", async () => {
    const { at, authorityChangeHistory, exchanges: enrolment, subject } = vectors.enrolment;
    const identities = createIdentities({ now: () => at });
    const { identifier } = await identities.import(fromHex(authorityChangeHistory));
    const { result } = await replay(enrolment.at(-1)!, (client) => client.issueCredential());
    const credential = await verifyCredential(identities, result as Uint8Array, {
      authorities: [identifier],
      expectedSubject: Identifier.parse(subject),
    });
    expect(credential.attributes.toText()).toEqual(new Map([...CLIENT, ["trust_context_id", "default"]]));
  });
});

describe("our services", () => {
  test("answer the recorded requests as Rust's did", async () => {
    let now = 0x6b03e908;
    const identities = createIdentities({ now: () => now });
    const storage = memoryMembershipStorage();
    const router = new Router();
    const { identifier } = await identities.create();
    startAuthority(router, { identities, identifier, storage, projectIdentifier: "default" });
    const listed = decodeApiResponse(fromHex(exchange("list members").response)).body!;
    const reader = new CborReader(listed);
    const items = reader.map();
    while (items.next()) {
      const { attestedBy, ...member } = readAttributesEntry(reader, new Identifier(reader.bytes(32)));
      if (member.identifier.equals(ADDED)) continue;
      if (!member.identifier.equals(JOINER)) {
        await storage.put({ ...member, addedBy: attestedBy!, isPreTrusted: false });
        continue;
      }
      await storage.addToken({
        codeHash: identities.vault.sha256(fromHex(exchange("redeem").request).slice(-32)),
        issuedBy: attestedBy!,
        createdAt: now,
        expiresAt: now + 600,
        uses: 1,
        attributes: member.attributes,
      });
    }

    const order = exchanges.filter(({ name }) => name !== "issue");
    const asEnroller = order.findIndex(({ name }) => name === "create token");
    for (const [index, { name, request, response, service }] of order.entries()) {
      if (name === "add member") now = 0x6b03e910;
      const expected = decodeApiResponse(fromHex(response));
      nextId(expected.id);
      const code = fromHex(response).slice(-32);
      vi.spyOn(identities.vault.backend, "randomBytes").mockReturnValue(code);
      const answer = await ask(router, index < asEnroller ? JOINER : ENROLLER, service, fromHex(request));
      if (name === "member ids" || name === "list members") {
        // A hash table has no order.
        expect([name, sorted(answer)]).toEqual([name, sorted(fromHex(response))]);
      } else expect([name, toHex(answer)]).toEqual([name, response]);
    }
    await router.close();
  });

  test("answer Rust's client as it expects", async () => {
    const identities = createIdentities();
    const storage = memoryMembershipStorage();
    const router = new Router();
    const { identifier } = await identities.create();
    const subject = (await identities.create()).identifier;
    startAuthority(router, { identities, identifier, storage, projectIdentifier: "p1" });
    const time = identities.now();
    await storage.addToken({
      codeHash: identities.vault.sha256(fromHex(vectors.rustClient[1]!.request).slice(-32)),
      issuedBy: OWNER,
      createdAt: time,
      expiresAt: time + 600,
      uses: 1,
      attributes: new Attributes(CLIENT),
    });
    for (const { request, response, service } of vectors.rustClient) {
      const expected = decodeApiResponse(fromHex(response));
      nextId(expected.id);
      const answer = await ask(router, subject, service, fromHex(request));
      if (service === "credential_issuer") {
        expect(decodeApiResponse(answer)).toMatchObject({ re: expected.re, status: 200 });
      } else expect(toHex(answer)).toBe(response);
    }
    await router.close();
  });
});

/** What the call sends to a service that gives the recorded answer, and what comes of it. */
async function replay<T>(
  { service, response }: Exchange,
  call: (client: AuthorityClient) => Promise<T>,
): Promise<{ readonly request: string; readonly result: T | string }> {
  const router = new Router();
  let request = "";
  router.start(
    (message, context) => {
      request = toHex(message.payload);
      return context.reply(message, fromHex(response));
    },
    { address: service },
  );
  nextId(REQUEST_ID);
  const result = await call(new AuthorityClient(router, [])).catch((error: unknown) => reasonOf(error));
  await router.close();
  return { request, result };
}

/** Sends as a secure channel does. */
function ask(router: Router, caller: Identifier, service: string, payload: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve) => {
    const context = router.start((message) => resolve(message.payload));
    const data = Uint8Array.of(0x58, 32, ...caller.bytes);
    void context.send([Address.local(service)], payload, {
      localInfo: [{ type: SECURE_CHANNEL_IDENTIFIER, data }],
    });
  });
}

/** The bytes of an answer in an order that is the same for all orders of its items. */
function sorted(answer: Uint8Array): readonly number[] {
  return [...answer].toSorted((a, b) => a - b);
}

function reasonOf(error: unknown): string {
  const { details } = error as { readonly details: { readonly reason: string } };
  return details.reason;
}
