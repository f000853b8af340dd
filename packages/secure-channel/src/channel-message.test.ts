import { CborWriter, concatBytes, encodeUtf8, fromHex, isOckamError, toHex } from "@ockam/codec";
import { Address, formatRoute, MAX_ROUTE_LENGTH } from "@ockam/core-routing";
import type { Route } from "@ockam/core-routing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { cutAt } from "../testing/cut.ts";
import { SCALED_TIMEOUT, scaled } from "../testing/scaled.ts";
import { capture, captures, identityPayloadParts, plaintexts } from "../testing/vectors.ts";
import {
  decodeChannelMessage,
  encodeClose,
  encodePayload,
  encodeRefreshCredentials,
  MAX_REFRESH_LENGTH,
} from "./channel-message.ts";
import { join } from "./gather-list.ts";
import { MAX_PRESENTED_CREDENTIALS } from "./presented-identity.ts";

const invalid = expect.objectContaining({ code: "OCKAM_SECURE_CHANNEL_INVALID_MESSAGE" });

function decoded(...pieces: Uint8Array[]): { onward: string; back: string; payload: string } {
  const message = decodeChannelMessage(pieces);
  if (message.kind !== "payload") throw new Error(`expected a payload, got ${message.kind}`);
  return {
    onward: formatRoute(message.onwardRoute),
    back: formatRoute(message.returnRoute),
    payload: toHex(concatBytes(...message.payload)),
  };
}

function byteString(length: number): Uint8Array {
  return new CborWriter().bytes(new Uint8Array(length)).finish();
}

describe("recorded plaintexts", () => {
  test("payload", () => {
    expect(
      toHex(join(encodePayload([Address.local("echo")], [Address.local("app")], [encodeUtf8("hello")]))),
    ).toBe(plaintexts.payload);
    expect(decoded(fromHex(plaintexts.payload))).toEqual({
      onward: "0#echo",
      back: "0#app",
      payload: toHex(encodeUtf8("hello")),
    });
  });

  test("empty payload on empty routes", () => {
    expect(toHex(join(encodePayload([], [], [])))).toBe(plaintexts.empty_payload_empty_routes);
    expect(decoded(fromHex(plaintexts.empty_payload_empty_routes))).toEqual({
      onward: "",
      back: "",
      payload: "",
    });
  });

  test("close", () => {
    expect(toHex(encodeClose())).toBe(plaintexts.close);
    expect(decodeChannelMessage([fromHex(plaintexts.close)])).toEqual({ kind: "close" });
  });

  test("refresh of credentials", () => {
    const presented = {
      changeHistory: fromHex(identityPayloadParts.initiator_change_history),
      credentials: [fromHex(identityPayloadParts.credential_and_purpose_key)],
    };
    expect(toHex(encodeRefreshCredentials(presented))).toBe(plaintexts.refresh_credentials);
    expect(decodeChannelMessage([fromHex(plaintexts.refresh_credentials)])).toEqual({
      kind: "refresh-credentials",
      presented,
    });
  });

  test("refresh of credentials by Rust", () => {
    const plaintext = capture("refresh_credentials_from_rust").plaintext!;
    const message = decodeChannelMessage([fromHex(plaintext)]);
    if (message.kind !== "refresh-credentials") throw new Error(message.kind);
    expect(message.presented.credentials).toHaveLength(1);
    expect(toHex(encodeRefreshCredentials(message.presented))).toBe(plaintext);
  });

  test("all messages exchanged with Rust are decoded, and encoded alike", () => {
    const messages = captures.flatMap((one) =>
      [one.channel, one.outer_channel, one.inner_channel].flatMap((channel) => channel?.messages ?? []),
    );
    for (const { plaintext } of messages) {
      const message = decodeChannelMessage([fromHex(plaintext)]);
      const again =
        message.kind === "payload"
          ? join(encodePayload(message.onwardRoute, message.returnRoute, message.payload))
          : message.kind === "close"
            ? encodeClose()
            : encodeRefreshCredentials(message.presented);
      expect(toHex(again)).toBe(plaintext);
    }
    expect(messages.length).toBeGreaterThan(150);
  });
});

const address = fc
  .tuple(fc.nat(255), fc.uint8Array({ maxLength: 40 }))
  .map(([type, value]) => new Address(type, value));
const route: fc.Arbitrary<Route> = fc.array(address, { maxLength: 8 });

test("a payload survives, wherever it is cut", { timeout: SCALED_TIMEOUT }, () => {
  const payload = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.uint8Array({ minLength: 200, maxLength: 3000 }),
  );
  const cuts = fc.array(fc.oneof(fc.nat(64), fc.nat(4000)), { maxLength: 8 });
  fc.assert(
    fc.property(route, route, payload, cuts, (onward, back, bytes, offsets) => {
      const pieces = encodePayload(onward, back, cutAt(bytes, offsets));
      const whole = concatBytes(...pieces);
      const expected = { onward: formatRoute(onward), back: formatRoute(back), payload: toHex(bytes) };
      expect(decoded(...pieces)).toEqual(expected);
      expect(decoded(...cutAt(whole, offsets))).toEqual(expected);
    }),
    { numRuns: scaled(300) },
  );
});

test("a payload is passed on in the pieces it came in, without a copy", () => {
  const pieces = [
    new Uint8Array(48 * 1024).fill(1),
    new Uint8Array(10).fill(2),
    new Uint8Array(5000).fill(3),
  ];
  const encoded = encodePayload([Address.local("a")], [], pieces);
  expect(encoded.slice(1, -1)).toEqual(pieces);
  for (const [index, piece] of pieces.entries()) expect(encoded[index + 1]).toBe(piece);
  const message = decodeChannelMessage(encoded);
  if (message.kind !== "payload") throw new Error(message.kind);
  expect(message.payload.map((piece) => piece.buffer)).toEqual(pieces.map((piece) => piece.buffer));
});

