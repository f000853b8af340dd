import { Address } from "@ockam/core-routing";
import { createOutlet, formatEndpoint } from "@ockam/portal-tcp";
import type { Outlet } from "@ockam/portal-tcp";

import { addressInUse, isAddressInUse } from "../address-in-use.ts";
import type { TcpOutletCreateParams } from "../control/control-api.ts";
import type { NodeCore } from "../node-core.ts";
import { nodeError } from "../node-error.ts";
import { PortalGuard } from "../policies/portal-guard.ts";
import { restoreEach } from "../state/restore-each.ts";
import { rawAddress, serviceName, servicePath } from "../control/service-path.ts";
import type { OutletStatus } from "../status/node-status.ts";
import { outletUseStatus } from "../status/traffic-status.ts";

/** The address of an outlet that is not given one. */
export const DEFAULT_OUTLET_ADDRESS = "outlet";

/** The params with the address that was chosen. The policy is among the policies. */
type OutletDefinition = Omit<TcpOutletCreateParams, "allow"> & { readonly address: string };

interface OwnOutlet {
  readonly outlet: Outlet;
  readonly definition: OutletDefinition;
  readonly guard: PortalGuard;
}

/** The TCP outlets of a node. */
export class TcpOutlets {
  readonly #core: NodeCore;
  readonly #own = new Map<string, OwnOutlet>();

  constructor(core: NodeCore) {
    this.#core = core;
  }

  /** @throws OckamError OCKAM_NODE_ADDRESS_IN_USE, OCKAM_NODE_INVALID_ADDRESS, OCKAM_NODE_INVALID_POLICY */
  create({ allow, ...params }: TcpOutletCreateParams): OutletStatus {
    const address = params.address === undefined ? this.#freeAddress() : serviceName(params.address);
    const own = this.#startAllowed({ ...params, address }, allow);
    this.#core.resources.put("tcp-outlet", address, own.definition);
    return statusOf(own);
  }

  list(): readonly OutletStatus[] {
    return Array.from(this.#own.values(), statusOf);
  }

  /** @throws OckamError OCKAM_NODE_TCP_OUTLET_NOT_FOUND */
  show(name: string): OutletStatus {
    return statusOf(this.#get(name));
  }

  /** Ends its connections, too. @throws OckamError OCKAM_NODE_TCP_OUTLET_NOT_FOUND */
  async delete(name: string): Promise<OutletStatus> {
    const own = this.#get(name);
    const { outlet, definition, guard } = own;
    this.#own.delete(definition.address);
    this.#core.resources.delete("tcp-outlet", definition.address);
    this.#core.exposure.forget(outlet.address);
    await outlet.close();
    guard.forget();
    return statusOf(own);
  }

  /** Brings back what the node had. */
  restore(): Promise<void> {
    return restoreEach<OutletDefinition & Pick<TcpOutletCreateParams, "allow">>(
      this.#core,
      "tcp-outlet",
      ({ definition: { allow, ...definition } }) => {
        this.#startAllowed(definition, allow);
        // An earlier version kept it there.
        if (allow !== undefined) this.#core.resources.put("tcp-outlet", definition.address, definition);
      },
    );
  }

  async close(): Promise<void> {
    for (const { guard } of this.#own.values()) guard.close();
    await Promise.all(Array.from(this.#own.values(), ({ outlet }) => outlet.close()));
  }

  /** Never open to others for a moment, and without a trace when it cannot be started. */
  #startAllowed(definition: OutletDefinition, allow: string | undefined): OwnOutlet {
    const { address } = definition;
    if (this.#core.router.has(Address.local(address))) throw addressInUse(address);
    const undo = allow === undefined ? undefined : this.#core.policies.setForNew(address, allow);
    try {
      return this.#start(definition);
    } catch (error) {
      undo?.();
      throw error;
    }
  }

  #start(definition: OutletDefinition): OwnOutlet {
    const { exposure, hops, log, policies, router } = this.#core;
    const { address, to, nagle = false, skipHandshake = false, tls = false } = definition;
    const guard = new PortalGuard(policies, { name: address, type: "tcp-outlet" });
    let outlet: Outlet;
    try {
      outlet = createOutlet(router, {
        address,
        to,
        nagle,
        skipHandshake,
        tls,
        disturbance: hops.disturbance,
        log,
        admit: guard.admit,
      });
    } catch (error) {
      guard.close();
      if (isAddressInUse(error)) throw addressInUse(address, error);
      if (error instanceof RangeError) throw nodeError("INVALID_ADDRESS", error.message, { cause: error });
      throw error;
    }
    exposure.expose(outlet.address, ["tcp", "channels"]);
    guard.watch(() => outlet.connections());
    const own = { outlet, definition, guard };
    this.#own.set(address, own);
    return own;
  }

  #freeAddress(): string {
    return this.#core.router.has(Address.local(DEFAULT_OUTLET_ADDRESS))
      ? Address.random().name
      : DEFAULT_OUTLET_ADDRESS;
  }

  #get(name: string): OwnOutlet {
    const own = this.#own.get(serviceName(name));
    if (own !== undefined) return own;
    throw nodeError(
      "TCP_OUTLET_NOT_FOUND",
      `The tcp outlet ${name} was not found; "ockam tcp-outlet list" shows those that are there`,
    );
  }
}

function statusOf({ outlet, definition }: OwnOutlet): OutletStatus {
  return {
    to: formatEndpoint(outlet.to),
    worker_addr: rawAddress(outlet.address),
    address: servicePath(outlet.address.name),
    tls: definition.tls ?? false,
    ...outletUseStatus(outlet),
    payload: null,
    privileged: false,
  };
}
