// Outlets: from a worker address to a TCP target. docs/protocol/portals.md, "Outlets".
import type { AccessControl, Address, Context, Message, Router } from "@ockam/core-routing";
import { allOf } from "@ockam/core-routing";

import type { Endpoint } from "./endpoint.ts";
import { parseEndpoint } from "./endpoint.ts";
import { MAX_REFUSALS, MAX_STREAMS, TARGET_TIMEOUT } from "./limits.ts";
import { OutletStream } from "./outlet-stream.ts";
import type { PortalAdmission } from "./portal-admission.ts";
import type { PortalConnection } from "./portal-connection.ts";
import type { PortalExtension } from "./portal-extension.ts";
import { decodeExtension, encodeExtension, hasStreamControl, STREAM_CONTROL } from "./portal-extension.ts";
import type { FailureReason } from "./portal-failure.ts";
import { portalFailure, wireReason } from "./portal-failure.ts";
import type { PortalMessage } from "./portal-message.ts";
import { decodePortalMessage, encodeDisconnect, encodeHandshake } from "./portal-message.ts";
import type { PortalOptions } from "./portal.ts";
import { Portal } from "./portal.ts";
import type { PortalTraffic } from "./portal-traffic.ts";
import { isFromThisMachine, peerIdentifierBehind, peerIdentifierOf } from "./sender.ts";
import type { Target, TargetTlsOptions } from "./target.ts";
import { targetOpener } from "./target.ts";

/** What an outlet is to be. */
export interface OutletOptions extends PortalOptions {
  /** Where it connects to: a port (on 127.0.0.1), `host:port`, `[IPv6]:port`. Names are resolved at each connect. */
  readonly to: Endpoint | string | number;
  /** Its worker address; `outlet` by default. */
  readonly address?: Address | string;
  /** Speaks TLS with the target: true for the roots of the operating system and the name of the target. */
  readonly tls?: boolean | TargetTlsOptions;
  /** Data without a Pong: the inlet must do the same. */
  readonly skipHandshake?: boolean;
  /** How long a connect to the target may take, in milliseconds. Default {@link TARGET_TIMEOUT}. */
  readonly connectTimeout?: number;
  /** Who may connect, by identity; whoever may not is told so at once. All who get here may by default. */
  readonly admit?: PortalAdmission;
  /** Connections at a time; further ones are refused. Default {@link MAX_STREAMS}. */
  readonly maxConnections?: number;
  /**
   * Lets **anybody on the network** who can send messages to this node use the outlet, without any proof of identity.
   * Without it, whoever comes without a secure channel must be a program on this machine.
   */
  readonly dangerouslyAllowUnauthenticatedRemotePeers?: boolean;
}

/** A running outlet. */
export interface Outlet {
  readonly address: Address;
  /** The target. */
  readonly to: Endpoint;
  /** The latest failure of a connection, such as a refused connect to the target. */
  readonly lastFailure: Error | undefined;
  /** When it was, ms since 1970. */
  readonly lastFailureAt: number | undefined;
  /** What went through it since it was started. */
  readonly traffic: PortalTraffic;
  connections(): readonly PortalConnection[];
  /** Ends all connections: the applications at both ends see a reset. */
  resetConnections(): void;
  /** Stops it and ends all connections. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts an outlet: a worker that opens a connection to `to` for everybody who sends it a Ping and may do so. Who may
 * is decided by flow control (make it a consumer of a listener's or channel's flow), by `incoming`, and by the rule
 * that without a secure channel only programs on this machine are let in.
 * @throws OckamError OCKAM_ROUTING_ADDRESS_IN_USE, OCKAM_PORTAL_CERTIFICATE_UNUSABLE; RangeError for a malformed target.
 */
export function createOutlet(router: Router, options: OutletOptions): Outlet {
  return new OutletListener(router, options);
}

class OutletListener implements Outlet {
  readonly to: Endpoint;
  readonly #options: OutletOptions;
  readonly #portal: Portal;
  readonly #context: Context;
  readonly #openTarget: () => Target;
  // streams by the peer and the last address of its return route, which belongs to one stream of that peer
  readonly #byPeer: Map<string, OutletStream> = new Map();
  // refusals that wait for a congested way
  #refusals = 0;

