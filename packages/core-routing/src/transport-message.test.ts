import { readFileSync } from "node:fs";

import { concatBytes, fromHex, toHex } from "@ockam/codec";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { Address } from "./address.ts";
import { Message } from "./message.ts";
import { formatRoute, MAX_ROUTE_LENGTH, parseRoute } from "./route.ts";
import {
  decodeTransportMessage,
  encodeTransportMessage,
  MAX_TRANSPORT_MESSAGE_LENGTH,
} from "./transport-message.ts";

interface Exchange {
  readonly what: string;
  readonly request: string;
  readonly answer: string;
}

const { exchanges } = JSON.parse(
  readFileSync(new URL("../vectors/tcp-plain.json", import.meta.url), "utf8"),
) as { exchanges: readonly Exchange[] };

const INVALID = expect.objectContaining({ code: "OCKAM_ROUTING_INVALID_MESSAGE" });
const HELLO = "83818200446563686f81820043617070460568656c6c6f";

function decodeHex(hex: string): Message {
  return decodeTransportMessage([fromHex(hex)]);
}

function encodeHex(message: Message): string {
  return toHex(concatBytes(...encodeTransportMessage(message)));
}

test("the example of the specification", () => {
  const message = new Message([Address.local("echo")], [Address.local("app")], fromHex("0568656c6c6f"));
  expect(encodeHex(message)).toBe(HELLO);
  const back = decodeHex(HELLO);
  expect(formatRoute(back.onwardRoute)).toBe("0#echo");
  expect(formatRoute(back.returnRoute)).toBe("0#app");
  expect(toHex(back.payload)).toBe("0568656c6c6f");
  expect(back.localInfo).toEqual([]);
  expect(back.source).toBeUndefined();
});

describe.each(exchanges)("recorded: $what", ({ request, answer }) => {
  test.each([request, answer])("%s", (hex) => {
    // Decoded and encoded again: the same, but for the tracing element that we leave out.
    const plain = hex.replace(/^84/, "83").replace(/(627b7d|f6)$/, "");
    expect(encodeHex(decodeHex(hex))).toBe(plain);
  });

  test("cut in two, and into single bytes", () => {
    const whole = fromHex(answer);
    const expected = decodeHex(answer);
    for (let place = 0; place <= whole.length; place++) {
      expectEqual(decodeTransportMessage([whole.subarray(0, place), whole.subarray(place)]), expected);
    }
    expectEqual(decodeTransportMessage([...whole].map((byte) => Uint8Array.of(byte))), expected);
  });
});

function expectEqual(message: Message, expected: Message): void {
  expect(formatRoute(message.onwardRoute)).toBe(formatRoute(expected.onwardRoute));
  expect(formatRoute(message.returnRoute)).toBe(formatRoute(expected.returnRoute));
  expect(toHex(message.payload)).toBe(toHex(expected.payload));
}

describe("the tracing element", () => {
  const body = HELLO.slice(2);

  test.each([
    ["absent", `83${body}`],
    ["null", `84${body}f6`],
    ["text", `84${body}627b7d`],
    ["text that is no JSON", `84${body}637b7b7b`],
    ["followed by further elements", `86${body}f6820102a101f4`],
    ["in an array of indefinite length", `9f${body}627b7dff`],
    ["absent from an array of indefinite length", `9f${body}ff`],
    ["followed by bytes after the message", `84${body}f6ffffff`],
    ["absent, with bytes after the message", `83${body}00`],
  ])("%s", (_, hex) => {
    const whole = fromHex(hex);
    expectEqual(decodeTransportMessage([whole]), decodeHex(HELLO));
    for (const place of [1, 5, 17, 20, whole.length - 1]) {
      expectEqual(
        decodeTransportMessage([whole.subarray(0, place), whole.subarray(place)]),
        decodeHex(HELLO),
      );
    }
  });

  test.each([
    ["a number", `84${body}01`],
    ["cut off", `84${body}`],
    ["a text cut off", `84${body}637b`],
    ["a further element cut off", `85${body}f682`],
    ["a nesting bomb after it", `85${body}f6${"81".repeat(100)}00`],
  ])("%s is refused", (_, hex) => {
    const whole = fromHex(hex);
    expect(() => decodeTransportMessage([whole])).toThrow(INVALID);
    expect(() => decodeTransportMessage([whole.subarray(0, 19), whole.subarray(19)])).toThrow(INVALID);
  });
});

