// Which workers foreign messages may be sent to. docs/protocol/routing.md, "Flow control".
import { toHex } from "@ockam/codec";

import type { AccessControl } from "./access-control.ts";
import type { Address } from "./address.ts";

/** Names one flow of messages into this node. It has a meaning inside the node only. */
export type FlowControlId = string;

/** What is known about the origin of a flow. */
export interface Producer {
  readonly flowControlId: FlowControlId;
  /** The flow of the listener that it came from, if it came from one. */
  readonly spawnerFlowControlId?: FlowControlId;
}

interface ProducerEntry extends Producer {
  readonly address: Address;
  readonly additional: readonly Address[];
}

const ID_LENGTH = 16;

/**
 * Foreign messages enter a node at *producers*: the receiver of a connection, the decryptor of a secure channel. Such a
 * mailbox may send to *consumers* of its flow only, whatever the rest of the route says. *Spawners* are listeners:
 * consumers of a spawner's flow can be reached through everything that it accepts.
 *
 * Two look-ups decide on a message; nothing is walked or copied for it.
 */
export class FlowControls {
  readonly #consumers = new Map<FlowControlId, Map<string, Address>>();
  readonly #flowsOfConsumer = new Map<string, Set<FlowControlId>>();
  /** Producers by their own address and by each additional one. */
  readonly #producers = new Map<string, ProducerEntry>();
  readonly #spawners = new Map<string, FlowControlId>();
  /** How many producers and spawners hold an id: the consumers of an id live as long as one does. */
  readonly #holders = new Map<FlowControlId, number>();

  /** A new id: 16 random bytes as 32 hexadecimal characters. */
  static randomId(): FlowControlId {
    return toHex(crypto.getRandomValues(new Uint8Array(ID_LENGTH)));
  }

  /** Lets the flow `id` reach `address`. */
  addConsumer(address: Address, id: FlowControlId): void {
    let consumers = this.#consumers.get(id);
    if (consumers === undefined) {
      consumers = new Map();
      this.#consumers.set(id, consumers);
    }
    consumers.set(address.key, address);
    let flows = this.#flowsOfConsumer.get(address.key);
    if (flows === undefined) {
      flows = new Set();
      this.#flowsOfConsumer.set(address.key, flows);
    }
    flows.add(id);
  }

  /** Takes back {@link addConsumer}. */
  removeConsumer(address: Address, id: FlowControlId): void {
    const consumers = this.#consumers.get(id);
    consumers?.delete(address.key);
    if (consumers?.size === 0) this.#consumers.delete(id);
    const flows = this.#flowsOfConsumer.get(address.key);
    flows?.delete(id);
    if (flows?.size === 0) this.#flowsOfConsumer.delete(address.key);
  }

  /**
   * Registers the origin of the flow `id`. {@link producerOf} finds it by `address` and by the `additional` addresses,
   * of which the usual one is where answers go: the sender of a connection, the encryptor of a channel.
   */
  addProducer(
    address: Address,
    id: FlowControlId,
    spawner?: FlowControlId,
    additional: readonly Address[] = [],
  ): void {
    this.#removeProducer(address);
    const entry: ProducerEntry = {
      address,
      additional,
      flowControlId: id,
      ...(spawner === undefined ? {} : { spawnerFlowControlId: spawner }),
    };
    this.#hold(id);
    if (spawner !== undefined) this.#hold(spawner);
    this.#producers.set(address.key, entry);
    for (const other of additional) this.#producers.set(other.key, entry);
  }

  /** Registers a listener: producers that it spawns name the flow `id` as their spawner's. */
  addSpawner(address: Address, id: FlowControlId): void {
    this.#removeSpawner(address);
    this.#spawners.set(address.key, id);
    this.#hold(id);
  }

  /** The producer that is registered under `address`, its own or an additional one. */
  producerOf(address: Address): Producer | undefined {
    return this.#producers.get(address.key);
  }

  /** The flow of the listener at `address`. */
  spawnerOf(address: Address): FlowControlId | undefined {
    return this.#spawners.get(address.key);
  }

  /** Makes `address` a consumer of the flow that `other` produces, so that answers from there reach it. */
  linkConsumer(address: Address, other: Address): FlowControlId | undefined {
    const id = this.#producers.get(other.key)?.flowControlId;
    if (id !== undefined) this.addConsumer(address, id);
    return id;
  }

  /** Whether the flow `id` may reach `address`. */
  isConsumer(address: Address, id: FlowControlId): boolean {
    return this.#consumers.get(id)?.has(address.key) === true;
  }

  /** The addresses that the flow `id` may reach. */
  consumersOf(id: FlowControlId): readonly Address[] {
    return [...(this.#consumers.get(id)?.values() ?? [])];
  }

  /** The flows that may reach `address`. */
  flowControlsOfConsumer(address: Address): readonly FlowControlId[] {
    return [...(this.#flowsOfConsumer.get(address.key) ?? [])];
  }

  /**
   * The outgoing check of a producer: lets a message pass when its next hop is a consumer of `id` or of `spawner`.
   * Nothing else of the message is looked at.
   */
  accessControl(id: FlowControlId, spawner?: FlowControlId): AccessControl {
    const consumers = this.#consumers;
    return {
      isAuthorized: ({ onwardRoute: [next] }) =>
        next !== undefined &&
        (consumers.get(id)?.has(next.key) === true ||
          (spawner !== undefined && consumers.get(spawner)?.has(next.key) === true)),
    };
  }

  /**
   * Forgets everything about `address`, of whatever role. The router calls it for every address of a worker that stops.
   * The consumers of an id are forgotten with the last producer or spawner that holds it.
   */
  cleanup(address: Address): void {
    this.#removeSpawner(address);
    this.#removeProducer(address);
    for (const id of this.flowControlsOfConsumer(address)) this.removeConsumer(address, id);
  }

  #removeProducer(address: Address): void {
    const entry = this.#producers.get(address.key);
    if (entry === undefined) return;
    if (!entry.address.equals(address)) {
      // An additional address went first; the producer itself stays.
      this.#producers.delete(address.key);
      return;
    }
    for (const one of [entry.address, ...entry.additional]) {
      if (this.#producers.get(one.key) === entry) this.#producers.delete(one.key);
    }
    this.#release(entry.flowControlId);
    if (entry.spawnerFlowControlId !== undefined) this.#release(entry.spawnerFlowControlId);
  }

  #removeSpawner(address: Address): void {
    const id = this.#spawners.get(address.key);
    if (id === undefined) return;
    this.#spawners.delete(address.key);
    this.#release(id);
  }

  #hold(id: FlowControlId): void {
    this.#holders.set(id, (this.#holders.get(id) ?? 0) + 1);
  }

  #release(id: FlowControlId): void {
    const count = (this.#holders.get(id) ?? 0) - 1;
    if (count > 0) {
      this.#holders.set(id, count);
      return;
    }
    this.#holders.delete(id);
    for (const address of this.consumersOf(id)) this.removeConsumer(address, id);
  }
}