  constructor(router: Router, options: OutletOptions) {
    this.to = parseEndpoint(options.to);
    if (this.to.port === 0) throw new RangeError('"to" expected a port other than 0');
    this.#options = options;
    const { tls = false, nagle = false } = options;
    this.#openTarget = targetOpener(this.to, tls === true ? {} : tls === false ? undefined : tls, nagle);
    this.#portal = new Portal(router, options, 0);
    const address = options.address ?? "outlet";
    const incoming = this.#incoming();
    this.#context = router.start(
      {
        // All peers share it: one whose stream is behind, without a handshake, must keep nobody else waiting.
        concurrent: true,
        handleMessage: (message) => this.#handle(message),
        shutdown: () => this.#portal.reset(),
      },
      {
        address,
        ...(incoming === undefined ? {} : { mailbox: { incoming } }),
      },
    );
  }

  get address(): Address {
    return this.#context.address;
  }

  get lastFailure(): Error | undefined {
    return this.#portal.lastFailure;
  }

  get lastFailureAt(): number | undefined {
    return this.#portal.lastFailureAt;
  }

  get traffic(): PortalTraffic {
    return this.#portal.traffic;
  }

  connections(): readonly PortalConnection[] {
    return this.#portal.connections();
  }

  resetConnections(): void {
    this.#portal.reset();
  }

