import { isOckamError } from "@ockam/codec";
import { memoryTransport } from "@ockam/core-routing";
import type { Transport } from "@ockam/core-routing";

import { createNode } from "../src/create-node.ts";
import type { CreateNodeOptions } from "../src/node-options.ts";
import type { OckamNode } from "../src/ockam-node.ts";

/** Nodes that reach each other in memory, and are closed at the end of the block. */
export class Nodes implements AsyncDisposable {
  readonly transport: Transport = memoryTransport();
  readonly #nodes: OckamNode[] = [];
  #port = 4000;

  async create(options: CreateNodeOptions = {}): Promise<OckamNode> {
    const tcpListenerAddress = `127.0.0.1:${++this.#port}`;
    const node = await createNode({ transport: this.transport, tcpListenerAddress, ...options });
    this.#nodes.push(node);
    return node;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of this.#nodes) await node.close();
  }
}

/** `/ip4/127.0.0.1/tcp/<port>` of a node. */
export function addressOf(node: OckamNode): string {
  return `/ip4/127.0.0.1/tcp/${node.tcpListenerAddress!.split(":")[1]}`;
}

/** The code that `action` fails with, or what it returned. */
export async function codeOf(action: () => unknown): Promise<unknown> {
  try {
    return await action();
  } catch (error) {
    return isOckamError(error) ? error.code : error;
  }
}
