import { CborWriter, encodeBareBytes, encodeUtf8, isOckamError } from "@ockam/codec";
import { Router } from "@ockam/core-routing";
import { Identifier } from "@ockam/identity";
import { assert, asyncProperty, constantFrom, integer, property, uint8Array } from "fast-check";
import { describe, expect, test } from "vitest";

import { vectors } from "../testing/vectors.ts";
import { decodeApiRequest, encodeApiRequest, MAX_PATH_LENGTH } from "./api-request.ts";
import { decodeApiError, decodeApiResponse, encodeApiResponse, MAX_REASON_LENGTH } from "./api-response.ts";
import { AuthorityClient } from "./authority-client.ts";
import { MAX_BODY_LENGTH } from "./constants.ts";

const numRuns = 200 * Number(process.env["OCKAM_TEST_SCALE"] ?? 1);
const MEMBER = new Identifier(new Uint8Array(32));

describe("the reason of a refusal", () => {
  test("is a map's message, with those of its causes; or text, or bytes that are text", () => {
    const outer = new CborWriter().map(2).uint(3).text("outer").uint(4);
    const error = outer.map(2).uint(3).text("inner").uint(9).text("new").finish();
    expect(decodeApiError(error)).toBe("outer: inner");
    expect(decodeApiError(new CborWriter().text("text").finish())).toBe("text");
    expect(decodeApiError(new CborWriter().bytes(encodeUtf8("bytes")).finish())).toBe("bytes");
  });

  test("is empty when there is none, or none that makes sense", () => {
    expect(
      [undefined, new Uint8Array(), Uint8Array.of(0xff), Uint8Array.of(0x41, 0xff)].map(decodeApiError),
    ).toEqual(["", "", "", ""]);
  });

  test("is printable, and bounded", () => {
    const reason = decodeApiError(new CborWriter().text(`\u001B[31m\n\u202E${"x".repeat(10_000)}`).finish());
    expect(reason).toHaveLength(MAX_REASON_LENGTH);
    expect(reason).toMatch(/^\u{FFFD}\[31m\u{FFFD}{2}x+$/u);
  });

  test("has causes that are read to a bounded depth", () => {
    const writer = new CborWriter();
    for (let depth = 0; depth < 20; depth++) writer.map(2).uint(3).text(String(depth)).uint(4);
    expect(decodeApiError(writer.map(0).finish())).toBe("0: 1: 2: 3: 4");
  });
});

describe("frames", () => {
  test("that are too long are refused", () => {
    const refused = expect.objectContaining({ code: "OCKAM_AUTHORITY_INVALID_MESSAGE" }) as Error;
    const long = encodeBareBytes(new Uint8Array(MAX_BODY_LENGTH + 1));
    for (const decode of [decodeApiRequest, decodeApiResponse]) expect(() => decode(long)).toThrow(refused);
    const request = { id: 1, method: "GET", body: undefined } as const;
    const path = "x".repeat(MAX_PATH_LENGTH);
    expect(decodeApiRequest(encodeApiRequest({ ...request, path }))).toMatchObject({ path });
    expect(() => decodeApiRequest(encodeApiRequest({ ...request, path: `${path}x` }))).toThrow(refused);
  });

  test("with fields of a newer peer, and a method or status that is not known, are read", () => {
    const body = new CborWriter()
      .map(5)
      .uint(1)
      .uint(7)
      .uint(2)
      .text("/")
      .uint(3)
      .uint(9)
      .uint(4)
      .bool(false);
    expect(decodeApiRequest(encodeBareBytes(body.uint(9).text("new").finish()))).toEqual({
      id: 7,
      path: "/",
      method: undefined,
      body: undefined,
    });
    const answer = new CborWriter().map(4).uint(1).uint(7).uint(2).uint(8).uint(4).bool(false).uint(9).map(0);
    expect(decodeApiResponse(encodeBareBytes(answer.finish()))).toEqual({
      id: 7,
      re: 8,
      status: undefined,
      body: undefined,
    });
  });

  test("of any bytes, and recorded ones with any change, are read or refused with one error", () => {
    const recorded = [...vectors.services.exchanges, ...vectors.enrolment.exchanges].flatMap(
      ({ request, response }) =>
        [request, response].map((hex) => Uint8Array.from(hex.match(/../g)!, parseByte)),
    );
    const changed = property(
      constantFrom(...recorded),
      integer({ min: 0 }),
      integer(),
      (bytes, at, value) => {
        const mutated = bytes.slice();
        mutated[at % bytes.length] = value;
        readsOrRefuses(mutated);
        readsOrRefuses(mutated.slice(0, at % bytes.length));
      },
    );
    assert(changed, { numRuns });
    assert(property(uint8Array({ maxLength: 60 }), readsOrRefuses), { numRuns });
  });
});

test("a client gets an answer of its kind, or one error, whatever an authority sends", async () => {
  let payload: Uint8Array = new Uint8Array();
  const router = new Router();
  for (const address of ["credential_issuer", "enrollment_token_issuer", "direct_authenticator", "project"]) {
    router.start((message, context) => context.reply(message, payload), { address });
  }
  router.start((message, context) => context.reply(message, payload), { address: "membership_changes" });
  const client = new AuthorityClient(router, []);
  const calls: readonly (() => Promise<unknown>)[] = [
    () => client.createToken({ attributes: new Map() }),
    () => client.members(),
    () => client.memberIdentifiers(),
    () => client.member(MEMBER),
    () => client.membershipChanges(0),
    () => client.project(),
  ];
  await assert(
    asyncProperty(constantFrom(...calls), uint8Array({ maxLength: 60 }), async (call, bytes) => {
      for (payload of [bytes, encodeApiResponse({ id: 1, re: 1, status: 200, body: bytes })]) {
        await call().catch((error: unknown) => {
          expect(isOckamError(error) && error.code).toMatch(/^OCKAM_AUTHORITY_/);
        });
      }
    }),
    { numRuns },
  );
  await router.close();
});

function readsOrRefuses(bytes: Uint8Array): void {
  for (const decode of [decodeApiRequest, decodeApiResponse]) {
    try {
      decodeApiError(decode(bytes).body);
    } catch (error) {
      expect(isOckamError(error) && error.code).toBe("OCKAM_AUTHORITY_INVALID_MESSAGE");
    }
  }
}

function parseByte(hex: string): number {
  return Number.parseInt(hex, 16);
}