describe("what is no transport message", () => {
  test.each([
    ["nothing", ""],
    ["a number", "00"],
    ["a map", "a0"],
    ["an empty array", "80"],
    ["no payload", "828080"],
    ["text as payload", "83808060"],
    ["a payload of indefinite length", "8380805f4101ff"],
    ["a payload that is cut off", "8380804501020304"],
    ["a payload longer than anything", "8380805bffffffffffffffff"],
    ["a text as route", "83608040"],
    ["a route of numbers", "8381018040"],
    ["an address type above 255", "83818219010041618040"],
    ["more addresses than bytes", "839b00000fffffffffff8040"],
    ["a tag in front", "c183808040"],
  ])("%s", (_, hex) => {
    const whole = fromHex(hex);
    expect(() => decodeTransportMessage([whole])).toThrow(INVALID);
    expect(() => decodeTransportMessage([whole.subarray(0, 2), whole.subarray(2)])).toThrow(INVALID);
  });

  test("no pieces at all", () => {
    expect(() => decodeTransportMessage([])).toThrow(INVALID);
  });

  test("a route that is too long, whatever follows", () => {
    const hex = `8398${(MAX_ROUTE_LENGTH + 1).toString(16)}${"82004161".repeat(MAX_ROUTE_LENGTH + 1)}8040`;
    expect(() => decodeHex(hex)).toThrow(INVALID);
  });

  test("much that has no head is not joined again and again", () => {
    // An address that seems to go on and on: more than any head can hold.
    const start = fromHex("838182005a7fffffff");
    const pieces = [start, ...Array.from({ length: 2000 }, () => new Uint8Array(1000))];
    expect(() => decodeTransportMessage(pieces)).toThrow(INVALID);
  });
});

describe("payloads", () => {
  test("are not copied, in either direction", () => {
    const payload = new Uint8Array(100_000).fill(1);
    const pieces = [payload.subarray(0, 60_000), payload.subarray(60_000)];
    const encoded = encodeTransportMessage(new Message(parseRoute("a"), parseRoute("b"), pieces));
    expect(encoded.length).toBe(3);
    expect(encoded[1]).toBe(pieces[0]);
    expect(encoded[2]).toBe(pieces[1]);
    const apart = decodeTransportMessage(encoded);
    expect(apart.pieces).toEqual(pieces);
    for (const piece of apart.pieces) expect(piece.buffer).toBe(payload.buffer);
    const whole = concatBytes(...encoded);
    expect(decodeTransportMessage([whole]).pieces[0]!.buffer).toBe(whole.buffer);
  });

  test("may be of the largest size that a message can have", () => {
    const head = encodeTransportMessage(new Message([], [], new Uint8Array(70_000)))[0]!.length;
    const longest = new Uint8Array(MAX_TRANSPORT_MESSAGE_LENGTH - head);
    expect(encodeTransportMessage(new Message([], [], longest)).length).toBe(2);
    const tooLong = new Message([], [], [longest, Uint8Array.of(1)]);
    expect(() => encodeTransportMessage(tooLong)).toThrow(
      expect.objectContaining({ code: "OCKAM_ROUTING_MESSAGE_TOO_LARGE" }),
    );
  });
});

test("local information never leaves the node", () => {
  const message = new Message(parseRoute("a"), parseRoute("b"), new Uint8Array(1), [
    { type: "SECURE_CHANNEL_IDENTIFIER", data: new Uint8Array(34) },
  ]);
  expect(decodeTransportMessage(encodeTransportMessage(message)).localInfo).toEqual([]);
});

test("a route that is too long is not sent", () => {
  const route = Array.from({ length: MAX_ROUTE_LENGTH + 1 }, () => Address.local("a"));
  expect(() => encodeTransportMessage(new Message(route, [], new Uint8Array(0)))).toThrow(
    expect.objectContaining({ code: "OCKAM_ROUTING_INVALID_ROUTE" }),
  );
});

test("messages come back, cut anywhere", () => {
  const address = fc
    .tuple(fc.nat(255), fc.uint8Array({ maxLength: 40 }))
    .map(([type, value]) => new Address(type, value));
  const route = fc.array(address, { maxLength: 5 });
  fc.assert(
    fc.property(
      route,
      route,
      fc.uint8Array({ maxLength: 600 }),
      fc.array(fc.nat(800), { maxLength: 6 }),
      (onward, back, payload, cuts) => {
        const whole = concatBytes(...encodeTransportMessage(new Message(onward, back, payload)));
        const places = [...cuts.map((cut) => cut % (whole.length + 1)), whole.length].toSorted(
          (a, b) => a - b,
        );
        const pieces = places.map((end, i) => whole.subarray(places[i - 1] ?? 0, end));
        const message = decodeTransportMessage(pieces);
        expect(message.onwardRoute.map((one) => one.key)).toEqual(onward.map((one) => one.key));
        expect(message.returnRoute.map((one) => one.key)).toEqual(back.map((one) => one.key));
        expect(toHex(message.payload)).toBe(toHex(payload));
      },
    ),
    { numRuns: 300 * Number(process.env["OCKAM_TEST_SCALE"] ?? 1) },
  );
});
