// The responder's side of the handshake. docs/protocol/secure-channels.md, "Handshake".
import { FlowControls, Message } from "@ockam/core-routing";
import type { FlowControlId, Route, Router } from "@ockam/core-routing";
import { randomChannelAddresses, startDecryptor } from "./channel-addresses.ts";
import type { ChannelAddresses, FixedHandshake } from "./channel-addresses.ts";
import { channelError } from "./channel-error.ts";
import { EstablishedChannel } from "./established-channel.ts";
import { expectHandshakeMessage, expectReturnRoute } from "./handshake-message.ts";
import { HandshakeState, XX } from "./handshake-state.ts";
import { OwnIdentity } from "./own-identity.ts";
import type { PeerVerifier } from "./peer-verifier.ts";
import type { SecureChannelOptions } from "./secure-channel.ts";

/** What a responder needs of its listener. */
export interface ResponderParameters {
  readonly router: Router;
  readonly options: SecureChannelOptions;
  readonly verifier: PeerVerifier;
  /** The listener's own flow control. */
  readonly spawner: FlowControlId;
  /** Flow controls that the listener consumes. */
  readonly consumerOf: readonly FlowControlId[];
  /** Called with the finished channel. */
  onChannel(channel: EstablishedChannel): void;
  /** Called when the handshake failed or was given up. */
  onFailure(error: unknown): void;
  /** Called for a message that was not the awaited one. */
  onIgnored(error: unknown): void;
}

/** One incoming handshake, half-open until the third message. */
export class Responder {
  readonly #parameters: ResponderParameters;
  readonly #fixed: FixedHandshake;
  readonly #addresses: ChannelAddresses;
  #state: HandshakeState | undefined;
  #channel: EstablishedChannel | undefined;
  #abandoned = false;

  constructor(parameters: ResponderParameters, fixed: FixedHandshake = {}) {
    this.#parameters = parameters;
    this.#fixed = fixed;
    this.#addresses = fixed.addresses ?? randomChannelAddresses();
  }

  /** Answers the first message. Never rejects: failures go to the listener. */
  async begin(message: Message): Promise<void> {
    try {
      await this.#answerFirst(message);
    } catch (error) {
      this.abandon(error);
    }
  }

  /** Gives the handshake up and leaves nothing of it behind. */
  abandon(error: unknown): void {
    if (this.#abandoned || this.#channel !== undefined) return;
    this.#abandoned = true;
    this.#state?.destroy();
    const { router } = this.#parameters;
    if (router.has(this.#addresses.decryptor)) void router.stop(this.#addresses.decryptor);
    this.#parameters.onFailure(error);
  }

  async #answerFirst(message: Message): Promise<void> {
    const { router, options, spawner, consumerOf } = this.#parameters;
    const first = expectHandshakeMessage(message);
    const route = expectReturnRoute(message);
    const own = await OwnIdentity.load(options);
    if (this.#abandoned) return;
    const state = new HandshakeState({
      backend: options.identities.vault.backend,
      pattern: XX,
      role: "responder",
      staticKey: own.staticKey,
      ...(this.#fixed.ephemeralSecret === undefined ? {} : { ephemeralSecret: this.#fixed.ephemeralSecret }),
    });
    this.#state = state;
    await state.readMessage(first);
    const second = await state.writeMessage(await own.present());
    if (this.#abandoned) return state.destroy();
    const { decryptor } = this.#addresses;
    const flowControlId = FlowControls.randomId();
    startDecryptor(
      router,
      { addresses: this.#addresses, flowControlId, spawner, consumerOf },
      {
        handleMessage: (next) =>
          this.#channel === undefined
            ? this.#readThird(next, { state, own, flowControlId, route })
            : this.#channel.receive(next),
        shutdown: () => {
          if (this.#channel !== undefined) this.#channel.onStopped();
          else if (!this.#abandoned)
            this.abandon(channelError("CLOSED", "the router was closed during the handshake"));
        },
      },
    );
    await router.send(decryptor, new Message(route, [decryptor], second));
  }

  async #readThird(message: Message, handshake: HalfOpenHandshake): Promise<void> {
    const { state } = handshake;
    let payload: Uint8Array;
    try {
      payload = await state.readMessage(expectHandshakeMessage(message));
    } catch (error) {
      // The initiator's own message may still come.
      this.#parameters.onIgnored(error);
      return;
    }
    try {
      await this.#finish(payload, handshake);
    } catch (error) {
      this.abandon(error);
    }
  }

  async #finish(payload: Uint8Array, handshake: HalfOpenHandshake): Promise<void> {
    const { router, options, verifier } = this.#parameters;
    const { state, own, flowControlId, route } = handshake;
    const peer = await verifier.verify(payload, state.remoteStaticKey!);
    if (this.#abandoned) return;
    this.#channel = new EstablishedChannel({
      router,
      options,
      role: "responder",
      addresses: this.#addresses,
      flowControlId,
      peer,
      own,
      verifier,
      keys: state.split(),
      route,
    });
    this.#parameters.onChannel(this.#channel);
  }
}

interface HalfOpenHandshake {
  readonly state: HandshakeState;
  readonly own: OwnIdentity;
  readonly flowControlId: FlowControlId;
  /** Where the first message came from. */
  readonly route: Route;
}
