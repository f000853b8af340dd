import { CborReader, CborWriter, fromHex, toHex } from "@ockam/codec";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { Address, MAX_ADDRESS_LENGTH } from "./address.ts";
import { formatRoute, MAX_ROUTE_LENGTH, parseRoute, readAddress, readRoute, writeRoute } from "./route.ts";

const INVALID = expect.objectContaining({ code: "OCKAM_ROUTING_INVALID_ROUTE" });
const INVALID_CBOR = expect.objectContaining({ code: "OCKAM_CODEC_INVALID_CBOR" });

describe("text", () => {
  test.each([
    ["echo", "0#echo"],
    ["0#a => 0#b", "0#a => 0#b"],
    [" a=>1#h:1 =>\tb ", "0#a => 1#h:1 => 0#b"],
    ["a => => b", "0#a => 0# => 0#b"],
    [" ", "0#"],
  ])('"%s"', (text, formatted) => {
    expect(formatRoute(parseRoute(text))).toBe(formatted);
  });

  test("is not empty, and each address must be one", () => {
    expect(() => parseRoute("")).toThrow(INVALID);
    expect(() => parseRoute("a => b#c#d")).toThrow(
      expect.objectContaining({ code: "OCKAM_ROUTING_INVALID_ADDRESS" }),
    );
  });

  test("is limited", () => {
    const longest = Array.from({ length: MAX_ROUTE_LENGTH }, () => "a").join("=>");
    expect(parseRoute(longest).length).toBe(MAX_ROUTE_LENGTH);
    expect(() => parseRoute(`${longest}=>a`)).toThrow(INVALID);
  });
});

describe("bytes", () => {
  test.each([
    ["0#echo", "818200446563686f"],
    ["1#127.0.0.1:4000", "8182014e3132372e302e302e313a34303030"],
    ["0#a => 255#", "82820041618218ff40"],
  ])("%s", (text, hex) => {
    const writer = new CborWriter();
    writeRoute(writer, parseRoute(text));
    expect(toHex(writer.finish())).toBe(hex);
    expect(formatRoute(readRoute(new CborReader(fromHex(hex))))).toBe(text);
  });

  test("an empty route", () => {
    const writer = new CborWriter();
    writeRoute(writer, []);
    expect(toHex(writer.finish())).toBe("80");
    expect(readRoute(new CborReader(fromHex("80")))).toEqual([]);
  });

  test.each(["9f8200446563686fff", "818300446563686f00", "819f00446563686fff", "9801820058046563686f"])(
    "%s is read too",
    (hex) => {
      expect(formatRoute(readRoute(new CborReader(fromHex(hex))))).toBe("0#echo");
    },
  );

  test.each([
    "818200646563686f",
    "81a100446563686f",
    "818100",
    "818219010041",
    "8182f641",
    "81f6",
    "8282004161",
  ])("%s is refused", (hex) => {
    expect(() => readRoute(new CborReader(fromHex(hex)))).toThrow(INVALID_CBOR);
  });

  test.each([
    ["bytes", fromHex("8182004161")],
    ["a Buffer", Buffer.from("8182004161", "hex")],
  ])("addresses are copies of %s", (_, data) => {
    const [address] = readRoute(new CborReader(data));
    data.fill(0);
    expect(address!.name).toBe("a");
  });

  test("the count is limited, on both sides", () => {
    const one = Address.local("a");
    const longest = Array.from({ length: MAX_ROUTE_LENGTH }, () => one);
    const writer = new CborWriter();
    writeRoute(writer, longest);
    expect(readRoute(new CborReader(writer.finish())).length).toBe(MAX_ROUTE_LENGTH);
    expect(() => writeRoute(new CborWriter(), [...longest, one])).toThrow(INVALID);
    for (const opener of ["9f", "9841"]) {
      const data = fromHex(opener + "82004161".repeat(MAX_ROUTE_LENGTH + 1));
      expect(() => readRoute(new CborReader(data))).toThrow(INVALID);
    }
  });

  test("the length of an address is limited", () => {
    expect(readOf(MAX_ADDRESS_LENGTH).value.length).toBe(MAX_ADDRESS_LENGTH);
    expect(() => readOf(MAX_ADDRESS_LENGTH + 1)).toThrow(INVALID);
  });

  test("come back", () => {
    const address = fc
      .tuple(fc.nat(255), fc.uint8Array({ maxLength: 60 }))
      .map(([type, value]) => new Address(type, value));
    fc.assert(
      fc.property(fc.array(address, { maxLength: MAX_ROUTE_LENGTH }), (route) => {
        const writer = new CborWriter();
        writeRoute(writer, route);
        const back = readRoute(new CborReader(writer.finish()));
        expect(back.map((one) => one.key)).toEqual(route.map((one) => one.key));
      }),
    );
  });
});

function readOf(length: number): Address {
  return readAddress(
    new CborReader(new CborWriter().array(2).uint(0).bytes(new Uint8Array(length)).finish()),
  );
}
