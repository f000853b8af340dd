import { Address } from "@ockam/core-routing";
import type { FlowControlId } from "@ockam/core-routing";

import type { RoutePart } from "./built-route.ts";
import type { NodeCore } from "../node-core.ts";
import { Session } from "../sessions/session.ts";
import type { SessionPath } from "../sessions/session.ts";

/** A connection or channel, with what lies below it. */
export interface HopPath extends SessionPath {
  readonly part: RoutePart;
}

/** Options of a {@link DurableHop}. */
export interface DurableHopOptions {
  /** For the log. */
  readonly name: string;
  open(signal: AbortSignal): Promise<HopPath>;
  /** Called with each part that comes up. */
  onPart?(part: RoutePart): void;
}

/**
 * A connection or secure channel that keeps its address. When it is gone, or after the node was restarted, a new one
 * is opened, and a worker at the old address passes messages on to it. So routes that begin there stay good.
 */
export class DurableHop {
  readonly address: Address;
  readonly #core: NodeCore;
  readonly #options: DurableHopOptions;
  readonly #session: Session<HopPath>;

  /** `first`: the path whose address is kept; or the address, to which a path has yet to be opened. */
  constructor(core: NodeCore, first: HopPath | string, options: DurableHopOptions) {
    this.address = typeof first === "string" ? Address.local(first) : first.part.address;
    this.#core = core;
    this.#options = options;
    this.#session = new Session<HopPath>({
      router: core.router,
      name: options.name,
      log: core.log,
      open: async (signal) => {
        // The part before, or the worker that stands for it.
        await core.router.stop(this.address);
        return options.open(signal);
      },
      onUp: (path) => this.#stand(path),
      onDown: () => void core.router.stop(this.address),
    });
    this.#session.start(...(typeof first === "string" ? [] : [first]));
  }

  /** What is open at present. */
  get part(): RoutePart | undefined {
    return this.#session.path?.part;
  }

  /** Why it is, or was last, not open. */
  get lastFailure(): Error | undefined {
    return this.#session.lastFailure;
  }

  async close(): Promise<void> {
    await this.#session.close();
    await this.#core.router.stop(this.address);
  }

  #stand({ part, closed }: HopPath): void {
    this.#options.onPart?.(part);
    if (part.address.equals(this.address)) return;
    startStandIn(this.#core, this.address, part.address, part.flowControlId);
    const channel = "peer" in part && "role" in part ? { channel: part } : {};
    this.#core.hops.add(this.address, { closed, ...channel });
  }
}

/** Starts a worker at `address` that passes everything on to `target`, and looks like it to who sends there. */
function startStandIn(core: NodeCore, address: Address, target: Address, flow: FlowControlId): void {
  const terminal = core.router.mailbox(target)?.terminal;
  core.router.start(
    (message, context) =>
      context.forward(message.rerouted([target, ...message.onwardRoute.slice(1)], message.returnRoute)),
    { address, mailbox: terminal === undefined ? {} : { terminal } },
  );
  core.router.flowControls.addProducer(address, flow);
}
