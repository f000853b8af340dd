import { Address } from "@ockam/core-routing";
import { createSecureChannelListener } from "@ockam/secure-channel";
import type { SecureChannelListener } from "@ockam/secure-channel";

import { addressInUse } from "../address-in-use.ts";
import { closeWithConnection } from "../routes/channel-lifetime.ts";
import type { ControlParams } from "../control/control-api.ts";
import type { NodeCore } from "../node-core.ts";
import { nodeError } from "../node-error.ts";
import { restoreEach } from "../state/restore-each.ts";
import { trustPolicyOf } from "../routes/route-builder.ts";
import { rawAddress, serviceName, servicePath } from "../control/service-path.ts";
import type { SecureChannelListenerStatus } from "../status/node-status.ts";

/** The address of the secure channel listener that every node has. */
export const API_LISTENER = "api";

type ListenerParams = ControlParams<"secure-channel-listener.create">;

interface OwnListener {
  readonly listener: SecureChannelListener;
  readonly params: ListenerParams;
  readonly identifier: string;
}

/** Where peers open secure channels to this node. What is exposed to channels can be reached through all of them. */
export class SecureChannelListeners {
  readonly #core: NodeCore;
  readonly #own = new Map<string, OwnListener>();

  constructor(core: NodeCore) {
    this.#core = core;
  }

  /** @throws OckamError OCKAM_NODE_ADDRESS_IN_USE, OCKAM_NODE_IDENTITY_NOT_FOUND */
  create(params: ListenerParams): SecureChannelListenerStatus {
    const name = serviceName(params.address);
    const own = this.start({ ...params, address: name });
    this.#core.resources.put("secure-channel-listener", name, own.params);
    return statusOf(own);
  }

  /** As {@link create}, and forgets it when the node stops. */
  start(params: ListenerParams): OwnListener {
    const { exposure, hops, log, router, state, trust } = this.#core;
    if (router.has(Address.local(params.address))) throw addressInUse(params.address);
    const identityName = params.identity ?? this.#core.identityName;
    const own = state.identities.open(identityName);
    const listener = createSecureChannelListener(router, params.address, {
      ...own,
      ...trust.listenerTerms(identityName),
      trustPolicy: trustPolicyOf(params.authorized),
      log,
      onChannel: (channel) => {
        hops.add(channel.address, { closed: channel.closed, channel });
        closeWithConnection(this.#core, channel);
        trust.watch(channel, identityName);
      },
    });
    exposure.open("channels", listener.flowControlId);
    // Through a relay come strangers whom the owner of the relay node lets in: they get the one door.
    const isDoor = params.address === API_LISTENER;
    exposure.expose(listener.address, isDoor ? ["tcp", "channels", "relays"] : ["tcp", "channels"]);
    const entry = { listener, params, identifier: own.identifier.toString() };
    this.#own.set(params.address, entry);
    return entry;
  }

  list(): readonly SecureChannelListenerStatus[] {
    return Array.from(this.#own.values(), statusOf);
  }

  /** @throws OckamError OCKAM_NODE_SECURE_CHANNEL_LISTENER_NOT_FOUND */
  show(address: string): SecureChannelListenerStatus {
    return statusOf(this.#get(address));
  }

  /** Its channels stay. @throws OckamError OCKAM_NODE_SECURE_CHANNEL_LISTENER_NOT_FOUND */
  async delete(address: string): Promise<SecureChannelListenerStatus> {
    const own = this.#get(address);
    const status = statusOf(own);
    this.#own.delete(own.params.address);
    this.#core.resources.delete("secure-channel-listener", own.params.address);
    // The flow stays an entrance: its channels go on, and what they reach does.
    this.#core.exposure.forget(own.listener.address);
    await own.listener.close();
    return status;
  }

  /** Brings back what the node had. */
  restore(): Promise<void> {
    return restoreEach<ListenerParams>(this.#core, "secure-channel-listener", ({ name, definition }) => {
      if (!this.#own.has(name)) this.start(definition);
    });
  }

  async close(): Promise<void> {
    const open = Array.from(this.#own.values());
    await Promise.all(open.flatMap(({ listener }) => listener.channels()).map((channel) => channel.close()));
    await Promise.all(open.map(({ listener }) => listener.close()));
  }

  #get(address: string): OwnListener {
    const own = this.#own.get(serviceName(address));
    if (own !== undefined) return own;
    throw nodeError(
      "SECURE_CHANNEL_LISTENER_NOT_FOUND",
      `The secure channel listener ${address} was not found; "ockam secure-channel-listener list" shows those that are there`,
    );
  }
}

function statusOf({ listener, params, identifier }: OwnListener): SecureChannelListenerStatus {
  return {
    address: rawAddress(listener.address),
    service: servicePath(listener.address.name),
    flow_control_id: listener.flowControlId,
    is_key_exchange_only: false,
    identifier,
    authorized_identifiers: params.authorized ?? null,
  };
}
