import { fromHex, toHex } from "@ockam/codec";
import { Address, formatRoute } from "@ockam/core-routing";
import { Identifier } from "@ockam/identity";
import type { SecureChannel } from "@ockam/secure-channel";

import type { BuiltRoute } from "../routes/built-route.ts";
import type { SecureChannelCreateParams } from "../control/control-api.ts";
import { DurableHop } from "../routes/durable-hop.ts";
import type { DurableHopOptions, HopPath } from "../routes/durable-hop.ts";
import type { NodeCore } from "../node-core.ts";
import { nodeError } from "../node-error.ts";
import { buildRoute, trustPolicyOf } from "../routes/route-builder.ts";
import { planChannel } from "../routes/route-plan.ts";
import { serviceName, servicePath } from "../control/service-path.ts";
import { ATTEMPT_TIMEOUT } from "../sessions/session.ts";
import type { SecureChannelStatus } from "../status/node-status.ts";

/** How long a channel may take to come up unless told otherwise, ms. */
export const SECURE_CHANNEL_CREATE_TIMEOUT = 120_000;

/** What is kept of a channel, so that it can be opened again. */
interface ChannelDefinition {
  readonly to: string;
  readonly authorized?: readonly string[];
  readonly identity?: string;
  readonly credential?: string;
  /** Who answered the first time: nobody else will do later. */
  readonly peer: string;
}

interface OwnChannel {
  readonly definition: ChannelDefinition;
  readonly hop: DurableHop;
}

/** The secure channels that the node was told to open. */
export class SecureChannels {
  readonly #core: NodeCore;
  /** By the name of their address. */
  readonly #own = new Map<string, OwnChannel>();

  constructor(core: NodeCore) {
    this.#core = core;
  }

