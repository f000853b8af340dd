// Where initiators find this node. docs/protocol/secure-channels.md, "Listeners".
import { silentLog } from "@ockam/codec";
import type { Log, LogLevel } from "@ockam/codec";
import { Address, FlowControls } from "@ockam/core-routing";
import type { FlowControlId, Message, Router } from "@ockam/core-routing";
import { channelError } from "./channel-error.ts";
import type { EstablishedChannel } from "./established-channel.ts";
import { FairQuota } from "./fair-quota.ts";
import type { FixedHandshake } from "./channel-addresses.ts";
import { KEY_LENGTH, MAX_HANDSHAKE_MESSAGE_LENGTH } from "./handshake-state.ts";
import { PeerVerifier } from "./peer-verifier.ts";
import { Responder } from "./responder.ts";
import type { SecureChannel, SecureChannelOptions } from "./secure-channel.ts";
import { startTimer } from "./timer.ts";

/** How long a responder waits for the third message, in milliseconds. */
export const HANDSHAKE_TIMEOUT = 60_000;
/** How many handshakes of one listener may be half-open at once. */
export const MAX_HALF_OPEN_HANDSHAKES = 1_024;
/** How many of them may have come over the same connection, or through the same outer channel. */
export const MAX_HALF_OPEN_HANDSHAKES_PER_HOP = 64;
/** How many handshakes a listener begins to answer in one turn of the event loop; the rest of the node has to go on. */
export const HANDSHAKES_PER_TURN = 4;
/** How many channels of one listener may be open at once. */
export const MAX_CHANNELS = 16_384;
/** How many of them may have come over the same connection, or through the same outer channel. */
export const MAX_CHANNELS_PER_HOP = 2_048;

/** How many handshakes and channels a listener keeps for strangers. */
export interface SecureChannelListenerLimits {
  /** Milliseconds, {@link HANDSHAKE_TIMEOUT} by default. */
  readonly handshakeTimeout?: number;
  /** {@link MAX_HALF_OPEN_HANDSHAKES} by default. Beyond it the oldest one of whoever holds most is dropped. */
  readonly halfOpenHandshakes?: number;
  /** {@link MAX_HALF_OPEN_HANDSHAKES_PER_HOP} by default. Beyond it the oldest one of the same hop is dropped. */
  readonly halfOpenHandshakesPerHop?: number;
  /** {@link MAX_CHANNELS} by default. Beyond it the oldest one of whoever holds most is closed. */
  readonly channels?: number;
  /** {@link MAX_CHANNELS_PER_HOP} by default. Beyond it new ones of the same hop are refused. */
  readonly channelsPerHop?: number;
}

/** How to accept channels. */
export interface SecureChannelListenerOptions extends SecureChannelOptions {
  /** The flow control whose consumers may be reached through every channel of this listener; random by default. */
  readonly flowControlId?: FlowControlId;
  /** Flow controls whose producers may reach the listener, such as those of transport listeners. */
  readonly consumerOf?: readonly FlowControlId[];
  readonly limits?: SecureChannelListenerLimits;
  /** Called with each channel that an accepted peer opened. */
  onChannel?(channel: SecureChannel): void;
}

/** A worker that answers handshakes. */
export interface SecureChannelListener extends AsyncDisposable {
  readonly address: Address;
  /** Add consumers to this flow control to let peers of all channels reach them. */
  readonly flowControlId: FlowControlId;
  /** The open channels. */
  channels(): readonly SecureChannel[];
  /** How many handshakes wait for their third message. */
  readonly halfOpenHandshakes: number;
  /** Takes no more handshakes and drops the half-open ones. Open channels stay. */
  close(): Promise<void>;
}

/**
 * Starts to accept secure channels at `address`.
 * @throws OckamError OCKAM_ROUTING_ADDRESS_IN_USE
 */
export function createSecureChannelListener(
  router: Router,
  address: Address | string,
  options: SecureChannelListenerOptions,
): SecureChannelListener {
  return new Listener(router, address, options);
}

/** The listener; `fixed` replays a recorded handshake in tests. */
export class Listener implements SecureChannelListener {
  readonly address: Address;
  readonly flowControlId: FlowControlId;
  readonly #router: Router;
  readonly #options: SecureChannelListenerOptions;
  readonly #fixed: FixedHandshake;
  readonly #verifier: PeerVerifier;
  readonly #log: Log;
  readonly #perHop: number;
  readonly #halfOpen: FairQuota<Responder>;
  /** Whose second message is not on its way yet, given up ones included: they hold memory until it is. */
  readonly #answering: FairQuota<Responder>;
  readonly #channels: FairQuota<EstablishedChannel>;
  /** First messages that wait for a turn, by hop; the hop whose turn is next comes first. */
  readonly #waiting = new Map<string, Message[]>();
  #begun = 0;
  #stopTurn: (() => void) | undefined;

