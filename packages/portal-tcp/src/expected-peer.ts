import type { Message } from "@ockam/core-routing";

import { peerIdentifierOf } from "./sender.ts";

/** Who may send to a stream: the identity that it began with, or nobody with a secure channel if it had none. */
export class ExpectedPeer {
  /** 64 hex digits. */
  readonly identifier: string | undefined;
  #knownData: Uint8Array | undefined;

  constructor(identifier: string | undefined) {
    this.identifier = identifier;
  }

  /** Whether `message` comes from this peer. */
  sent(message: Message): boolean {
    const info = message.localInfo;
    // A channel hands out the same bytes with each message: no need to look into them.
    if (info.length === 1 && this.#knownData !== undefined && info[0]!.data === this.#knownData) return true;
    if (peerIdentifierOf(message) !== this.identifier) return false;
    this.#knownData = this.identifier !== undefined && info.length === 1 ? info[0]!.data : undefined;
    return true;
  }
}
