import type { Address, FlowControlId, FlowControls } from "@ockam/core-routing";

/**
 * A way into the node.
 *
 * - `tcp`: connections that its own TCP listener accepted. Nobody has proved who they are.
 * - `channels`: secure channels that one of its listeners accepted.
 * - `connections`: TCP connections that it opened because it was told to.
 * - `relays`: connections, or channels to relay nodes, that it opened so that others come in by them.
 */
export type Entrance = "tcp" | "channels" | "connections" | "relays";

/**
 * Who may reach what. A worker is exposed to entrances, never to single peers: what comes in by an entrance reaches the
 * workers exposed to it, those to come included, and nothing else. docs/node.md has the table.
 */
export class Exposure {
  readonly #flowControls: FlowControls;
  readonly #flows: Readonly<Record<Entrance, Set<FlowControlId>>> = {
    tcp: new Set(),
    channels: new Set(),
    connections: new Set(),
    relays: new Set(),
  };
  readonly #exposed = new Map<
    string,
    { readonly address: Address; readonly entrances: readonly Entrance[] }
  >();

  constructor(flowControls: FlowControls) {
    this.#flowControls = flowControls;
  }

  /** Lets what comes in by `entrances` reach `address`, until that worker stops. */
  expose(address: Address, entrances: readonly Entrance[]): void {
    this.#exposed.set(address.key, { address, entrances });
    for (const entrance of entrances)
      for (const flow of this.#flows[entrance]) this.#flowControls.addConsumer(address, flow);
  }

  /** For a worker that has stopped: one to come at its address is not exposed. */
  forget(address: Address): void {
    this.#exposed.delete(address.key);
  }

  /** Adds a flow to an entrance. */
  open(entrance: Entrance, flow: FlowControlId): void {
    this.#flows[entrance].add(flow);
    for (const { address, entrances } of this.#exposed.values())
      if (entrances.includes(entrance)) this.#flowControls.addConsumer(address, flow);
  }

  /** Takes a flow that has ended from an entrance. */
  close(entrance: Entrance, flow: FlowControlId): void {
    this.#flows[entrance].delete(flow);
  }

  /** The flows of some entrances. */
  flows(...entrances: readonly Entrance[]): readonly FlowControlId[] {
    return entrances.flatMap((entrance) => [...this.#flows[entrance]]);
  }
}
