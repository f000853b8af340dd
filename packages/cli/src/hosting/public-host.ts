import type { LookupAddress } from "node:dns";
import { lookup } from "node:dns/promises";
import { createServer } from "node:net";
import { BlockList, isIP } from "node:net";

import { OckamError } from "@ockam/codec";

/** How others find a machine: a name or an IP address that leads to it. */
export interface PublicHost {
  /** As it was given: `relay.example.com`, `192.0.2.1`, `2001:db8::1`. */
  readonly name: string;
  /** Where to listen so that whoever comes by the name gets there. */
  readonly bindAddress: string;
}

/** The host of something that this machine alone can use. */
export const THIS_MACHINE: PublicHost = { name: "127.0.0.1", bindAddress: "127.0.0.1" };

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

/**
 * Finds out where `name` leads. A machine behind a router has another address than its name's, so that of the name is
 * listened at only when it is the loopback, by its address or as `localhost`: many machines take their own name for it.
 * @throws OckamError OCKAM_CLI_ADDRESS_NOT_FOUND when it leads nowhere
 */
export async function findPublicHost(
  typed: string,
  resolve: (name: string) => Promise<LookupAddress> = lookup,
): Promise<PublicHost> {
  const name = typed.replace(/^\[(.*)\]$/, "$1");
  const { address, family } = await resolve(name).catch((cause: unknown) => {
    throw addressNotFound(`The address ${typed} cannot be resolved`, cause);
  });
  if (address === "0.0.0.0" || address === "::")
    throw addressNotFound(`The address ${typed} leads nowhere from other machines`);
  const isOwn = isIP(name) !== 0 || /(?:^|\.)localhost$/i.test(name);
  if (isOwn && isLoopback({ name, bindAddress: address })) return { name, bindAddress: address };
  return { name, bindAddress: family === 6 ? "::" : "0.0.0.0" };
}

/** Whether nobody but this machine gets there. */
export function isLoopback({ bindAddress }: PublicHost): boolean {
  return LOOPBACK.check(bindAddress, isIP(bindAddress) === 6 ? "ipv6" : "ipv4");
}

function addressNotFound(message: string, cause?: unknown): OckamError {
  return new OckamError("OCKAM_CLI_ADDRESS_NOT_FOUND", message, {
    cause,
    details: { hint: "give a name or an IP address by which the other machines reach this one" },
  });
}

/** `host:port` to listen at. */
export function listenerAddress({ bindAddress }: PublicHost, port: number): string {
  return bindAddress.includes(":") ? `[${bindAddress}]:${port}` : `${bindAddress}:${port}`;
}

/** The multiaddress of a port of the host, as others dial it. */
export function publicRoute({ name }: PublicHost, port: number): string {
  const family = isIP(name);
  const protocol = family === 0 ? "dnsaddr" : `ip${family}`;
  return `/${protocol}/${name}/tcp/${port}`;
}

/** The same from this machine, which its own public name may not lead to. */
export function localRoute({ bindAddress }: PublicHost, port: number): string {
  const address = { "0.0.0.0": "127.0.0.1", "::": "::1" }[bindAddress] ?? bindAddress;
  return publicRoute({ name: address, bindAddress }, port);
}

/**
 * Tries to listen. `hint`: what to do when that fails.
 * @throws OckamError OCKAM_NODE_PORT_IN_USE
 */
export async function expectFreePort(host: PublicHost, port: number, hint: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => {
      reject(
        new OckamError(
          "OCKAM_NODE_PORT_IN_USE",
          `Cannot listen at ${listenerAddress(host, port)}: ${cause.message}`,
          { cause, details: { hint } },
        ),
      );
    });
    server.listen({ port, host: host.bindAddress }, resolve);
  });
  await new Promise((resolve) => server.close(resolve));
}
