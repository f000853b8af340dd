// Routes as text and as CBOR. docs/protocol/routing.md, "Routes".
//
//   address = [ type : 0..255, value : bstr ]
//   route   = [ * address ]
import type { CborReader, CborWriter } from "@ockam/codec";
import { OckamError } from "@ockam/codec";

import { Address, MAX_ADDRESS_LENGTH } from "./address.ts";

/** The addresses that a message passes, the next hop first and its recipient last. */
export type Route = readonly Address[];

/** The most addresses of a route: a way through 20 relays has fewer. */
export const MAX_ROUTE_LENGTH = 64;

const SEPARATOR = " => ";

/**
 * Reads addresses that are separated by `=>`; white space around them is ignored.
 * @throws OckamError OCKAM_ROUTING_INVALID_ADDRESS for one of the addresses, OCKAM_ROUTING_INVALID_ROUTE when the text
 * is empty or has more than {@link MAX_ROUTE_LENGTH} addresses.
 */
export function parseRoute(text: string): Route {
  if (text === "") throw invalid('not a route: the text is empty; write addresses, separated by "=>"');
  const parts = text.split("=>");
  if (parts.length > MAX_ROUTE_LENGTH) throw tooLong(parts.length);
  return parts.map((part) => Address.parse(part.trim()));
}

/** The addresses of `route`, separated by ` => `: as {@link parseRoute} reads them. */
export function formatRoute(route: Route): string {
  return route.join(SEPARATOR);
}

/**
 * Writes `route`.
 * @throws OckamError OCKAM_ROUTING_INVALID_ROUTE when it has more than {@link MAX_ROUTE_LENGTH} addresses.
 */
export function writeRoute(writer: CborWriter, route: Route): void {
  if (route.length > MAX_ROUTE_LENGTH) throw tooLong(route.length);
  writer.array(route.length);
  for (const address of route) writeAddress(writer, address);
}

/**
 * Reads a route. Its addresses are copies: they do not hold on to the bytes that were read.
 * @throws OckamError OCKAM_CODEC_INVALID_CBOR, or OCKAM_ROUTING_INVALID_ROUTE beyond {@link MAX_ROUTE_LENGTH}
 * addresses or {@link MAX_ADDRESS_LENGTH} bytes of one of them.
 */
export function readRoute(reader: CborReader): Route {
  const route: Address[] = [];
  const addresses = reader.array();
  while (addresses.next()) {
    if (route.length === MAX_ROUTE_LENGTH) throw tooLong(route.length + 1);
    route.push(readAddress(reader));
  }
  addresses.end();
  return route;
}

/**
 * Writes one address.
 * @see readAddress
 */
export function writeAddress(writer: CborWriter, address: Address): void {
  writer.array(2).uint(address.type).bytes(address.value);
}

/**
 * Reads one address, a copy of the bytes that were read.
 * @throws OckamError OCKAM_CODEC_INVALID_CBOR, or OCKAM_ROUTING_INVALID_ROUTE beyond {@link MAX_ADDRESS_LENGTH} bytes.
 */
export function readAddress(reader: CborReader): Address {
  const fields = reader.array();
  fields.need("type");
  const type = reader.uint(255);
  fields.need("value");
  const value = reader.bytes();
  if (value.length > MAX_ADDRESS_LENGTH) {
    throw invalid(`an address of ${value.length} bytes exceeds the limit of ${MAX_ADDRESS_LENGTH}`);
  }
  fields.end();
  // Not slice(): that of a Buffer, which a transport may have read into, copies nothing.
  return new Address(type, new Uint8Array(value));
}

function tooLong(length: number): OckamError {
  return invalid(`a route of ${length} addresses exceeds the limit of ${MAX_ROUTE_LENGTH}`);
}

function invalid(message: string): OckamError {
  return new OckamError("OCKAM_ROUTING_INVALID_ROUTE", message);
}
