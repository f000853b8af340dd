// Puts a conversation between an application's socket and its portal stream.
import { isOckamError } from "@ockam/codec";
import type { OckamError } from "@ockam/codec";
import { framePrefix } from "@ockam/kafka-protocol";
import type { LocalEnd, LocalEndEvents } from "@ockam/portal-tcp";

import { KAFKA_PORTAL_ERROR_CODES, kafkaPortalError } from "./kafka-portal-error.ts";
import { MessagePump } from "./message-pump.ts";

/** The most bytes of messages that wait in one direction before the side that sends them is asked to pause. */
export const MAX_WAITING_LENGTH: number = 4 * 1024 * 1024;

/** Reads and rewrites messages, one at a time in each direction. */
export interface Conversation {
  /** From the application whose socket this is. */
  fromApplication(message: Uint8Array): void | Promise<void>;
  /** From the far end of the portal. */
  fromPeer(message: Uint8Array): void | Promise<void>;
}

/** Where a conversation's messages go. */
export interface ConversationSides {
  readonly toApplication: (message: Uint8Array) => void;
  readonly toPeer: (message: Uint8Array) => void;
}

/** `inner`, with every message of both directions passed through a conversation. */
export class ConversationEnd implements LocalEnd {
  readonly #inner: LocalEnd;
  readonly #conversation: Conversation;
  #events: LocalEndEvents | undefined;
  #isPaused = false;
  #isHeld = false;
  #isStopped = false;
  readonly #outbound: MessagePump;
  readonly #inbound: MessagePump;

  constructor(inner: LocalEnd, begin: (sides: ConversationSides) => Conversation) {
    this.#inner = inner;
    this.#conversation = begin({
      toApplication: (message) => inner.write(framed(message)),
      toPeer: (message) => {
        for (const piece of framed(message)) this.#events?.onData(piece, true);
      },
    });
    const onError = (cause: Error): void => this.#fail(cause);
    this.#outbound = new MessagePump({
      handle: (message) => this.#conversation.fromApplication(message),
      onProgress: () => this.#regulate(),
      onError,
    });
    this.#inbound = new MessagePump({
      handle: (message) => this.#conversation.fromPeer(message),
      onProgress: () => this.#events?.onDrain(),
      onError,
    });
  }

  get name(): string {
    return this.#inner.name;
  }

  get pendingLength(): number {
    return this.#inner.pendingLength + this.#inbound.waiting;
  }

  start(events: LocalEndEvents): void {
    this.#events = events;
    this.#inner.start({
      onData: (chunk) => {
        this.#outbound.push(chunk);
        this.#regulate();
      },
      onEnd: () => this.#outbound.end(() => events.onEnd()),
      onError: (cause) => {
        this.#stop();
        events.onError(cause);
      },
      onDrain: () => events.onDrain(),
      onFinish: () => events.onFinish(),
    });
  }

  opened(): void {
    this.#inner.opened();
  }

  write(pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) this.#inbound.push(piece);
  }

  end(): void {
    this.#inbound.end(() => this.#inner.end());
  }

  close(): void {
    this.#outbound.stop();
    this.#inbound.end(() => this.#inner.close());
  }

  reset(cause: OckamError): void {
    this.#stop();
    this.#inner.reset(cause);
  }

  pause(): void {
    this.#isPaused = true;
    this.#inner.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#regulate();
  }

  /** Reads from the application as long as the portal wants more and not too much waits here. */
  #regulate(): void {
    if (this.#isStopped) return;
    this.#isHeld = this.#outbound.waiting > (this.#isHeld ? 0 : MAX_WAITING_LENGTH);
    if (this.#isPaused || this.#isHeld) this.#inner.pause();
    else this.#inner.resume();
  }

  /** The application sees a reset, and so does the far end. */
  #fail(cause: Error): void {
    this.#stop();
    const error = isOckamError(cause)
      ? cause
      : kafkaPortalError(KAFKA_PORTAL_ERROR_CODES.invalidMessage, cause.message, { cause });
    this.#inner.reset(error);
    this.#events?.onError(error);
  }

  #stop(): void {
    this.#isStopped = true;
    this.#outbound.stop();
    this.#inbound.stop();
  }
}

function framed(message: Uint8Array): readonly Uint8Array[] {
  return [framePrefix(message.length), message];
}
