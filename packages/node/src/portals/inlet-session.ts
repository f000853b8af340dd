// A TCP inlet whose way to the outlet is kept open. docs/protocol/sessions.md, "Sessions".
import { createInlet } from "@ockam/portal-tcp";
import type { Inlet } from "@ockam/portal-tcp";

import type { TcpInletCreateParams } from "../control/control-api.ts";
import type { NodeCore } from "../node-core.ts";
import { planRoute, plannedText } from "../routes/route-plan.ts";
import { httpHeaderInterceptor } from "./http-header.ts";
import { openPortalPath, PortalWay } from "./portal-way.ts";

/** What is kept of an inlet. */
export type InletDefinition = Omit<TcpInletCreateParams, "allow" | "connectionWait"> & {
  readonly name: string;
  readonly from: string;
};

/** A listening inlet and its way. */
export class InletSession {
  readonly definition: InletDefinition;
  readonly way: PortalWay;
  readonly #core: NodeCore;
  readonly #inlet: Inlet;

  private constructor(core: NodeCore, definition: InletDefinition, inlet: Inlet, way: PortalWay) {
    this.#core = core;
    this.definition = definition;
    this.#inlet = inlet;
    this.way = way;
  }

  /** Begins to listen and to connect. @throws OckamError of `createInlet`; RangeError for a malformed address */
  static async start(
    core: NodeCore,
    definition: InletDefinition,
    signal?: AbortSignal,
  ): Promise<InletSession> {
    const { authorized, from, identity, name, nagle = false, skipHandshake = false, to } = definition;
    const intercept = httpHeaderInterceptor(definition.httpHeaders);
    const way = new PortalWay(core, {
      name: `inlet ${name}`,
      resource: { name, type: "tcp-inlet" },
      // Planned anew each time: a node that was restarted may listen at another port.
      open: (attempt) =>
        openPortalPath(core, planRoute(to, core.state), {
          identity,
          authorized,
          nodeOf: (route) => route.slice(0, -1),
          signal: attempt,
        }),
    });
    let inlet: Inlet;
    try {
      inlet = await createInlet(core.router, {
        from,
        nagle,
        skipHandshake,
        disturbance: way.disturbance,
        log: core.log,
        admit: way.admit,
        ...(intercept === undefined ? {} : { intercept }),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      await way.close();
      throw error;
    }
    way.start(inlet);
    return new InletSession(core, definition, inlet, way);
  }

  /** The bound `host:port`. */
  get address(): string {
    return this.#inlet.address;
  }

  /** The multiaddress of the outlet with `/node/<name>` replaced, as far as that is possible now. */
  plannedText(): string {
    return plannedText(this.definition.to, this.#core.state);
  }
}
