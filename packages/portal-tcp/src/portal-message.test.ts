import { concatBytes, fromHex, isOckamError, toHex } from "@ockam/codec";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { PortalMessage } from "./portal-message.ts";
import {
  decodePortalMessage,
  encodeDisconnect,
  encodeHandshake,
  encodePayload,
  encodeProgress,
  encodeReset,
} from "./portal-message.ts";

const SCALE = Number(process.env["OCKAM_TEST_SCALE"] ?? 1);

function decode(hex: string): PortalMessage {
  return decodePortalMessage([fromHex(hex)]);
}

function payload(hex: string): { data: string; counter: number | undefined } {
  const message = decode(hex);
  if (message.type !== "payload") throw new Error(`expected a payload, got ${message.type}`);
  return { data: toHex(concatBytes(...message.data)), counter: message.counter };
}

/** Cuts bytes into pieces, empty ones included. */
function cutUp(bytes: Uint8Array, cuts: readonly number[]): readonly Uint8Array[] {
  const ends = cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b);
  const pieces: Uint8Array[] = [];
  let start = 0;
  for (const end of [...ends, bytes.length]) {
    pieces.push(bytes.subarray(start, end));
    start = end;
  }
  return pieces;
}

describe("the bytes", () => {
  test("handshake and ends", () => {
    expect(toHex(encodeHandshake("ping"))).toBe("00");
    expect(toHex(encodeHandshake("pong"))).toBe("01");
    expect(toHex(encodeDisconnect())).toBe("02");
    expect(toHex(encodeReset(8))).toBe("1108");
    expect(decode("00")).toEqual({ type: "ping", extension: new Uint8Array(0) });
    expect(decode("01fffefd")).toEqual({ type: "pong", extension: fromHex("fffefd") });
    expect(decode("02ffff")).toEqual({ type: "disconnect" });
    expect(decode("1108ffff")).toEqual({ type: "reset", reason: 8 });
  });

  test("payload, with and without counter", () => {
    const hello = [fromHex("68656c6c6f")];
    expect(toHex(concatBytes(...encodePayload(hello, 5, undefined)))).toBe("030568656c6c6f");
    expect(toHex(concatBytes(...encodePayload(hello, 5, 123)))).toBe("030568656c6c6f017b00");
    expect(toHex(concatBytes(...encodePayload(hello, 5, 0xfffe)))).toBe("030568656c6c6f01feff");
    expect(payload("030568656c6c6f")).toEqual({ data: "68656c6c6f", counter: undefined });
    expect(payload("030568656c6c6f017b00")).toEqual({ data: "68656c6c6f", counter: 123 });
    expect(payload("030568656c6c6f017b00ff")).toEqual({ data: "68656c6c6f", counter: 123 });
    expect(toHex(encodePayload([new Uint8Array(200)], 200, undefined)[0]!)).toBe("03c801");
  });

  test("trailers that are none, a length that is not the shortest, no data", () => {
    for (const trailer of ["00", "01", "017b", "027b00", "000000"]) {
      expect(payload(`030568656c6c6f${trailer}`)).toEqual({ data: "68656c6c6f", counter: undefined });
    }
    expect(payload("03850068656c6c6f")).toEqual({ data: "68656c6c6f", counter: undefined });
    expect(payload("0300")).toEqual({ data: "", counter: undefined });
  });

  test("progress", () => {
    const bytes = encodeProgress({ finished: true, wantsAnswer: false, sent: 0x0102, limit: 2 ** 40 });
    expect(toHex(bytes)).toBe("100100000000000001020000010000000000");
    expect(decode("100200000000000001020000010000000000ff")).toEqual({
      type: "progress",
      finished: false,
      wantsAnswer: true,
      sent: 0x0102,
      limit: 2 ** 40,
    });
  });

  test.each([
    ["nothing", ""],
    ["an unknown first byte", "04"],
    ["an unknown first byte", "ff00"],
    ["a payload without its length", "03"],
    ["a payload whose length is cut off", "0385"],
    ["a payload shorter than its length", "03056865"],
    ["a length of eleven bytes", "03808080808080808080808000"],
    ["a length above 2^53", "03ffffffffffffffff7f"],
    ["a progress that is cut off", "1000000000000000010200000100000000"],
    ["a progress above 2^53", "100000200000000000000000010000000000"],
    ["a reset without reason", "11"],
  ])("%s is refused", (_what, hex) => {
    expect(() => decode(hex)).toThrow(expect.objectContaining({ code: "OCKAM_PORTAL_INVALID_MESSAGE" }));
  });
});

describe("properties", () => {
  test("what is encoded is decoded, wherever it is cut", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 40_000 }),
        fc.option(fc.nat(0xffff), { nil: undefined }),
        fc.array(fc.nat(40_010), { maxLength: 6 }),
        (data, counter, cuts) => {
          const encoded = concatBytes(...encodePayload([data], data.length, counter));
          const decoded = decodePortalMessage(cutUp(encoded, cuts));
          expect(decoded).toMatchObject({ type: "payload", length: data.length, counter });
          if (decoded.type === "payload") expect(concatBytes(...decoded.data)).toEqual(data);
        },
      ),
      { numRuns: 100 * SCALE },
    );
  });

  test("data are views: nothing is copied", () => {
    const data = new Uint8Array(100_000);
    const decoded = decodePortalMessage(encodePayload([data], data.length, 7));
    if (decoded.type !== "payload") throw new Error("not a payload");
    expect(decoded.data.map((piece) => piece.buffer)).toEqual([data.buffer]);
    expect(decoded.data[0]!.buffer).toBe(data.buffer);
  });

  test("any bytes give a message or the one error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.array(fc.nat(64), { maxLength: 4 }), (bytes, cuts) => {
        try {
          decodePortalMessage(cutUp(bytes, cuts));
        } catch (error) {
          expect(isOckamError(error, "OCKAM_PORTAL_INVALID_MESSAGE")).toBe(true);
        }
      }),
      { numRuns: 500 * SCALE },
    );
  });
});
