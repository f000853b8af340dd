// Multiaddresses: how people and configurations write where something is. docs/protocol/routing.md, "Multiaddresses".
import {
  concatBytes,
  decodeUtf8,
  encodeUtf8,
  encodeUvarint,
  decodeUvarint,
  isOckamError,
  OckamError,
} from "@ockam/codec";

import { Address, LOCAL_TRANSPORT, MAX_ADDRESS_LENGTH, TCP_TRANSPORT, UDP_TRANSPORT } from "./address.ts";
import { formatIp4, formatIp6, parseIp4, parseIp6 } from "./ip-address.ts";
import type { Route } from "./route.ts";

/** What a component of a multiaddress can be. */
export type MultiAddrProtocol =
  | "ip4"
  | "ip6"
  | "tcp"
  | "udp"
  | "dnsaddr"
  | "service"
  | "node"
  | "project"
  | "space"
  | "secure"
  | "worker";

/** One step, such as `tcp` and `4000`. The value is in canonical form: a port in decimal, IPv6 by RFC 5952. */
export interface MultiAddrComponent {
  readonly protocol: MultiAddrProtocol;
  readonly value: string;
}

/** The longest multiaddress, in bytes of either form. */
export const MAX_MULTIADDR_LENGTH = 4096;

/** The most components of a multiaddress. */
export const MAX_MULTIADDR_COMPONENTS = 64;

/**
 * A list of components, such as `/ip4/127.0.0.1/tcp/4000/service/echo`. Text: each as `/protocol/value`. Binary: each
 * as its code, an unsigned varint in shortest form, and its value. Immutable.
 */
export class MultiAddr {
  readonly components: readonly MultiAddrComponent[];

  /** @throws OckamError OCKAM_ROUTING_INVALID_MULTIADDR when a value does not fit its protocol. */
  constructor(components: readonly MultiAddrComponent[]) {
    if (components.length > MAX_MULTIADDR_COMPONENTS)
      throw invalid(`it has more than ${MAX_MULTIADDR_COMPONENTS} components`);
    this.components = components.map(({ protocol, value }) => {
      const { fromText, toText } = codecOf(protocol);
      return { protocol, value: toText(fromText(value)) };
    });
  }

  /**
   * Reads the text form. The first slash may be left out; `self` means `/secure/api`; an empty text is an empty list.
   * @throws OckamError OCKAM_ROUTING_INVALID_MULTIADDR
   */
  static parse(text: string): MultiAddr {
    if (text.length > MAX_MULTIADDR_LENGTH || encodeUtf8(text).length > MAX_MULTIADDR_LENGTH)
      throw invalid(`it is longer than ${MAX_MULTIADDR_LENGTH} bytes`);
    if (text === "") return new MultiAddr([]);
    if (text === "self") return new MultiAddr([{ protocol: "secure", value: "api" }]);
    const parts = (text.startsWith("/") ? text.slice(1) : text).split("/");
    const components: MultiAddrComponent[] = [];
    for (let i = 0; i < parts.length; i += 2) {
      const protocol = parts[i]!;
      if (!isProtocol(protocol))
        throw invalid(`"${protocol}" is not one of ${[...CODECS.keys()].join(", ")}`);
      components.push({ protocol, value: parts[i + 1] ?? "" });
    }
    return new MultiAddr(components);
  }

  /**
   * Reads the binary form.
   * @throws OckamError OCKAM_ROUTING_INVALID_MULTIADDR
   */
  static decode(bytes: Uint8Array): MultiAddr {
    if (bytes.length > MAX_MULTIADDR_LENGTH) throw invalid(`it is longer than ${MAX_MULTIADDR_LENGTH} bytes`);
    const components: MultiAddrComponent[] = [];
    let offset = 0;
    while (offset < bytes.length) {
      const code = readVarint(bytes, offset);
      const found = [...CODECS].find(([, codec]) => codec.code === code.value);
      if (found === undefined) throw invalid(`${code.value} is no code of a protocol`);
      const [protocol, codec] = found;
      const size =
        codec.size === undefined ? readVarint(bytes, code.end) : { value: codec.size, end: code.end };
      offset = size.end + size.value;
      if (offset > bytes.length) throw invalid("it is cut off");
      components.push({ protocol, value: codec.toText(bytes.subarray(size.end, offset)) });
    }
    return new MultiAddr(components);
  }

  /**
   * The local addresses of `route` as `/service/name` each.
   * @throws OckamError OCKAM_ROUTING_INVALID_MULTIADDR for another address.
   */
  static fromRoute(route: Route): MultiAddr {
    return new MultiAddr(
      route.map((address) => {
        if (address.type !== LOCAL_TRANSPORT) throw invalid(`${String(address)} is not a local address`);
        return { protocol: "service", value: textOf(address.value) };
      }),
    );
  }

  /** The binary form. */
  encode(): Uint8Array {
    const parts: Uint8Array[] = [];
    for (const { protocol, value } of this.components) {
      const { code, size, fromText } = codecOf(protocol);
      const bytes = fromText(value);
      parts.push(encodeUvarint(code));
      if (size === undefined) parts.push(encodeUvarint(bytes.length));
      parts.push(bytes);
    }
    return concatBytes(...parts);
  }

  /** The text form, as {@link MultiAddr.parse} reads it. */
  toString(): string {
    return this.components.map(({ protocol, value }) => `/${protocol}/${value}`).join("");
  }