describe("what Rust tolerates is tolerated", () => {
  const fields = "81820044" + toHex(encodeUtf8("echo")) + "8043616263";
  const usual = { onward: "0#echo", back: "", payload: "616263" };

  test.each([
    ["the usual form", `8282008183${fields}40`],
    ["padding", `8282008183${fields}4411223344`],
    ["bytes after the message", `8282008183${fields}40ffff`],
    ["arrays of indefinite length", `9f82009f9f${fields}ffff40ff`],
    ["a further element in each array", `83 8200 82 84${fields}f6 01 40 00`],
    ["a payload length of more bytes than needed", `8282008183${fields.replace("43616263", "5803616263")}40`],
  ])("%s", (_, hex) => {
    expect(decoded(fromHex(hex.replaceAll(" ", "")))).toEqual(usual);
  });
});

describe("hostile plaintexts", () => {
  test.each([
    ["nothing", ""],
    ["no padding", "81820080"],
    ["a payload without padding", "8282008183808040"],
    ["a padding that is no byte string", "828200818380804000"],
    ["an unknown kind", "8282038040"],
    ["an enum of indefinite length", "829f0081838080 40ff40".replaceAll(" ", "")],
    ["a payload of indefinite length", "82820081838080 5f4161ff40".replaceAll(" ", "")],
    ["a payload longer than what follows", "828200818380805a00ffffff6162"],
    ["a payload of 2^64 - 1 bytes", "828200818380805bffffffffffffffff6162"],
    ["a payload of 2^53 bytes", "828200818380805b00200000000000006162"],
    ["a route of 2^32 - 1 addresses", "82820081839affffffff"],
    ["an address whose type is no number", "8282008183818240416180 4040".replaceAll(" ", "")],
    ["a message without routes", "828200818040"],
    ["a refresh without a history", "828201818040"],
  ])("%s", (_, hex) => {
    expect(() => decodeChannelMessage([fromHex(hex)])).toThrow(invalid);
  });

  test("arrays nested by the thousand", () => {
    for (const prefix of ["", "82", "8282", "82820081", "8282008183", "828201818281", "82820181"]) {
      for (const opener of ["81", "9f", "a1", "bf", "c1"]) {
        const bomb = fromHex(prefix + opener.repeat(100_000));
        expect(() => decodeChannelMessage([bomb])).toThrow(invalid);
      }
    }
  });

  test(`a route of more than ${MAX_ROUTE_LENGTH} addresses`, () => {
    const writer = new CborWriter().raw(fromHex("8282008183")).array(MAX_ROUTE_LENGTH + 1);
    for (let i = 0; i <= MAX_ROUTE_LENGTH; i++) writer.raw(fromHex("82004161"));
    writer.raw(fromHex("804040"));
    expect(() => decodeChannelMessage([writer.finish()])).toThrow(invalid);
  });

  test(`a refresh of more than ${MAX_REFRESH_LENGTH} bytes`, () => {
    const changeHistory = fromHex("80");
    const room = MAX_REFRESH_LENGTH - encodeRefreshCredentials({ changeHistory, credentials: [] }).length - 3;
    const largest = encodeRefreshCredentials({ changeHistory, credentials: [byteString(room)] });
    expect(largest).toHaveLength(MAX_REFRESH_LENGTH);
    expect(decodeChannelMessage([largest]).kind).toBe("refresh-credentials");
    const larger = encodeRefreshCredentials({ changeHistory, credentials: [byteString(room + 1)] });
    expect(() => decodeChannelMessage([larger])).toThrow(invalid);
  });

  test(`of more than ${MAX_PRESENTED_CREDENTIALS} credentials the rest is left aside`, () => {
    const credentials = Array.from({ length: 40 }, (_, index) => new CborWriter().uint(index).finish());
    const message = decodeChannelMessage([
      encodeRefreshCredentials({ changeHistory: fromHex("80"), credentials }),
    ]);
    if (message.kind !== "refresh-credentials") throw new Error(message.kind);
    expect(message.presented.credentials).toEqual(credentials.slice(0, MAX_PRESENTED_CREDENTIALS));
  });

  test(
    "whatever is changed in a good message, decoding ends with a message or an error of ours",
    { timeout: SCALED_TIMEOUT },
    () => {
      const good = [plaintexts.payload, plaintexts.refresh_credentials, plaintexts.close].map((hex) =>
        fromHex(hex),
      );
      const change = fc.record({ at: fc.nat(700), byte: fc.nat(255), insert: fc.boolean() });
      fc.assert(
        fc.property(
          fc.constantFrom(...good),
          fc.array(change, { minLength: 1, maxLength: 5 }),
          (bytes, changes) => {
            let mutated = bytes;
            for (const { at, byte, insert } of changes) {
              const offset = at % (mutated.length + 1);
              mutated = concatBytes(
                mutated.subarray(0, offset),
                Uint8Array.of(byte),
                mutated.subarray(insert ? offset : offset + 1),
              );
            }
            try {
              expect(decodeChannelMessage([mutated]).kind).toMatch(/^(payload|refresh-credentials|close)$/);
            } catch (error) {
              expect(isOckamError(error, "OCKAM_SECURE_CHANNEL_INVALID_MESSAGE")).toBe(true);
            }
          },
        ),
        { numRuns: scaled(3000) },
      );
    },
  );
});
