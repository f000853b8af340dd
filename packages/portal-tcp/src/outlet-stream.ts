// The side of a stream that is asked for it. docs/protocol/portals.md, "Opening".
import type { Address, Message } from "@ockam/core-routing";

import type { LocalEnd } from "./local-end.ts";
import type { PortalExtension } from "./portal-extension.ts";
import { hasStreamControl } from "./portal-extension.ts";
import { portalFailure, reasonOfConnectError, wireReason } from "./portal-failure.ts";
import type { FailureReason } from "./portal-failure.ts";
import type { PortalMessage } from "./portal-message.ts";
import { encodeDisconnect, encodeHandshake } from "./portal-message.ts";
import { PortalStream } from "./portal-stream.ts";
import type { StreamSettings } from "./stream-settings.ts";

/** How an {@link OutletStream} begins. */
export interface OutletStreamOptions {
  /** The message that asked for it: its return route is where everything goes. */
  readonly first: Message;
  /** Who sent it. */
  readonly peerIdentifier: string | undefined;
  /** What its Ping announced. */
  readonly extension: PortalExtension | undefined;
  /** Sends data without a Pong, as the inlet expects it. */
  readonly skipHandshake: boolean;
}

/** Sends a Pong when its target is connected, and carries data. */
export class OutletStream extends PortalStream {
  readonly #options: OutletStreamOptions;

  constructor(settings: StreamSettings, end: LocalEnd, options: OutletStreamOptions) {
    // Without a handshake the outlet's own address has checked who may send.
    super(settings, end, options.skipHandshake ? undefined : settings.incoming);
    this.#options = options;
    this.expectPeer(options.peerIdentifier);
    if (!options.skipHandshake) this.#letIn(options.first);
    this.listen();
    if (options.skipHandshake) this.establish(options.first.returnRoute, undefined);
  }

  /** Where the inlet's messages go. */
  get address(): Address {
    return this.context.address;
  }

  /** The target is connected: the inlet may send. */
  connected(): void {
    if (this.closed || this.#options.skipHandshake) return;
    const { first, extension } = this.#options;
    this.establish(first.returnRoute, extension, encodeHandshake("pong", this.#answer(0)));
  }

  /** The target cannot be reached, or not in time: the inlet is told why. */
  refuse(cause: Error): void {
    if (this.closed) return;
    this.#turnAway(reasonOfConnectError(cause), cause);
  }

  override reset(reason: FailureReason = "closed"): void {
    if (!this.closed && this.state === "opening") this.#turnAway(reason);
    else super.reset(reason);
  }

  /** Data comes along the way back, past a worker that forwarded the first message without putting itself into it. */
  #letIn({ returnRoute, source }: Message): void {
    const { flowControls } = this.settings.router;
    for (const hop of [source, returnRoute[0]]) {
      if (hop !== undefined && flowControls.linkConsumer(this.context.address, hop) !== undefined) return;
    }
  }

  #turnAway(reason: FailureReason, cause?: Error): void {
    if (this.#options.skipHandshake) {
      this.fail(reason, cause);
      return;
    }
    const { returnRoute } = this.#options.first;
    const answer = this.#answer(wireReason(reason));
    this.sendQuietly(returnRoute, encodeHandshake("pong", answer));
    // A Rust inlet releases its client for a Pong that a Disconnect follows, and for nothing else.
    if (answer === undefined) this.sendQuietly(returnRoute, encodeDisconnect());
    this.close(portalFailure(reason, { cause }));
  }

  protected override handleUnopened(_message: Message, _decoded: PortalMessage): void {
    // Nobody knows this address before the Pong.
  }

  protected override onUnopenedError(cause: Error): void {
    this.refuse(cause);
  }

  /** What the Pong announces: nothing unless both sides take part in stream control. */
  #answer(status: number): Uint8Array | undefined {
    const controlled = this.settings.counted && hasStreamControl(this.#options.extension);
    return controlled ? this.announce(status) : undefined;
  }
}