  async close(): Promise<void> {
    this.#portal.reset();
    await this.#context.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #handle(message: Message): void | Promise<void> {
    const inlet = message.returnRoute.at(-1);
    if (inlet === undefined) return undefined;
    const peerIdentifier = peerIdentifierOf(message);
    if (peerIdentifier === undefined && !this.#admits(message)) return undefined;
    const key = keyOf(peerIdentifier, inlet);
    const known = this.#byPeer.get(key);
    const skipHandshake = this.#options.skipHandshake === true;
    if (known !== undefined) {
      // With a handshake it is a repeated Ping: its stream exists.
      return skipHandshake ? this.#deliver(message, known) : undefined;
    }
    let decoded: PortalMessage;
    try {
      decoded = decodePortalMessage(message.pieces);
    } catch (error) {
      this.#warn("a message that cannot be read was dropped", error);
      return undefined;
    }
    if (decoded.type !== "ping" && !skipHandshake) {
      this.#warn(`a ${decoded.type} was dropped: the inlet skips the handshake and this outlet does not`);
      return undefined;
    }
    const extension =
      decoded.type === "ping" && !skipHandshake ? decodeExtension(decoded.extension) : undefined;
    if (this.#portal.size >= (this.#options.maxConnections ?? MAX_STREAMS)) {
      return this.#refuse(message, extension, "overloaded");
    }
    const stream = this.#open(message, key, peerIdentifier, extension);
    return skipHandshake ? this.#deliver(message, stream) : undefined;
  }

  /** The router asks, and keeps messages in order while it waits. */
  #incoming(): AccessControl | undefined {
    const { admit, incoming } = this.#options;
    if (admit === undefined) return incoming;
    const admission: AccessControl = { isAuthorized: (message) => this.#mayEnter(message, admit) };
    return incoming === undefined ? admission : allOf(incoming, admission);
  }

  #mayEnter(message: Message, admit: PortalAdmission): boolean | Promise<boolean> {
    const peer = peerIdentifierOf(message);
    const inlet = message.returnRoute.at(-1);
    // Decided when it began.
    if (inlet !== undefined && this.#byPeer.has(keyOf(peer, inlet))) return true;
    // What goes back must go to the one who asks.
    const behind = peerIdentifierBehind(this.#portal.settings.router, message.returnRoute);
    const decision = admit(peer === behind ? peer : undefined);
    if (typeof decision === "boolean") return decision || this.#deny(message);
    return decision.then(
      (isAllowed) => isAllowed || this.#deny(message),
      (error: unknown) => this.#deny(message, error),
    );
  }

  #deny(message: Message, error?: unknown): false {
    this.#portal.failed(portalFailure("notAllowed", { cause: error }));
    try {
      const decoded = decodePortalMessage(message.pieces);
      if (decoded.type === "ping") this.#refuse(message, decodeExtension(decoded.extension), "notAllowed");
    } catch (failure) {
      this.#warn("a message that cannot be read was dropped", failure);
    }
    return false;
  }

  /** The rule for those who come without a secure channel. */
  #admits(message: Message): boolean {
    if (this.#options.dangerouslyAllowUnauthenticatedRemotePeers === true) return true;
    if (isFromThisMachine(this.#portal.settings.router, message)) return true;
    this.#warn(
      "a message was dropped: without a secure channel only programs on this machine may use an outlet; " +
        "put a secure channel in the inlet's route",
    );
    return false;
  }

  #open(
    first: Message,
    key: string,
    peerIdentifier: string | undefined,
    extension: PortalExtension | undefined,
  ): OutletStream {
    const { connectTimeout = TARGET_TIMEOUT } = this.#options;
    const target = this.#openTarget();
    let timer: NodeJS.Timeout | undefined;
    let stream: OutletStream;
    try {
      const release = (): void => {
        clearTimeout(timer);
        this.#byPeer.delete(key);
      };
      const skipHandshake = this.#options.skipHandshake === true;
      const options = { first, peerIdentifier, extension, skipHandshake };
      const end = this.#options.intercept?.(target.end) ?? target.end;
      stream = new OutletStream(this.#portal.settingsWith(release), end, options);
    } catch (error) {
      // The router is being closed.
      target.end.reset();
      throw error;
    }
    if (stream.closed) return stream;
    timer = setTimeout(() => {
      stream.refuse(Object.assign(new Error("the target did not answer in time"), { code: "ETIMEDOUT" }));
    }, connectTimeout);
    target.onConnected(() => {
      clearTimeout(timer);
      stream.connected();
    });
    this.#byPeer.set(key, stream);
    this.#portal.add(stream);
    return stream;
  }

  #deliver(message: Message, stream: OutletStream): void | Promise<void> {
    return this.#context.forward(message.rerouted([stream.address], message.returnRoute));
  }

  #refuse(message: Message, extension: PortalExtension | undefined, reason: FailureReason): void {
    const status = wireReason(reason);
    const controlled = hasStreamControl(extension) && this.#portal.settings.counted;
    const answers = controlled
      ? [encodeHandshake("pong", encodeExtension({ capabilities: STREAM_CONTROL, credit: 0, status }))]
      : [encodeHandshake("pong"), encodeDisconnect()];
    // Whoever does not read them gets no more: they must not pile up.
    if (this.#refusals >= MAX_REFUSALS) return;
    for (const answer of answers) {
      const wait = this.#context.send(message.returnRoute, answer);
      if (wait === undefined) continue;
      this.#refusals += 1;
      wait
        .catch((error: unknown) => this.#warn("a refusal was not sent", error))
        .finally(() => {
          this.#refusals -= 1;
        });
    }
  }

  #warn(message: string, error?: unknown): void {
    this.#portal.settings.log({
      level: "warn",
      area: "portal-tcp",
      message: `outlet ${this.address.toString()}: ${message}`,
      error,
    });
  }
}

/** Names a stream: the last address of a return route belongs to one stream of a peer. */
function keyOf(peerIdentifier: string | undefined, inlet: Address): string {
  return `${peerIdentifier ?? ""}|${inlet.key}`;
}
