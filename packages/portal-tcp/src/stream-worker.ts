// The worker of a stream: an address of its own, who may send to it, and what is a message.
import type { AccessControl, Context, Message, Route } from "@ockam/core-routing";
import { Address } from "@ockam/core-routing";

import { ExpectedPeer } from "./expected-peer.ts";
import type { PortalMessage } from "./portal-message.ts";
import { decodePortalMessage } from "./portal-message.ts";
import type { StreamSettings } from "./stream-settings.ts";

/** Reads the messages of the expected peer and hands them to its subclass. */
export abstract class StreamWorker {
  protected readonly settings: StreamSettings;
  protected readonly context: Context;
  #peer: ExpectedPeer = new ExpectedPeer(undefined);

  protected constructor(settings: StreamSettings, incoming: AccessControl | undefined) {
    this.settings = settings;
    this.context = settings.router.start(
      { handleMessage: (message) => this.#handle(message), shutdown: () => this.onShutdown() },
      {
        address: Address.random(),
        mailbox: {
          ...(incoming === undefined ? {} : { incoming }),
          ...(settings.outgoing === undefined ? {} : { outgoing: settings.outgoing }),
        },
      },
    );
  }

  get peerIdentifier(): string | undefined {
    return this.#peer.identifier;
  }

  /** Whether it is over. */
  abstract get closed(): boolean;

  /** A message of the peer. */
  protected abstract handleDecoded(message: Message, decoded: PortalMessage): void | Promise<void>;

  /** A message of the peer that cannot be read. */
  protected abstract onUnreadable(message: Message, error: unknown): void;

  /** The worker was stopped. */
  protected abstract onShutdown(): void;

  /** A message after the end: it is for nobody. */
  protected handleClosed(_message: Message): void {}

  /** Fixes who may send to this stream from now on. */
  protected expectPeer(identifier: string | undefined): void {
    this.#peer = new ExpectedPeer(identifier);
  }

  /** Frees the address. */
  protected stopWorker(): void {
    if (this.context.stopped) return;
    this.context.stop().catch((error: unknown) => this.drop("a worker that did not stop", error));
  }

  /** Sends a last message: whether it arrives changes nothing any more. */
  protected sendQuietly(route: Route, payload: Uint8Array): void {
    try {
      const wait = this.context.send(route, payload);
      if (wait !== undefined) wait.catch(() => {});
    } catch {
      // The way is gone: there is nobody to tell.
    }
  }

  protected drop(what: string, error?: unknown): void {
    this.settings.log({ level: "debug", area: "portal-tcp", message: `dropped ${what}`, error });
  }

  #handle(message: Message): void | Promise<void> {
    if (this.closed) return this.handleClosed(message);
    if (message.onwardRoute.length !== 1) return this.drop("a message for somebody beyond this stream");
    if (!this.#peer.sent(message)) return this.drop("a message from somebody else than the peer");
    let decoded: PortalMessage;
    try {
      decoded = decodePortalMessage(message.pieces);
    } catch (error) {
      this.drop("a message that cannot be read", error);
      return this.onUnreadable(message, error);
    }
    return this.handleDecoded(message, decoded);
  }
}
