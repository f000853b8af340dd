import { fromHex, toHex } from "@ockam/codec";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { Address, MAX_ADDRESS_LENGTH } from "./address.ts";
import { MAX_MULTIADDR_COMPONENTS, MAX_MULTIADDR_LENGTH, MultiAddr } from "./multiaddr.ts";
import type { MultiAddrComponent } from "./multiaddr.ts";
import { formatRoute } from "./route.ts";

const INVALID = expect.objectContaining({ code: "OCKAM_ROUTING_INVALID_MULTIADDR" });

describe("text", () => {
  test.each([
    ["/ip4/127.0.0.1/tcp/4000/service/echo", "/ip4/127.0.0.1/tcp/4000/service/echo"],
    ["self", "/secure/api"],
    ["", ""],
    ["service/a", "/service/a"],
    ["/service", "/service/"],
    ["/service/", "/service/"],
    ["/service//tcp/1", "/service//tcp/1"],
    ["/ip6/0:0::1/udp/00007", "/ip6/::1/udp/7"],
    ["/tcp/+65535", "/tcp/65535"],
    ["/dnsaddr/any thing/tcp/0", "/dnsaddr/any thing/tcp/0"],
    ["/project/p/space/s/node/n/worker/w/secure/x", "/project/p/space/s/node/n/worker/w/secure/x"],
    ["/service/self", "/service/self"],
  ])('"%s"', (text, formatted) => {
    expect(String(MultiAddr.parse(text))).toBe(formatted);
  });

  test.each([
    "/",
    "//",
    "/service/api/",
    "/service/api//",
    "/ip/1.2.3.4",
    "/dns4/host",
    "/ws/x",
    "/tcp",
    "/tcp/",
    "/tcp/65536",
    "/tcp/-1",
    "/tcp/1.0",
    "/tcp/0x10",
    "/udp/a",
    "/ip4/",
    "/ip4/1.2.3",
    "/ip4/01.2.3.4",
    "/ip6/[::1]",
    "/ip6/1.2.3.4",
    "/toString/x",
    "Self",
  ])('"%s" is none', (text) => {
    expect(() => MultiAddr.parse(text)).toThrow(INVALID);
  });

  test("is limited", () => {
    const longest = `/service/${"a".repeat(MAX_MULTIADDR_LENGTH - 9)}`;
    expect(String(MultiAddr.parse(longest))).toBe(longest);
    expect(() => MultiAddr.parse(`${longest}a`)).toThrow(INVALID);
    const most = "/worker/a".repeat(MAX_MULTIADDR_COMPONENTS);
    expect(MultiAddr.parse(most).components.length).toBe(MAX_MULTIADDR_COMPONENTS);
    expect(() => MultiAddr.parse(`${most}/worker/a`)).toThrow(INVALID);
    expect(() => MultiAddr.parse(`/service/${"é".repeat(MAX_MULTIADDR_LENGTH / 2)}`)).toThrow(INVALID);
  });
});

describe("bytes", () => {
  test.each([
    ["/ip4/127.0.0.1/tcp/4000/service/echo", "047f000001060fa0bee803046563686f"],
    ["/secure/api", "c6890603617069"],
    ["/ip6/::1/udp/53", "290000000000000000000000000000000191020035"],
    [
      "/dnsaddr/a/node/b/project/c/space/d/worker/e/service/",
      "380161ceb6040162de84050163eed2050164fea0060165bee80300",
    ],
    ["", ""],
  ])("%s", (text, hex) => {
    expect(toHex(MultiAddr.parse(text).encode())).toBe(hex);
    expect(String(MultiAddr.decode(fromHex(hex)))).toBe(text);
  });

  test.each([
    ["an unknown code", "0500"],
    ["a code that is not in shortest form", "84007f000001"],
    ["a length that is not in shortest form", "38810061"],
    ["an address that is cut off", "047f0000"],
    ["a port that is cut off", "060f"],
    ["a text that is cut off", "380261"],
    ["a length that is cut off", "3880"],
    ["a length beyond anything", "38ffffffffffffff0f61"],
    ["text that is not UTF-8", "3801ff"],
    ["text with a slash", "38032f6161"],
  ])("%s", (_, hex) => {
    expect(() => MultiAddr.decode(fromHex(hex))).toThrow(INVALID);
  });

  test("are limited", () => {
    expect(() => MultiAddr.decode(new Uint8Array(MAX_MULTIADDR_LENGTH + 1))).toThrow(INVALID);
    const component = fromHex("3800");
    const most = new Uint8Array(component.length * (MAX_MULTIADDR_COMPONENTS + 1));
    for (let i = 0; i < most.length; i += component.length) most.set(component, i);
    expect(MultiAddr.decode(most.subarray(component.length)).components.length).toBe(
      MAX_MULTIADDR_COMPONENTS,
    );
    expect(() => MultiAddr.decode(most)).toThrow(INVALID);
  });
});

