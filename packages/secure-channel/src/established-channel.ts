// A channel after the handshake: what its two workers do. docs/protocol/secure-channels.md, "Messages" and "Routes".
import { CborWriter, expectBytes, isOckamError, silentLog } from "@ockam/codec";
import type { Log, LogLevel } from "@ockam/codec";
import { Message, SECURE_CHANNEL_IDENTIFIER } from "@ockam/core-routing";
import type { Address, FlowControlId, LocalInfo, Route, Router } from "@ockam/core-routing";
import type { Identifier } from "@ockam/identity";
import type { ChannelAddresses } from "./channel-addresses.ts";
import { channelError } from "./channel-error.ts";
import {
  decodeChannelMessage,
  encodeClose,
  encodePayload,
  encodeRefreshCredentials,
} from "./channel-message.ts";
import type { ChannelMessage, PayloadMessage } from "./channel-message.ts";
import { join, lengthOf } from "./gather-list.ts";
import type { GatherList } from "./gather-list.ts";
import { FreeOpener, WindowedOpener } from "./message-opener.ts";
import type { MessageOpener, OpenedMessage } from "./message-opener.ts";
import { MessageSealer } from "./message-sealer.ts";
import type { OwnIdentity } from "./own-identity.ts";
import type { PeerVerifier } from "./peer-verifier.ts";
import { Pings } from "./pings.ts";
import type { PresentedCredentials } from "./presented-identity.ts";
import { RouteWatch } from "./route-watch.ts";
import type {
  ChannelTraffic,
  Disturbance,
  PingOptions,
  SecureChannel,
  SecureChannelOptions,
} from "./secure-channel.ts";
import type { SplitKeys } from "./symmetric-state.ts";

/** What a finished handshake hands over. */
export interface ChannelParameters {
  readonly router: Router;
  readonly options: SecureChannelOptions;
  readonly role: "initiator" | "responder";
  readonly addresses: ChannelAddresses;
  readonly flowControlId: FlowControlId;
  readonly peer: Identifier;
  readonly own: OwnIdentity;
  readonly verifier: PeerVerifier;
  /** Taken over and overwritten. */
  readonly keys: SplitKeys;
  /** The way to the peer; its last hop is the peer's decryptor. */
  readonly route: Route;
}

/** One end of a channel. Whoever made the handshake passes it what arrives at the decryptor. */
export class EstablishedChannel implements SecureChannel {
  readonly address: Address;
  readonly decryptorAddress: Address;
  readonly peer: Identifier;
  readonly role: "initiator" | "responder";
  readonly flowControlId: FlowControlId;
  readonly openedAt: number = Date.now();
  readonly closed: Promise<Error | undefined>;
  readonly #router: Router;
  readonly #log: Log;
  readonly #keyExchangeOnly: boolean;
  readonly #internal: Address;
  readonly #own: OwnIdentity;
  readonly #verifier: PeerVerifier;
  readonly #sealer: MessageSealer;
  readonly #opener: MessageOpener;
  readonly #localInfo: readonly LocalInfo[];
  readonly #pings: Pings;
  readonly #disturbanceListeners = new Set<(disturbance: Disturbance) => void>();
  #route: Route;
  #routeNonce = 0;
  #messagesSent = 0;
  #bytesSent = 0;
  #messagesReceived = 0;
  #bytesReceived = 0;
  #ended = false;
  #resolveClosed: (reason: Error | undefined) => void = () => {};