  /**
   * Opens a channel to the listener at the end of `to`. It keeps its address and is opened again when it breaks.
   * @throws OckamError of `buildRoute`
   */
  async create(params: SecureChannelCreateParams, signal?: AbortSignal): Promise<SecureChannelStatus> {
    const built = await this.#build(params, signal);
    const channel = lastChannel(built);
    const definition: ChannelDefinition = { ...withoutTimeout(params), peer: channel.peer.toString() };
    const hop = new DurableHop(this.#core, asPath(built), this.#hopOptions(definition));
    this.#own.set(hop.address.name, { definition, hop });
    this.#core.resources.put("secure-channel", hop.address.name, { ...definition });
    return this.show(hop.address.name);
  }

  /** Opens a channel, reports it and closes it. @throws OckamError of `buildRoute` */
  async probe(params: SecureChannelCreateParams, signal?: AbortSignal): Promise<SecureChannelStatus> {
    await using built = await this.#build(params, signal, "available");
    return this.#statusOf(lastChannel(built), params);
  }

  async list(): Promise<readonly SecureChannelStatus[]> {
    return Promise.all(Array.from(this.#own.values(), (own) => this.#statusOfOwn(own)));
  }

  /** `address`: `/service/<id>` or `<id>`. @throws OckamError OCKAM_NODE_SECURE_CHANNEL_NOT_FOUND */
  async show(address: string): Promise<SecureChannelStatus> {
    const own = this.#own.get(serviceName(address));
    return own === undefined ? this.#statusOf(this.#accepted(address)) : this.#statusOfOwn(own);
  }

  /** Closes it for good. @throws OckamError OCKAM_NODE_SECURE_CHANNEL_NOT_FOUND */
  async delete(address: string): Promise<SecureChannelStatus> {
    const name = serviceName(address);
    const own = this.#own.get(name);
    if (own === undefined) {
      const channel = this.#accepted(address);
      const status = await this.#statusOf(channel);
      await channel.close();
      return status;
    }
    const status = await this.#statusOfOwn(own);
    this.#own.delete(name);
    this.#core.resources.delete("secure-channel", name);
    await own.hop.close();
    return status;
  }

  /** Brings back what the node had. */
  restore(): void {
    for (const { name, definition } of this.#core.resources.list<ChannelDefinition>("secure-channel")) {
      const hop = new DurableHop(this.#core, name, this.#hopOptions(definition));
      this.#own.set(name, { definition, hop });
    }
  }

  async close(): Promise<void> {
    await Promise.all(Array.from(this.#own.values(), ({ hop }) => hop.close()));
  }

  #build(
    params: SecureChannelCreateParams,
    signal: AbortSignal | undefined,
    trust: "required" | "available" = "required",
  ): Promise<BuiltRoute> {
    const { credential, identity, authorized, timeout = SECURE_CHANNEL_CREATE_TIMEOUT } = params;
    // Before anything is opened, and not as a failure of the peer.
    trustPolicyOf(authorized);
    return buildRoute(this.#core, planChannel(params.to, this.#core.state), {
      identity,
      authorized,
      credential: credential === undefined ? undefined : fromHex(credential),
      trust,
      timeout,
      signal,
    });
  }

  #hopOptions(definition: ChannelDefinition): DurableHopOptions {
    const params = { ...definition, authorized: [definition.peer], timeout: ATTEMPT_TIMEOUT };
    return {
      name: `secure channel to ${definition.to}`,
      open: async (signal) => asPath(await this.#build(params, signal)),
    };
  }

  #accepted(address: string): SecureChannel {
    const channel = this.#core.hops.find(Address.local(serviceName(address)))?.channel;
    if (channel !== undefined) return channel;
    throw nodeError(
      "SECURE_CHANNEL_NOT_FOUND",
      `The secure channel ${address} was not found; "ockam secure-channel list" shows those that are there`,
    );
  }

  async #statusOfOwn({ definition, hop }: OwnChannel): Promise<SecureChannelStatus> {
    const { part } = hop;
    if (part !== undefined && "peer" in part && "role" in part) {
      const status = await this.#statusOf(part, definition);
      return { ...status, address: servicePath(hop.address.name) };
    }
    return {
      address: servicePath(hop.address.name),
      to: definition.to,
      route: null,
      role: "initiator",
      authorized_identifiers: definition.authorized ?? null,
      flow_control_id: null,
      my_identifier: this.#ownIdentifier(definition.identity),
      their_identifier: definition.peer,
      their_change_history: await this.#changeHistory(Identifier.parse(definition.peer)),
    };
  }

  async #statusOf(
    channel: SecureChannel,
    params?: Pick<SecureChannelCreateParams, "to" | "authorized" | "identity">,
  ): Promise<SecureChannelStatus> {
    return {
      address: servicePath(channel.address.name),
      to: params?.to ?? null,
      route: formatRoute(channel.route),
      role: channel.role,
      authorized_identifiers: params?.authorized ?? null,
      flow_control_id: channel.flowControlId,
      my_identifier: this.#ownIdentifier(params?.identity),
      their_identifier: channel.peer.toString(),
      their_change_history: await this.#changeHistory(channel.peer),
    };
  }

  #ownIdentifier(identity: string | undefined): string {
    return this.#core.state.identities.get(identity ?? this.#core.identityName).identifier.toString();
  }

  async #changeHistory(peer: Identifier): Promise<string | null> {
    const { identities } = this.#core.state.identities.open(this.#core.identityName);
    const identity = await identities.get(peer);
    return identity === undefined ? null : toHex(identity.changeHistory);
  }
}

function lastChannel(built: BuiltRoute): SecureChannel {
  return built.channels.at(-1)!;
}

function asPath(built: BuiltRoute): HopPath {
  return { part: lastChannel(built), pingRoute: undefined, closed: built.closed, close: () => built.close() };
}

function withoutTimeout(params: SecureChannelCreateParams): Omit<SecureChannelCreateParams, "timeout"> {
  const { timeout: _, ...others } = params;
  return others;
}