const text = fc.string({ unit: "grapheme", maxLength: 20 }).map((value) => value.replaceAll("/", ""));
const component: fc.Arbitrary<MultiAddrComponent> = fc.oneof(
  fc.record({ protocol: fc.constant("ip4" as const), value: fc.ipV4() }),
  fc.record({ protocol: fc.constant("ip6" as const), value: fc.ipV6() }),
  fc.record({ protocol: fc.constantFrom("tcp" as const, "udp" as const), value: fc.nat(65_535).map(String) }),
  fc.record({
    protocol: fc.constantFrom(
      ...(["dnsaddr", "service", "node", "project", "space", "secure", "worker"] as const),
    ),
    value: text,
  }),
);

test("both forms come back", () => {
  fc.assert(
    fc.property(fc.array(component, { maxLength: 12 }), (components) => {
      const address = new MultiAddr(components);
      expect(MultiAddr.decode(address.encode())).toEqual(address);
      expect(MultiAddr.parse(String(address))).toEqual(address);
    }),
  );
});

test("components are checked", () => {
  expect(() => new MultiAddr([{ protocol: "tcp", value: "x" }])).toThrow(INVALID);
  expect(() => new MultiAddr([{ protocol: "service", value: "a/b" }])).toThrow(INVALID);
});

describe("routes", () => {
  test.each([
    ["/service/a/worker/b/secure/c", "0#a => 0#b => 0#c"],
    ["/service/1#x", "0#1#x"],
  ])("%s", (address, route) => {
    expect(formatRoute(MultiAddr.parse(address).toLocalRoute())).toBe(route);
    expect(formatRoute(MultiAddr.parse(address).toRoute())).toBe(route);
  });

  test.each([
    ["/ip4/10.0.0.1/tcp/4000/service/echo", "1#10.0.0.1:4000 => 0#echo"],
    ["/dnsaddr/localhost/udp/7/secure/api", "2#localhost:7 => 0#api"],
    ["/service/a/ip6/::1/tcp/1", "0#a => 1#[::1]:1"],
  ])("%s has a connection", (address, route) => {
    expect(formatRoute(MultiAddr.parse(address).toRoute())).toBe(route);
    expect(() => MultiAddr.parse(address).toLocalRoute()).toThrow(INVALID);
  });

  test.each([
    "/ip4/1.1.1.1/service/a",
    "/ip4/1.1.1.1",
    "/tcp/1",
    "/ip4/1.1.1.1/tcp/1/ip4/1.1.1.1/tcp/2",
    "/project/p",
    "/node/n",
    "/space/s",
    `/service/${"a".repeat(MAX_ADDRESS_LENGTH + 1)}`,
    `/dnsaddr/${"a".repeat(MAX_ADDRESS_LENGTH)}/tcp/1`,
  ])("%s is none", (address) => {
    expect(() => MultiAddr.parse(address).toRoute()).toThrow(INVALID);
  });

  test("of local addresses become services", () => {
    expect(String(MultiAddr.fromRoute([Address.local("a"), Address.local("b")]))).toBe(
      "/service/a/service/b",
    );
    expect(() => MultiAddr.fromRoute([new Address(1, "h:1")])).toThrow(INVALID);
    expect(() => MultiAddr.fromRoute([new Address(0, Uint8Array.of(0xff))])).toThrow(INVALID);
  });
});
