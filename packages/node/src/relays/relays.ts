import { formatRoute } from "@ockam/core-routing";
import { Identifier } from "@ockam/identity";
import { isOckamError } from "@ockam/codec";

import type { RelayCreateParams } from "../control/control-api.ts";
import { expectName } from "../state/name.ts";
import type { NodeCore } from "../node-core.ts";
import { nodeError } from "../node-error.ts";
import { firstAttempt } from "../sessions/first-attempt.ts";
import type { RelayStatus } from "../status/node-status.ts";
import { sessionStatus } from "../status/session-status.ts";
import { messageTrafficStatus } from "../status/traffic-status.ts";
import { expectRelayName, RANDOM_NAME } from "./relay-registration.ts";
import { planRelay, RelaySession } from "./relay-session.ts";
import type { RelayDefinition } from "./relay-session.ts";

/** The name of a relay that is not given one. */
export const DEFAULT_RELAY_NAME = "default";
/** How long the creation of a relay waits for the relay node unless told otherwise, ms. */
export const RELAY_CONNECTION_WAIT = 5000;

/** The relays through which others reach a node: each is kept registered at another node. */
export class Relays {
  readonly #core: NodeCore;
  readonly #own = new Map<string, RelaySession>();

  constructor(core: NodeCore) {
    this.#core = core;
  }

  /**
   * Registers a relay at another node, and waits for a while until that is done. When it is not, the relay is Down and
   * goes on trying; only when that node says no, there is none.
   * @throws OckamError OCKAM_NODE_RELAY_EXISTS, OCKAM_NODE_RELAY_REFUSED, OCKAM_NODE_INVALID_NAME,
   * OCKAM_NODE_INVALID_ROUTE, OCKAM_NODE_UNKNOWN_NODE, OCKAM_NODE_UNPROTECTED, OCKAM_IDENTITY_INVALID_IDENTIFIER, or the
   * signal's reason
   */
  async create(params: RelayCreateParams, signal?: AbortSignal): Promise<RelayStatus> {
    const { connectionWait = RELAY_CONNECTION_WAIT, name = DEFAULT_RELAY_NAME, ...rest } = params;
    const definition: RelayDefinition = { ...rest, name, address: params.address ?? name };
    this.#expectSensible(definition);
    signal?.throwIfAborted();
    const relay = new RelaySession(this.#core, definition);
    this.#own.set(name, relay);
    try {
      await firstAttempt(relay, connectionWait, signal);
      if (relay.path === undefined && isOckamError(relay.lastFailure, "OCKAM_NODE_RELAY_REFUSED"))
        throw relay.lastFailure;
    } catch (error) {
      this.#own.delete(name);
      await relay.close();
      throw error;
    }
    this.#core.resources.put("relay", name, definition);
    return statusOf(relay);
  }

  list(): readonly RelayStatus[] {
    return Array.from(this.#own.values(), statusOf);
  }

  /** @throws OckamError OCKAM_NODE_RELAY_NOT_FOUND */
  show(name: string): RelayStatus {
    return statusOf(this.#get(name));
  }

  /** Ends the connection, with which the relay goes. @throws OckamError OCKAM_NODE_RELAY_NOT_FOUND */
  async delete(name: string): Promise<RelayStatus> {
    const relay = this.#get(name);
    this.#own.delete(name);
    this.#core.resources.delete("relay", name);
    await relay.close();
    return statusOf(relay);
  }

  /** Brings back what the node had. */
  restore(): void {
    for (const { name, definition } of this.#core.resources.list<RelayDefinition>("relay"))
      this.#own.set(name, new RelaySession(this.#core, definition));
  }

  async close(): Promise<void> {
    await Promise.all(Array.from(this.#own.values(), (relay) => relay.close()));
  }

  /** What no waiting would heal. */
  #expectSensible({ address, at, authorized, name }: RelayDefinition): void {
    expectName(name);
    expectRelayName(address);
    if (address === RANDOM_NAME)
      throw nodeError("INVALID_NAME", `"${RANDOM_NAME}" asks for a random name; choose another one`);
    if (this.#own.has(name))
      throw nodeError("RELAY_EXISTS", `a relay named ${name} exists already; choose another name`);
    const { steps, text } = planRelay(this.#core, at);
    if (authorized !== undefined) Identifier.parse(authorized);
    if (authorized !== undefined && !steps.some(({ kind }) => kind === "secure"))
      throw nodeError(
        "INVALID_ROUTE",
        `nobody proves an identity on the way ${text}; add /secure/api, or leave the authorized identifier out`,
      );
  }

  #get(name: string): RelaySession {
    const relay = this.#own.get(name);
    if (relay !== undefined) return relay;
    throw nodeError(
      "RELAY_NOT_FOUND",
      `The relay ${name} was not found; "ockam relay list" shows those that are there`,
    );
  }
}

function statusOf(session: RelaySession): RelayStatus {
  const { definition, path } = session;
  return {
    name: definition.name,
    destination_address: path?.text ?? session.plannedText(),
    connection_status: path === undefined ? "Down" : "Up",
    forwarding_route: path === undefined ? null : formatRoute(path.relay.route),
    remote_address: path?.relay.remoteAddress.name ?? null,
    worker_address: path?.relay.address.toString() ?? null,
    flow_control_id: path?.relay.flowControlId ?? null,
    peer_identifier: path?.channel?.peer.toString() ?? null,
    traffic: path?.channel === undefined ? null : messageTrafficStatus(path.channel.traffic),
    ...sessionStatus(session),
  };
}
