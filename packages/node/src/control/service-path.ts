import type { Address } from "@ockam/core-routing";
import type { RawAddress } from "../status/node-status.ts";

/** The name of a worker from `/service/<name>`, `/worker/<name>` or `<name>`. */
export function serviceName(text: string): string {
  return text.replace(/^\/?(?:service|worker|secure)\//, "").replace(/^0#/, "");
}

/** `/service/<name>` */
export function servicePath(name: string): string {
  return `/service/${name}`;
}

/** An address as 0.150.0 prints it in JSON. */
export function rawAddress(address: Address): RawAddress {
  return { tt: address.type, inner: Array.from(address.value) };
}
