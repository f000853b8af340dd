// The side of a stream that asks for it. docs/protocol/portals.md, "Opening".
import type { Message, Route } from "@ockam/core-routing";

import { MAX_LATE_PONGS, PONG_TIMEOUT } from "./limits.ts";
import type { LocalEnd } from "./local-end.ts";
import { decodeExtension, hasStreamControl } from "./portal-extension.ts";
import { portalFailure, reasonOfWire, wireReason } from "./portal-failure.ts";
import type { PortalMessage } from "./portal-message.ts";
import { decodePortalMessage, encodeDisconnect, encodeHandshake, encodeReset } from "./portal-message.ts";
import { PortalStream } from "./portal-stream.ts";
import { peerIdentifierBehind } from "./sender.ts";
import type { StreamSettings } from "./stream-settings.ts";

/** How an {@link InletStream} is opened. */
export interface InletStreamOptions {
  /** The way to the outlet, whose address is its last hop. */
  readonly route: Route;
  /** Sends data without waiting for the Pong; the outlet must do the same. */
  readonly skipHandshake: boolean;
  /** How long the Pong may take, in milliseconds. */
  readonly pongTimeout: number;
}

/** Sends a Ping, waits for the Pong, and carries data. */
export class InletStream extends PortalStream {
  readonly #pongTimer: NodeJS.Timeout | undefined;
  #awaitsPong = true;

  constructor(settings: StreamSettings, end: LocalEnd, options: InletStreamOptions) {
    super(settings, end, settings.incoming);
    const { route } = options;
    this.expectPeer(peerIdentifierBehind(settings.router, route));
    settings.router.flowControls.linkConsumer(this.context.address, route[0]!);
    this.watch(route[0]!);
    this.listen();
    this.#pongTimer = setTimeout(() => this.close(portalFailure("pongTimeout")), options.pongTimeout);
    try {
      const ping = encodeHandshake("ping", options.skipHandshake ? undefined : this.announce(0));
      const wait = this.context.send(route, ping);
      if (wait !== undefined) wait.catch((error: unknown) => this.fail("routeLost", error));
    } catch (error) {
      this.#awaitsPong = false;
      this.fail("routeLost", error);
      return;
    }
    if (!options.skipHandshake) return;
    this.#awaitsPong = false;
    clearTimeout(this.#pongTimer);
    this.establish(route, undefined);
  }

  protected override handleUnopened(message: Message, decoded: PortalMessage): void {
    if (decoded.type === "disconnect" || decoded.type === "reset") {
      this.#awaitsPong = false;
      this.close(portalFailure("unanswered"));
      return;
    }
    if (decoded.type !== "pong" || message.returnRoute.length === 0) return;
    this.#awaitsPong = false;
    clearTimeout(this.#pongTimer);
    const extension = decodeExtension(decoded.extension);
    if (hasStreamControl(extension) && extension.status !== 0) {
      this.close(portalFailure(reasonOfWire(extension.status)));
      return;
    }
    this.establish(message.returnRoute, extension);
  }

  /** The client is gone before the outlet answered. */
  protected override onUnopenedError(cause: Error): void {
    this.close(portalFailure("aborted", { cause }));
  }

  /** A Pong that comes too late opened a connection to the target: its outlet is told to close it. */
  protected override handleClosed(message: Message): void {
    if (!this.#awaitsPong || message.returnRoute.length === 0) return;
    let decoded: PortalMessage;
    try {
      decoded = decodePortalMessage(message.pieces);
    } catch {
      return;
    }
    if (decoded.type !== "pong") return;
    const controlled = hasStreamControl(decodeExtension(decoded.extension));
    this.sendQuietly(
      message.returnRoute,
      controlled ? encodeReset(wireReason("aborted")) : encodeDisconnect(),
    );
    this.#awaitsPong = false;
    super.stopWorker();
  }

  protected override stopWorker(): void {
    clearTimeout(this.#pongTimer);
    if (!this.#awaitsPong || this.context.stopped) {
      super.stopWorker();
      return;
    }
    const { latePongs } = this.settings;
    if (latePongs.count >= MAX_LATE_PONGS) {
      super.stopWorker();
      return;
    }
    latePongs.count += 1;
    setTimeout(() => {
      latePongs.count -= 1;
      super.stopWorker();
    }, PONG_TIMEOUT).unref();
  }
}
