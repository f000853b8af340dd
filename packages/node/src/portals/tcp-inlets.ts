import { formatRoute } from "@ockam/core-routing";
import { Identifier } from "@ockam/identity";

import type { TcpInletCreateParams } from "../control/control-api.ts";
import { httpHeaderInterceptor } from "./http-header.ts";
import { InletSession } from "./inlet-session.ts";
import type { InletDefinition } from "./inlet-session.ts";
import { expectName } from "../state/name.ts";
import type { NodeCore } from "../node-core.ts";
import { nodeError } from "../node-error.ts";
import { portInUse } from "../transports/port-in-use.ts";
import { randomName } from "../state/random-name.ts";
import { restoreEach } from "../state/restore-each.ts";
import { planRoute } from "../routes/route-plan.ts";
import { firstAttempt } from "../sessions/first-attempt.ts";
import type { InletStatus } from "../status/node-status.ts";
import { sessionStatus } from "../status/session-status.ts";
import { trafficStatus } from "../status/traffic-status.ts";

/** How long the creation of an inlet waits for the other side unless told otherwise, ms. */
export const CONNECTION_WAIT = 5000;

/** The TCP inlets of a node. */
export class TcpInlets {
  readonly #core: NodeCore;
  readonly #own = new Map<string, InletSession>();
  /** Names of inlets that are being made. */
  readonly #reserved = new Set<string>();

  constructor(core: NodeCore) {
    this.#core = core;
  }

  /**
   * Listens, and waits for a while until the way to the outlet is open. When it is not, the inlet is Down and goes on
   * trying.
   * @throws OckamError OCKAM_NODE_TCP_INLET_EXISTS, OCKAM_NODE_PORT_IN_USE, OCKAM_NODE_INVALID_ROUTE,
   * OCKAM_NODE_UNKNOWN_NODE, OCKAM_NODE_INVALID_POLICY, OCKAM_NODE_IDENTITY_NOT_FOUND, OCKAM_IDENTITY_INVALID_IDENTIFIER, or the signal's
   * reason
   */
  async create(params: TcpInletCreateParams, signal?: AbortSignal): Promise<InletStatus> {
    const { allow, connectionWait = CONNECTION_WAIT, ...definition } = params;
    const name = params.name ?? randomName((word) => this.#isTaken(word));
    if (this.#isTaken(name))
      throw nodeError("TCP_INLET_EXISTS", `an inlet named ${name} exists already; choose another name`);
    this.#expectSensible(name, definition);
    const undo = allow === undefined ? undefined : this.#core.policies.setForNew(name, allow);
    this.#reserved.add(name);
    try {
      const inlet = await this.#start({ from: "127.0.0.1:0", ...definition, name }, signal);
      await this.#firstWait(inlet, connectionWait, signal);
      // Deleted while it waited: what was put down now would come back with the next start.
      if (this.#own.get(name) !== inlet) throw nodeError("CLOSED", `the inlet ${name} was deleted meanwhile`);
      this.#core.resources.put("tcp-inlet", name, { ...inlet.definition, from: inlet.address });
      return statusOf(inlet);
    } catch (error) {
      undo?.();
      throw error;
    } finally {
      this.#reserved.delete(name);
    }
  }

  list(): readonly InletStatus[] {
    return Array.from(this.#own.values(), statusOf);
  }

  /** @throws OckamError OCKAM_NODE_TCP_INLET_NOT_FOUND */
  show(name: string): InletStatus {
    return statusOf(this.#get(name));
  }

  /** Ends its connections, too. @throws OckamError OCKAM_NODE_TCP_INLET_NOT_FOUND */
  async delete(name: string): Promise<InletStatus> {
    const inlet = this.#get(name);
    this.#own.delete(name);
    this.#core.resources.delete("tcp-inlet", name);
    await inlet.way.delete();
    return statusOf(inlet);
  }

  /** Brings back what the node had. */
  restore(): Promise<void> {
    return restoreEach<InletDefinition>(this.#core, "tcp-inlet", ({ definition }) => this.#start(definition));
  }

  async close(): Promise<void> {
    await Promise.all(Array.from(this.#own.values(), ({ way }) => way.close()));
  }

  async #start(definition: InletDefinition, signal?: AbortSignal): Promise<InletSession> {
    let inlet: InletSession;
    try {
      inlet = await InletSession.start(this.#core, definition, signal);
    } catch (error) {
      if (error instanceof RangeError) throw nodeError("INVALID_ADDRESS", error.message, { cause: error });
      throw portInUse(definition.from, error) ?? error;
    }
    this.#own.set(definition.name, inlet);
    return inlet;
  }

  /** What no waiting would heal. */
  #expectSensible(name: string, { authorized, httpHeaders, to, identity }: TcpInletCreateParams): void {
    expectName(name);
    if (authorized !== undefined) Identifier.parse(authorized);
    httpHeaderInterceptor(httpHeaders);
    planRoute(to, this.#core.state);
    if (identity !== undefined) this.#core.state.identities.get(identity);
  }

  async #firstWait(inlet: InletSession, wait: number, signal: AbortSignal | undefined): Promise<void> {
    try {
      await firstAttempt(inlet.way, wait, signal);
    } catch (error) {
      this.#own.delete(inlet.definition.name);
      await inlet.way.close();
      throw error;
    }
  }

  #isTaken(name: string): boolean {
    return this.#own.has(name) || this.#reserved.has(name);
  }

  #get(name: string): InletSession {
    const inlet = this.#own.get(name);
    if (inlet !== undefined) return inlet;
    throw nodeError(
      "TCP_INLET_NOT_FOUND",
      `The tcp inlet ${name} was not found; "ockam tcp-inlet list" shows those that are there`,
    );
  }
}

function statusOf(inlet: InletSession): InletStatus {
  const { definition, way } = inlet;
  const { path } = way;
  return {
    alias: definition.name,
    bind_addr: inlet.address,
    outlet_addr: path?.text ?? inlet.plannedText(),
    outlet_route: path === undefined ? null : formatRoute(path.route),
    status: path === undefined ? "Down" : "Up",
    ...sessionStatus(way),
    worker_addr: path?.route[0]?.name ?? null,
    peer_identifier: way.peer ?? null,
    traffic: trafficStatus(way),
    payload: null,
    privileged: false,
  };
}
