import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { installAptPackages } from "./install-ockam.ts";
import type { Place } from "./place.ts";

const run = promisify(execFile);

// Nobody's: of the ranges for tests of network devices, RFC 2544, and for private use, RFC 4193.
const ADDRESSES = ["198.18.3.2/24", "fd00:198:18:3::2/64"];
const GATEWAYS = ["198.18.3.1", "fd00:198:18:3::1"];

/**
 * A network namespace that has a way to everywhere and nobody at its end: whatever is sent to any address but those of
 * the loopback is written down. Needs Linux, root, `ip` and `nft`.
 */
export class WatchedNetwork implements AsyncDisposable {
  readonly place: Place;
  readonly #name: string;

  private constructor(name: string) {
    this.#name = name;
    this.place = { address: "127.0.0.1", prefix: ["nsenter", `--net=/run/netns/${name}`, "--"] };
  }

  static async create(): Promise<WatchedNetwork> {
    await run("nft", ["--version"]).catch(() => installAptPackages(["nftables"]));
    const network = new WatchedNetwork(`ockam-${process.pid.toString(36)}-watched`);
    try {
      await network.#build();
    } catch (error) {
      await network[Symbol.asyncDispose]();
      throw error;
    }
    return network;
  }

  /** The addresses beyond the loopback to which something was sent, name servers among them. */
  async reached(): Promise<readonly string[]> {
    const reached: string[] = [];
    for (const set of ["ipv4", "ipv6"]) {
      const { stdout } = await this.#inside(["nft", "-j", "list", "set", "inet", "watch", set]);
      for (const [, list] of stdout.matchAll(/"elem": ?\[([^\]]*)\]/g)) reached.push(...addressesOf(list!));
    }
    return reached;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await run("ip", ["netns", "delete", this.#name]).catch(() => {});
  }

  async #build(): Promise<void> {
    await run("ip", ["netns", "add", this.#name]);
    await this.#ip(["link", "set", "lo", "up"]);
    await this.#ip(["link", "add", "uplink", "type", "veth", "peer", "name", "sink"]);
    for (const address of ADDRESSES) await this.#ip(["address", "add", address, "dev", "uplink", "nodad"]);
    for (const link of ["uplink", "sink"]) await this.#ip(["link", "set", link, "up"]);
    for (const gateway of GATEWAYS) await this.#ip(["route", "add", "default", "via", gateway]);
    // Multicast of IPv6 is the kernel's own.
    await this.#inside([
      "nft",
      `table inet watch {
        set ipv4 { type ipv4_addr; flags dynamic; size 1000; }
        set ipv6 { type ipv6_addr; flags dynamic; size 1000; }
        chain output {
          type filter hook output priority 0;
          oifname "lo" accept;
          ip6 daddr ff00::/8 accept;
          add @ipv4 { ip daddr };
          add @ipv6 { ip6 daddr };
        }
      }`,
    ]);
  }

  async #ip(args: readonly string[]): Promise<void> {
    await run("ip", ["-n", this.#name, ...args]);
  }

  #inside([program, ...args]: readonly [string, ...string[]]): Promise<{ stdout: string }> {
    return run("ip", ["netns", "exec", this.#name, program, ...args]);
  }
}

function addressesOf(list: string): readonly string[] {
  return list.split(",").map((address) => address.trim().replaceAll('"', ""));
}