  /**
   * The route of local addresses that this is: `service`, `worker` and `secure` only.
   * @throws OckamError OCKAM_ROUTING_INVALID_MULTIADDR for a component of another protocol.
   */
  toLocalRoute(): Route {
    return this.components.map(localAddress);
  }

  /**
   * The route that this is, in which a host and the port after it are one address of type 1 or 2 (`host:port`, IPv6 in
   * brackets). A router does not send to such an address: connect to it, and put the connection's address in its place.
   * @throws OckamError OCKAM_ROUTING_INVALID_MULTIADDR for a second such pair, half a pair, or what is only known to a
   * node: `node`, `project`, `space`.
   */
  toRoute(): Route {
    const route: Address[] = [];
    let connections = 0;
    for (let i = 0; i < this.components.length; i++) {
      const component = this.components[i]!;
      if (!HOSTS.has(component.protocol)) {
        route.push(localAddress(component));
        continue;
      }
      const port = this.components[++i];
      if (port?.protocol !== "tcp" && port?.protocol !== "udp")
        throw invalid("a host needs /tcp/ or /udp/ after it");
      if (++connections > 1) throw invalid("more than one host: a route has one connection at most");
      const host = component.protocol === "ip6" ? `[${component.value}]` : component.value;
      const type = port.protocol === "tcp" ? TCP_TRANSPORT : UDP_TRANSPORT;
      route.push(addressOf(type, `${host}:${port.value}`));
    }
    return route;
  }
}

interface ComponentCodec {
  readonly code: number;
  /** The bytes of a value; undefined when its length goes before it. */
  readonly size: number | undefined;
  readonly fromText: (text: string) => Uint8Array;
  readonly toText: (bytes: Uint8Array) => string;
}

const CODECS: ReadonlyMap<MultiAddrProtocol, ComponentCodec> = new Map<MultiAddrProtocol, ComponentCodec>([
  [
    "ip4",
    {
      code: 4,
      size: 4,
      fromText: (text) => parsed(parseIp4(text), "an IPv4 address", text),
      toText: formatIp4,
    },
  ],
  ["tcp", portCodec(6)],
  [
    "ip6",
    {
      code: 41,
      size: 16,
      fromText: (text) => parsed(parseIp6(text), "an IPv6 address", text),
      toText: formatIp6,
    },
  ],
  ["dnsaddr", textCodec(56)],
  ["udp", portCodec(273)],
  ["service", textCodec(62526)],
  ["node", textCodec(72526)],
  ["project", textCodec(82526)],
  ["space", textCodec(92526)],
  ["secure", textCodec(99526)],
  ["worker", textCodec(102526)],
]);

const PROTOCOLS: ReadonlySet<string> = new Set(CODECS.keys());
const HOSTS: ReadonlySet<MultiAddrProtocol> = new Set(["ip4", "ip6", "dnsaddr"]);
const LOCALS: ReadonlySet<MultiAddrProtocol> = new Set(["service", "worker", "secure"]);

function portCodec(code: number): ComponentCodec {
  return {
    code,
    size: 2,
    fromText: (text) => {
      const port = /^\+?[0-9]+$/.test(text) ? Number(text) : Infinity;
      if (port > 65535) throw invalid(`"${text}" is not a port (0 to 65535)`);
      return Uint8Array.of(port >> 8, port & 0xff);
    },
    toText: (bytes) => String((bytes[0]! << 8) | bytes[1]!),
  };
}

function textCodec(code: number): ComponentCodec {
  return {
    code,
    size: undefined,
    fromText: (text) => {
      if (text.includes("/")) throw invalid(`"${text}" has a slash, which no value can hold`);
      return encodeUtf8(text);
    },
    toText: textOf,
  };
}

function textOf(bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes);
  } catch (cause) {
    throw invalid("a value is not valid UTF-8 text", cause);
  }
}

function isProtocol(text: string): text is MultiAddrProtocol {
  return PROTOCOLS.has(text);
}

function codecOf(protocol: MultiAddrProtocol): ComponentCodec {
  return parsed(CODECS.get(protocol), "a protocol", protocol);
}

function localAddress({ protocol, value }: MultiAddrComponent): Address {
  if (!LOCALS.has(protocol)) throw invalid(`/${protocol}/${value} is not the address of a worker`);
  return addressOf(LOCAL_TRANSPORT, value);
}

function addressOf(type: number, value: string): Address {
  const bytes = encodeUtf8(value);
  if (bytes.length > MAX_ADDRESS_LENGTH)
    throw invalid(`an address is longer than ${MAX_ADDRESS_LENGTH} bytes`);
  return new Address(type, bytes);
}

function readVarint(bytes: Uint8Array, offset: number): { value: number; end: number } {
  try {
    const varint = decodeUvarint(bytes, offset);
    if (varint.end - offset > 1 && bytes[varint.end - 1] === 0)
      throw invalid("a number is not in its shortest form");
    return varint;
  } catch (cause) {
    if (isOckamError(cause, "OCKAM_CODEC_INVALID_BARE")) throw invalid(cause.message, cause);
    throw cause;
  }
}

function parsed<T>(value: T | undefined, expected: string, text: string): T {
  if (value === undefined) throw invalid(`"${text}" is not ${expected}`);
  return value;
}

function invalid(what: string, cause?: unknown): OckamError {
  return new OckamError("OCKAM_ROUTING_INVALID_MULTIADDR", `not a multiaddress: ${what}`, { cause });
}