  constructor(
    router: Router,
    address: Address | string,
    options: SecureChannelListenerOptions,
    fixed: FixedHandshake = {},
  ) {
    const limits = options.limits ?? {};
    this.address = typeof address === "string" ? Address.local(address) : address;
    this.flowControlId = options.flowControlId ?? FlowControls.randomId();
    this.#router = router;
    this.#options = options;
    this.#fixed = fixed;
    this.#verifier = new PeerVerifier(options);
    this.#log = options.log ?? silentLog;
    const perKey = limits.halfOpenHandshakesPerHop ?? MAX_HALF_OPEN_HANDSHAKES_PER_HOP;
    this.#perHop = perKey;
    this.#halfOpen = new FairQuota({ total: limits.halfOpenHandshakes ?? MAX_HALF_OPEN_HANDSHAKES, perKey });
    this.#answering = new FairQuota({ total: Infinity, perKey });
    this.#channels = new FairQuota({
      total: limits.channels ?? MAX_CHANNELS,
      perKey: limits.channelsPerHop ?? MAX_CHANNELS_PER_HOP,
    });
    router.start(
      { handleMessage: (message) => this.#accept(message), shutdown: () => this.#dropHalfOpen() },
      { address: this.address },
    );
    router.flowControls.addSpawner(this.address, this.flowControlId);
    for (const id of options.consumerOf ?? []) router.flowControls.addConsumer(this.address, id);
  }

  get halfOpenHandshakes(): number {
    return this.#halfOpen.size;
  }

  channels(): readonly SecureChannel[] {
    return [...this.#channels];
  }

  async close(): Promise<void> {
    await this.#router.stop(this.address);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #dropHalfOpen(): void {
    const reason = channelError("CLOSED", "the secure channel listener was closed");
    this.#stopTurn?.();
    this.#waiting.clear();
    for (const responder of this.#halfOpen) responder.abandon(reason);
  }

  /** Every message to the listener is the first of a handshake. */
  #accept(message: Message): void {
    const { payloadLength } = message;
    const hop = message.returnRoute[0]?.key;
    if (hop === undefined || payloadLength < KEY_LENGTH || payloadLength > MAX_HANDSHAKE_MESSAGE_LENGTH) {
      return this.#report("a message to the listener begins no handshake");
    }
    if (this.#channels.isKeyFull(hop)) return this.#report("a connection has all the channels it may have");
    if (this.#answering.isKeyFull(hop))
      return this.#report("a connection does not take the answers it asked for");
    if (this.#begun < HANDSHAKES_PER_TURN && this.#waiting.size === 0) return this.#begin(message, hop);
    const waiting = this.#waiting.get(hop) ?? [];
    if (waiting.length >= this.#perHop) return this.#report("a connection has too many handshakes waiting");
    waiting.push(message);
    this.#waiting.set(hop, waiting);
  }

  /** Begins some of those that wait, of each hop in turn. */
  #nextTurn(): void {
    this.#stopTurn = undefined;
    this.#begun = 0;
    for (const [hop, waiting] of this.#waiting) {
      if (this.#begun >= HANDSHAKES_PER_TURN) return;
      const message = waiting.shift()!;
      this.#waiting.delete(hop);
      if (waiting.length > 0) this.#waiting.set(hop, waiting);
      if (!this.#answering.isKeyFull(hop)) this.#begin(message, hop);
    }
  }

  #begin(message: Message, hop: string): void {
    this.#begun += 1;
    this.#stopTurn ??= startTimer(1, () => this.#nextTurn());
    const crowdedOut = this.#halfOpen.isKeyFull(hop)
      ? this.#halfOpen.oldestOf(hop)
      : this.#halfOpen.isFull
        ? this.#halfOpen.oldestOfLargest()
        : undefined;
    crowdedOut?.abandon(channelError("TIMEOUT", "newer handshakes crowded this one out"));
    this.#respond(message, hop);
  }

  #respond(message: Message, hop: string): void {
    const leave = (): void => {
      stopTimer();
      this.#halfOpen.delete(hop, responder);
    };
    const responder: Responder = new Responder(
      {
        router: this.#router,
        options: this.#options,
        verifier: this.#verifier,
        spawner: this.flowControlId,
        consumerOf: this.#router.flowControls.flowControlsOfConsumer(this.address),
        onIgnored: (error) => this.#report("a message is not the awaited third one", error),
        onFailure: (error) => {
          leave();
          this.#report("a handshake failed", error);
        },
        onChannel: (channel) => {
          leave();
          this.#open(channel, hop);
        },
      },
      this.#fixed,
    );
    const timeout = this.#options.limits?.handshakeTimeout ?? HANDSHAKE_TIMEOUT;
    const stopTimer = startTimer(timeout, () =>
      responder.abandon(channelError("TIMEOUT", `no third handshake message within ${timeout} ms`)),
    );
    this.#halfOpen.add(hop, responder);
    this.#answering.add(hop, responder);
    // Not awaited: a peer that reads slowly, or a slow source of credentials, is in nobody else's way.
    void responder.begin(message).then(() => this.#answering.delete(hop, responder));
  }

  #open(channel: EstablishedChannel, hop: string): void {
    if (this.#channels.isFull) void this.#channels.oldestOfLargest()?.close();
    this.#channels.add(hop, channel);
    void channel.closed.then(() => this.#channels.delete(hop, channel));
    try {
      this.#options.onChannel?.(channel);
    } catch (error) {
      this.#report("onChannel failed", error, "error");
    }
  }

  #report(message: string, error?: unknown, level: LogLevel = "debug"): void {
    this.#log({
      level,
      area: "secure-channel",
      message: `${message} (listener ${this.address.toString()})`,
      error,
    });
  }
}
