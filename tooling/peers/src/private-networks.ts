import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { installAptPackages } from "./install-ockam.ts";
import type { Place } from "./place.ts";

const run = promisify(execFile);

/** The names of the networks that are no one's but their own. */
export type PrivateNetwork = "service" | "client";

/**
 * Three network namespaces: a relay that the two others reach at one address, a service and a client. Service and
 * client take no connection from anybody, and have no way to each other, since the relay's machine forwards nothing:
 * what both owners of private networks have, without the machines. Needs Linux, root, `ip` and `nft`.
 */
export class PrivateNetworks implements AsyncDisposable {
  readonly relay: Place;
  readonly service: Place;
  readonly client: Place;
  readonly #id: string;
  readonly #hosts: Record<PrivateNetwork, number> = { service: 2, client: 2 };

  private constructor(id: string) {
    this.#id = id;
    this.relay = this.#place("relay", RELAY);
    this.service = this.#place("service", `${SUBNETS.service}.2`);
    this.client = this.#place("client", `${SUBNETS.client}.2`);
  }

  /** Why namespaces cannot be made here, or undefined when they can. */
  static async unavailable(): Promise<string | undefined> {
    if (process.platform !== "linux") return "network namespaces need Linux";
    if (process.getuid?.() !== 0) return "network namespaces need root";
    const name = `ockam-try-${process.pid}`;
    try {
      await run("ip", ["-V"]).catch(() => installAptPackages(["iproute2"]));
      await run("ip", ["netns", "add", name]);
      await run("ip", ["netns", "delete", name]);
    } catch (error) {
      return `network namespaces cannot be made: ${error instanceof Error ? error.message : String(error)}`;
    }
    return undefined;
  }

  static async create(): Promise<PrivateNetworks> {
    await run("nft", ["--version"]).catch(() => installAptPackages(["nftables"]));
    const networks = new PrivateNetworks(process.pid.toString(36));
    try {
      await networks.#build();
    } catch (error) {
      await networks[Symbol.asyncDispose]();
      throw error;
    }
    return networks;
  }

  /** From now on nothing passes between the network and the relay, and nobody is told. */
  async cut(network: PrivateNetwork): Promise<void> {
    await this.#nft("relay", `add element inet filter cut { ${this.#link(network)} }`);
  }

  /** The opposite of {@link PrivateNetworks.cut}. */
  async mend(network: PrivateNetwork): Promise<void> {
    await this.#nft("relay", `delete element inet filter cut { ${this.#link(network)} }`);
  }

  /** The network gets another address; connections from the address of before are lost without a word. */
  async move(network: PrivateNetwork): Promise<void> {
    const before = `${SUBNETS[network]}.${this.#hosts[network]++}/24`;
    const after = `${SUBNETS[network]}.${this.#hosts[network]}/24`;
    await this.#ip(network, ["address", "delete", before, "dev", "uplink"]);
    await this.#ip(network, ["address", "add", after, "dev", "uplink"]);
    await this.#ip(network, ["route", "add", "default", "via", `${SUBNETS[network]}.1`]);
  }

  /** The first bytes of all connections between the namespaces still in memory go with them. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of ["relay", "service", "client"])
      await run("ip", ["netns", "delete", this.#name(name)]).catch(() => {});
  }

  async #build(): Promise<void> {
    for (const name of ["relay", "service", "client"]) {
      await run("ip", ["netns", "add", this.#name(name)]);
      await this.#ip(name, ["link", "set", "lo", "up"]);
    }
    await this.#ip("relay", ["address", "add", `${RELAY}/32`, "dev", "lo"]);
    for (const network of ["service", "client"] as const) await this.#connect(network);
    // What is cut is dropped in both directions, without an answer.
    await this.#nft(
      "relay",
      `table inet filter {
        set cut { type ifname; }
        chain input { type filter hook input priority 0; iifname @cut drop; }
        chain output { type filter hook output priority 0; oifname @cut drop; }
      }`,
    );
  }

  async #connect(network: PrivateNetwork): Promise<void> {
    const link = this.#link(network);
    const ends = [link, "type", "veth", "peer", "name", "uplink", "netns", this.#name(network)];
    await this.#ip("relay", ["link", "add", ...ends]);
    await this.#ip("relay", ["address", "add", `${SUBNETS[network]}.1/24`, "dev", link]);
    await this.#ip("relay", ["link", "set", link, "up"]);
    await this.#ip(network, ["address", "add", `${SUBNETS[network]}.2/24`, "dev", "uplink"]);
    await this.#ip(network, ["link", "set", "uplink", "up"]);
    await this.#ip(network, ["route", "add", "default", "via", `${SUBNETS[network]}.1`]);
    // Answers to what was asked for from within, and nothing else.
    await this.#nft(
      network,
      `table inet filter {
        chain input {
          type filter hook input priority 0; policy drop;
          iifname "lo" accept
          ct state established,related accept
        }
      }`,
    );
  }

  #place(name: string, address: string): Place {
    return { address, prefix: ["nsenter", `--net=/run/netns/${this.#name(name)}`, "--"] };
  }

  #name(name: string): string {
    return `ockam-${this.#id}-${name}`;
  }

  #link(network: PrivateNetwork): string {
    return `to-${network}`;
  }

  async #ip(name: string, args: readonly string[]): Promise<void> {
    await run("ip", ["-n", this.#name(name), ...args]);
  }

  async #nft(name: string, command: string): Promise<void> {
    await run("ip", ["netns", "exec", this.#name(name), "nft", command]);
  }
}

// Addresses of the range for tests of network devices, RFC 2544: nobody else's on any network.
const RELAY = "198.18.0.1";
const SUBNETS: Readonly<Record<PrivateNetwork, string>> = { service: "198.18.1", client: "198.18.2" };
