import { routeTo } from "./ockam-home.ts";
import type { Implementation, OckamHome, PeerNode } from "./ockam-home.ts";
import { THIS_MACHINE } from "./place.ts";
import type { Place } from "./place.ts";
import { rustOckam } from "./rust-ockam.ts";
import { typescriptOckam } from "./typescript-ockam.ts";

/** Which implementation is at which end. */
export interface PortalEnds {
  readonly inlet: Implementation;
  readonly outlet: Implementation;
}

/** The pairs that this project answers for, in the order of the suites. */
export const PORTAL_PAIRS: readonly PortalEnds[] = [
  { inlet: "rust", outlet: "typescript" },
  { inlet: "typescript", outlet: "rust" },
  { inlet: "typescript", outlet: "typescript" },
];

/** The size of a transfer in bytes: `OCKAM_PEERS_TRANSFER_MIB`, else 1 GiB with `OCKAM_PEERS_FULL=1`, else 128 MiB. */
export const TRANSFER_LENGTH: number =
  Number(process.env["OCKAM_PEERS_TRANSFER_MIB"] ?? (process.env["OCKAM_PEERS_FULL"] === "1" ? 1024 : 128)) *
  2 ** 20;

/** A new home of either implementation; `env` is for all its commands and nodes, which run at `place`. */
export async function ockamHome(
  implementation: Implementation,
  env: Readonly<Record<string, string>> = {},
  place: Place = THIS_MACHINE,
): Promise<OckamHome> {
  return implementation === "rust" ? rustOckam(env, place) : typescriptOckam(env, place);
}

/**
 * A portal between two nodes with homes of their own, over a secure channel: clients of `port` reach `backend`. Each
 * end accepts only the other's identifier.
 */
export class Portal implements AsyncDisposable {
  readonly port: number;
  readonly inletHome: OckamHome;
  readonly outletHome: OckamHome;
  inlet: PeerNode;
  outlet: PeerNode;
  readonly #backend: number;
  readonly #analyst: string;

  private constructor(
    port: number,
    [inletHome, outletHome]: readonly [OckamHome, OckamHome],
    [inlet, outlet]: readonly [PeerNode, PeerNode],
    backend: number,
    analyst: string,
  ) {
    this.port = port;
    this.inletHome = inletHome;
    this.outletHome = outletHome;
    this.inlet = inlet;
    this.outlet = outlet;
    this.#backend = backend;
    this.#analyst = analyst;
  }

  static async open(ends: PortalEnds, backend: number): Promise<Portal> {
    const inletHome = await ockamHome(ends.inlet);
    const outletHome = await ockamHome(ends.outlet);
    try {
      const analyst = await inletHome.createIdentity("analyst");
      const bank = await outletHome.createIdentity("bank");
      const outlet = await outletHome.createNode("bank", { args: ["--identity", "bank"] });
      await outletHome.createOutlet(outlet, backend, ["--allow", analyst]);
      const inlet = await inletHome.createNode("analyst", { args: ["--identity", "analyst"] });
      const route = `${routeTo(outlet)}/secure/api/service/outlet`;
      const port = await inletHome.createInlet(inlet, route, ["--authorized", bank]);
      return new Portal(port, [inletHome, outletHome], [inlet, outlet], backend, analyst);
    } catch (error) {
      await inletHome[Symbol.asyncDispose]();
      await outletHome[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Starts the outlet's node again after it was killed: same identity, same port, same outlet. */
  async restartOutlet(): Promise<void> {
    const { port } = this.outlet;
    this.outlet = await this.outletHome.createNode("bank", { port, args: ["--identity", "bank"] });
    // A Rust node forgets its outlets; ours comes back with them.
    if (this.outletHome.implementation === "rust") {
      await this.outletHome.createOutlet(this.outlet, this.#backend, ["--allow", this.#analyst]);
    }
  }

  /** Starts the inlet's node again after it was killed. Ours comes back with its inlet, a Rust node without. */
  async restartInlet(): Promise<void> {
    this.inlet = await this.inletHome.createNode("analyst", { port: this.inlet.port });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.inletHome[Symbol.asyncDispose]();
    await this.outletHome[Symbol.asyncDispose]();
  }
}
