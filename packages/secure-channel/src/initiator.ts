// The initiator's side of the handshake. docs/protocol/secure-channels.md, "Handshake".
import { silentLog } from "@ockam/codec";
import type { Log } from "@ockam/codec";
import { FlowControls, Message } from "@ockam/core-routing";
import type { Route, Router } from "@ockam/core-routing";
import { randomChannelAddresses, startDecryptor } from "./channel-addresses.ts";
import type { ChannelAddresses, FixedHandshake } from "./channel-addresses.ts";
import { channelError } from "./channel-error.ts";
import { EstablishedChannel } from "./established-channel.ts";
import { HandshakeState, XX } from "./handshake-state.ts";
import { expectHandshakeMessage, expectReturnRoute } from "./handshake-message.ts";
import { OwnIdentity } from "./own-identity.ts";
import { PeerVerifier } from "./peer-verifier.ts";
import type { SecureChannelOptions } from "./secure-channel.ts";
import { MAX_TIMER } from "./timer.ts";

const EMPTY = new Uint8Array(0);

/** One attempt to open a channel. */
export class Initiator {
  readonly #router: Router;
  readonly #route: Route;
  readonly #options: SecureChannelOptions;
  readonly #fixed: FixedHandshake;
  readonly #addresses: ChannelAddresses;
  readonly #flowControlId = FlowControls.randomId();
  readonly #verifier: PeerVerifier;
  readonly #log: Log;
  #state: HandshakeState | undefined;
  #channel: EstablishedChannel | undefined;
  #abandoned = false;
  #succeed: (channel: EstablishedChannel) => void = () => {};
  #fail: (reason: unknown) => void = () => {};

  constructor(router: Router, route: Route, options: SecureChannelOptions, fixed: FixedHandshake = {}) {
    this.#router = router;
    this.#route = route;
    this.#options = options;
    this.#fixed = fixed;
    this.#addresses = fixed.addresses ?? randomChannelAddresses();
    this.#verifier = new PeerVerifier(options);
    this.#log = options.log ?? silentLog;
  }

  /**
   * Makes the handshake within `timeout` milliseconds. However it fails, the worker, the keys and the flow controls of
   * this attempt are gone, and a message that comes late finds nobody.
   */
  async run(timeout: number, signal: AbortSignal | undefined): Promise<EstablishedChannel> {
    const outcome = new Promise<EstablishedChannel>((resolve, reject) => {
      this.#succeed = resolve;
      this.#fail = reject;
    });
    const timer = setTimeout(() => this.#fail(timedOut(timeout)), Math.min(timeout, MAX_TIMER));
    const onAbort = (): void => this.#fail(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      this.#begin().catch((error: unknown) => this.#fail(error));
      return await outcome;
    } catch (error) {
      await this.#abandon();
      throw error;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    }
  }

  async #begin(): Promise<void> {
    const own = await OwnIdentity.load(this.#options);
    const state = new HandshakeState({
      backend: this.#options.identities.vault.backend,
      pattern: XX,
      role: "initiator",
      staticKey: own.staticKey,
      ...(this.#fixed.ephemeralSecret === undefined ? {} : { ephemeralSecret: this.#fixed.ephemeralSecret }),
    });
    this.#state = state;
    const first = await state.writeMessage(EMPTY);
    if (this.#abandoned) return state.destroy();
    const { decryptor } = this.#addresses;
    startDecryptor(
      this.#router,
      { addresses: this.#addresses, flowControlId: this.#flowControlId, consumerOf: [] },
      {
        handleMessage: (message) =>
          this.#channel === undefined
            ? this.#readSecond(message, state, own)
            : this.#channel.receive(message),
        shutdown: () => {
          if (this.#channel !== undefined) this.#channel.onStopped();
          else if (!this.#abandoned)
            this.#fail(channelError("CLOSED", "the router was closed during the handshake"));
        },
      },
    );
    const hop = this.#route[0];
    if (hop !== undefined) this.#router.flowControls.linkConsumer(decryptor, hop);
    await this.#router.send(decryptor, new Message(this.#route, [decryptor], first));
  }

  async #readSecond(message: Message, state: HandshakeState, own: OwnIdentity): Promise<void> {
    let payload: Uint8Array;
    let route: Route;
    try {
      route = expectReturnRoute(message);
      payload = await state.readMessage(expectHandshakeMessage(message));
    } catch (error) {
      // The peer's own message may still come.
      this.#log({ level: "debug", area: "secure-channel", message: "no second handshake message", error });
      return;
    }
    try {
      await this.#finish(payload, route, state, own);
    } catch (error) {
      this.#fail(error);
    }
  }

  async #finish(payload: Uint8Array, route: Route, state: HandshakeState, own: OwnIdentity): Promise<void> {
    const peer = await this.#verifier.verify(payload, state.remoteStaticKey!);
    const third = await state.writeMessage(await own.present());
    if (this.#abandoned) return;
    const channel = new EstablishedChannel({
      router: this.#router,
      options: this.#options,
      role: "initiator",
      addresses: this.#addresses,
      flowControlId: this.#flowControlId,
      peer,
      own,
      verifier: this.#verifier,
      keys: state.split(),
      // No longer the way to the listener, where it would start another handshake.
      route,
    });
    this.#channel = channel;
    const { decryptor } = this.#addresses;
    await this.#router.send(decryptor, new Message(route, [decryptor], third));
    this.#succeed(channel);
  }

  async #abandon(): Promise<void> {
    this.#abandoned = true;
    this.#state?.destroy();
    const { decryptor } = this.#addresses;
    if (this.#channel !== undefined) await this.#channel.close();
    else if (this.#router.has(decryptor)) await this.#router.stop(decryptor);
  }
}

function timedOut(timeout: number): Error {
  return channelError(
    "TIMEOUT",
    `no secure channel within ${timeout} ms: check that the route leads to a secure channel listener of a running node`,
    { details: { timeout } },
  );
}