  /** Registers the channel's address. From here on the channel has to be closed. */
  constructor(parameters: ChannelParameters) {
    const { router, options, role, addresses, keys } = parameters;
    const { backend } = options.identities.vault;
    this.address = addresses.encryptor;
    this.decryptorAddress = addresses.decryptor;
    this.peer = parameters.peer;
    this.role = role;
    this.flowControlId = parameters.flowControlId;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    this.#router = router;
    this.#log = options.log ?? silentLog;
    this.#keyExchangeOnly = options.keyExchangeOnly ?? false;
    this.#internal = addresses.decryptorInternal;
    this.#own = parameters.own;
    this.#verifier = parameters.verifier;
    this.#route = parameters.route;
    this.#pings = new Pings(router, this.address);
    // The reverse of Noise, where the initiator sends with the first key.
    const [sending, receiving] = role === "initiator" ? [keys.second, keys.first] : [keys.first, keys.second];
    this.#sealer = new MessageSealer(backend, sending, { rekeys: !this.#keyExchangeOnly });
    const kept = this.#keyExchangeOnly && options.onExchangedKey !== undefined && Uint8Array.from(receiving);
    this.#opener = this.#keyExchangeOnly
      ? new FreeOpener(backend, receiving)
      : new WindowedOpener(backend, receiving);
    // Before anything is registered: it may throw.
    if (kept !== false) this.#handOut(kept, options);
    const data = new CborWriter(34).bytes(this.peer.bytes).finish();
    this.#localInfo = Object.freeze([Object.freeze({ type: SECURE_CHANNEL_IDENTIFIER, data })]);
    router.start(
      { handleMessage: (message) => this.#send(message), shutdown: () => this.onStopped() },
      { address: this.address, mailbox: { terminal: { peerIdentifier: this.peer.hex } } },
    );
    // Without messages there is no route to lose.
    if (!this.#keyExchangeOnly) RouteWatch.of(router).add(this);
  }

  get route(): Route {
    return this.#route;
  }

  get traffic(): ChannelTraffic {
    return {
      messagesSent: this.#messagesSent,
      bytesSent: this.#bytesSent,
      messagesReceived: this.#messagesReceived,
      bytesReceived: this.#bytesReceived,
    };
  }

  get firstHop(): Address | undefined {
    return this.#route[0];
  }

  setRoute(route: Route): void {
    this.#route = [...route, ...this.#route.slice(-1)];
    if (route[0] !== undefined) this.#router.flowControls.linkConsumer(this.decryptorAddress, route[0]);
  }

  onDisturbance(listener: (disturbance: Disturbance) => void): () => void {
    this.#disturbanceListeners.add(listener);
    return () => this.#disturbanceListeners.delete(listener);
  }

  async ping(options: PingOptions = {}): Promise<number> {
    if (this.#ended) throw closed();
    return this.#pings.send(options);
  }

  async refreshCredential(): Promise<boolean> {
    this.#expectMessages();
    const presented = await this.#own.refresh();
    if (presented === undefined) return false;
    this.#expectMessages();
    await this.#transmit([encodeRefreshCredentials(presented)], [this.address]);
    this.#own.onRefreshed(presented);
    return true;
  }

  encrypt(plaintext: Uint8Array): Uint8Array {
    return join(this.#seal([expectBytes(plaintext, undefined, "plaintext")]));
  }

  decrypt(message: Uint8Array): Uint8Array {
    return join(this.#opener.open([expectBytes(message, undefined, "message")]).plaintext);
  }

  async close(): Promise<void> {
    this.onStopped();
    await this.closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  onRouteLost(): void {
    const reason = channelError(
      "CONNECTION_LOST",
      "the connection below the secure channel went away and no other took its place: make a new channel",
    );
    this.#end(reason, false);
  }

  /** Called when the router stops one of the channel's workers, by whatever cause. */
  onStopped(): void {
    this.#end(undefined, !this.#keyExchangeOnly);
  }

  /** Handles what arrived at the decryptor. */
  receive(message: Message): void | Promise<void> {
    if (this.#ended) return undefined;
    if (this.#keyExchangeOnly) return this.#drop("a key-exchange-only channel takes no messages");
    let opened: OpenedMessage;
    let content: ChannelMessage;
    try {
      opened = this.#opener.open(message.pieces);
    } catch (error) {
      if (!isOckamError(error, "OCKAM_SECURE_CHANNEL_REPLAYED")) this.#disturbed("refused");
      return this.#drop("a message from outside is not the peer's next one", error);
    }
    if (opened.gap !== 0) this.#disturbed(opened.gap > 0 ? "lost" : "late");
    try {
      content = decodeChannelMessage(opened.plaintext);
    } catch (error) {
      return this.#drop("a message of the peer makes no sense", error);
    }
    if (content.kind === "payload") return this.#deliver(content, opened.nonce, message.returnRoute);
    if (content.kind === "refresh-credentials") return this.#takeCredentials(content.presented);
    this.#end(undefined, false);
    return undefined;
  }

  #deliver(content: PayloadMessage, nonce: number, outerReturnRoute: Route): void | Promise<void> {
    if (this.role === "responder" && nonce > this.#routeNonce) {
      this.#routeNonce = nonce;
      this.#follow(outerReturnRoute);
    }
    this.#messagesReceived += 1;
    this.#bytesReceived += lengthOf(content.payload);
    if (content.onwardRoute.length === 0) return this.#drop("a message of the peer leads nowhere");
    const returnRoute = [this.address, ...content.returnRoute];
    const delivered = new Message(content.onwardRoute, returnRoute, content.payload, this.#localInfo);
    try {
      return this.#router.send(this.#internal, delivered);
    } catch (error) {
      return this.#drop("a message of the peer cannot be delivered", error);
    }
  }

  #handOut(secret: Uint8Array, { onExchangedKey }: SecureChannelOptions): void {
    try {
      onExchangedKey?.({ decryptor: this.decryptorAddress, peer: this.peer, secret });
    } catch (error) {
      this.#sealer.destroy();
      this.#opener.destroy();
      throw error;
    }
  }

  /** A responder answers on the way that the newest message came. */
  #follow(returnRoute: Route): void {
    const hops = this.#route.length - 1;
    if (returnRoute.length === hops && returnRoute.every((hop, i) => hop.equals(this.#route[i]!))) return;
    this.setRoute(returnRoute);
  }

  async #takeCredentials(presented: PresentedCredentials): Promise<void> {
    try {
      await this.#verifier.refresh(this.peer, presented);
    } catch (error) {
      this.#report("warn", "the credentials that the peer refreshes are not accepted", error);
    }
  }

  #send(message: Message): void | Promise<void> {
    this.#expectMessages();
    const { onwardRoute, pieces, returnRoute } = message;
    const sent = this.#transmit(encodePayload(onwardRoute.slice(1), returnRoute, pieces), []);
    this.#messagesSent += 1;
    this.#bytesSent += lengthOf(pieces);
    return sent;
  }

  #transmit(plaintext: GatherList, returnRoute: Route): void | Promise<void> {
    // Without a first hop this throws. Sealed before, each message would spend a nonce that the peer never sees, and
    // 33 of them would leave the peer deaf for the time after the move to another route.
    const leaves = this.#route[0] !== undefined && this.#router.has(this.#route[0]);
    const sealed = leaves ? this.#seal(plaintext) : [];
    // The peer rebuilds its way to us from the return route: an address of ours in front would break its replies.
    return this.#router.send(this.address, new Message(this.#route, returnRoute, sealed));
  }

  #seal(plaintext: GatherList): Uint8Array[] {
    try {
      return this.#sealer.seal(plaintext);
    } catch (error) {
      if (error instanceof Error) this.#end(error, false);
      throw error;
    }
  }

  #expectMessages(): void {
    if (this.#ended) throw closed();
    if (this.#keyExchangeOnly) {
      throw channelError(
        "WRONG_MODE",
        "a key-exchange-only channel sends no messages: use encrypt and decrypt",
      );
    }
  }

  #end(reason: Error | undefined, sayGoodbye: boolean): void {
    if (this.#ended) return;
    this.#ended = true;
    void this.#shutDown(reason, sayGoodbye);
  }

  async #shutDown(reason: Error | undefined, sayGoodbye: boolean): Promise<void> {
    RouteWatch.of(this.#router).delete(this);
    if (sayGoodbye) this.#sayGoodbye();
    this.#sealer.destroy();
    this.#opener.destroy();
    this.#disturbanceListeners.clear();
    this.#pings.abort(() => reason ?? closed());
    await this.#router.stop(this.address);
    await this.#router.stop(this.decryptorAddress);
    this.#resolveClosed(reason);
  }

  /** Not awaited by anything: a connection that takes no more messages must not keep the channel from closing. */
  #sayGoodbye(): void {
    try {
      const sent = this.#transmit([encodeClose()], [this.address]);
      if (sent !== undefined) sent.catch((error: unknown) => this.#report("debug", "no goodbye", error));
    } catch (error) {
      this.#report("debug", "no goodbye", error);
    }
  }

  #disturbed(disturbance: Disturbance): void {
    for (const listener of this.#disturbanceListeners) {
      try {
        listener(disturbance);
      } catch (error) {
        this.#report("error", "a disturbance listener failed", error);
      }
    }
  }

  #drop(message: string, error?: unknown): undefined {
    this.#report("debug", message, error);
  }

  #report(level: LogLevel, message: string, error?: unknown): void {
    const entry = { level, area: "secure-channel", error };
    this.#log({ ...entry, message: `${message} (channel with ${this.peer.toString()})` });
  }
}

function closed(): Error {
  return channelError("CLOSED", "the secure channel is closed");
}
