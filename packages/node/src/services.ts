import { Address, hopWorker, uppercaseWorker } from "@ockam/core-routing";

import { addressInUse } from "./address-in-use.ts";
import type { NodeCore } from "./node-core.ts";
import { guardedEchoWorker } from "./policies/echo-service.ts";
import { relayAuthorization } from "./policies/relay-authorization.ts";
import { startRelayService } from "./relays/relay-service.ts";
import type { RelayService } from "./relays/relay-service.ts";
import { restoreEach } from "./state/restore-each.ts";
import { serviceName, servicePath } from "./control/service-path.ts";
import type { HostedRelayStatus, ServiceStatus } from "./status/node-status.ts";

/** The address of a `hop` service that is not given one. */
export const DEFAULT_HOP_ADDRESS = "hop";

/** The small services of a node. `echo` is what session monitors of all peers ping. */
export class Services {
  readonly #core: NodeCore;
  readonly #running: ServiceStatus[] = [];
  #relays: RelayService | undefined;

  constructor(core: NodeCore) {
    this.#core = core;
  }

  /** Starts what every node has. */
  startDefaults(): void {
    const { exposure, hops, identityName, log, policies, router, state, trust } = this.#core;
    const echo = policies.guard({ name: "echo", type: "echoer", remember: true });
    const { now } = state.identities.open(identityName).identities;
    for (const [address, worker] of [
      ["uppercase", uppercaseWorker()],
      ["echo", guardedEchoWorker(echo)],
    ] as const)
      exposure.expose(router.start(worker, { address }).address, ["tcp", "channels", "relays"]);
    this.#relays = startRelayService(router, {
      log,
      authorization: relayAuthorization(policies, trust, now),
      closedOf: (way) => hops.find(way)?.closed,
      closeWay: (way) => void hops.find(way)?.channel?.close(),
      onStart: (address) => exposure.expose(address, ["tcp", "channels"]),
      onStop: (address) => exposure.forget(address),
    });
    this.#running.push({ addr: "uppercase", type: "uppercase" }, { addr: "echo", type: "echo" });
  }

  /** @throws OckamError OCKAM_NODE_ADDRESS_IN_USE */
  start(params: { readonly type: "hop"; readonly address?: string }): ServiceStatus {
    const address = serviceName(params.address ?? DEFAULT_HOP_ADDRESS);
    const status = this.#startHop(address);
    this.#core.resources.put("hop", address, { address });
    return status;
  }

  list(): readonly ServiceStatus[] {
    return this.#running;
  }

  /** The relays that others have here. */
  hostedRelays(): readonly HostedRelayStatus[] {
    return (this.#relays?.list() ?? []).map(({ address, bytes, messages, owner, since }) => ({
      address: servicePath(address.name),
      owner: owner === undefined ? null : `I${owner}`,
      since: new Date(since).toISOString(),
      messages,
      bytes,
    }));
  }

  /** Brings back what the node had. */
  restore(): Promise<void> {
    return restoreEach(this.#core, "hop", ({ name }) => this.#startHop(name));
  }

  #startHop(address: string): ServiceStatus {
    const { exposure, router } = this.#core;
    if (router.has(Address.local(address))) throw addressInUse(address);
    // A hop sends wherever it is told to, so it is kept from channels, whose peers reach more than strangers do.
    exposure.expose(router.start(hopWorker(), { address }).address, ["tcp", "connections"]);
    const status: ServiceStatus = { addr: address, type: "hop" };
    this.#running.push(status);
    return status;
  }
}
