// One socket as a connection of transport messages. docs/protocol/transport-tcp.md, "Connections".
import type { Socket } from "node:net";

import type { Log } from "@ockam/codec";
import { OckamError } from "@ockam/codec";
import type { TransportConnection } from "@ockam/core-routing";
import { MAX_TRANSPORT_MESSAGE_LENGTH } from "@ockam/core-routing";

import type { FrameBudget, FrameHolder } from "./frame-budget.ts";
import { FrameReader } from "./frame-reader.ts";
import { isLoopbackAddress } from "./host-port.ts";
import {
  CLOSE_TIMEOUT,
  FRAME_HEADER_LENGTH,
  LINGER_TIMEOUT,
  SEND_BUFFER_LENGTH,
  TCP_PROTOCOL_VERSION,
} from "./limits.ts";

// Pieces below this are copied together: a copy is cheaper than one more entry of a writev.
const SMALL_PIECE = 1024;
// A frame up to this is one write.
const SMALL_FRAME = 4096;

/** What a {@link TcpConnection} needs besides its socket. */
export interface TcpConnectionOptions {
  /** The peer as `host:port`. */
  readonly peer: string;
  /** How long the version byte may take, in milliseconds. */
  readonly versionTimeout: number;
  readonly log: Log;
  /** What the unfinished messages of the connections beside it may hold; unbounded when not given. */
  readonly budget?: FrameBudget;
}

type OnMessage = (pieces: readonly Uint8Array[]) => void | Promise<void>;

/** An established connection. Its version byte is sent at once, the peer's is required before anything else. */
export class TcpConnection implements TransportConnection, FrameHolder {
  readonly peer: string;
  readonly loopback: boolean;
  readonly closed: Promise<Error | undefined>;
  readonly #socket: Socket;
  readonly #log: Log;
  // reading
  readonly #budget: FrameBudget | undefined;
  #reader = new FrameReader();
  readonly #versionTimer: NodeJS.Timeout;
  #onMessage: OnMessage | undefined;
  #waiting = false;
  // writing
  #corked = false;
  #drained: Promise<void> | undefined;
  #resolveDrained: (() => void) | undefined;
  // ending
  #closing = false;
  #cause: Error | undefined;

  constructor(socket: Socket, options: TcpConnectionOptions) {
    this.peer = options.peer;
    this.loopback = isLoopbackAddress(socket.remoteAddress);
    this.#socket = socket;
    this.#log = options.log;
    this.#budget = options.budget;
    this.closed = new Promise((resolve) => {
      socket.once("close", () => {
        this.#release();
        resolve(this.#cause);
      });
    });
    this.#versionTimer = setTimeout(() => {
      this.#fail(
        new OckamError(
          "OCKAM_TCP_TIMEOUT",
          `${this.peer} sent no version byte within ${options.versionTimeout} ms: it does not speak Ockam over TCP`,
        ),
      );
    }, options.versionTimeout);
    this.#versionTimer.unref();
    socket.on("error", (cause) => {
      this.#cause ??= new OckamError(
        "OCKAM_TCP_CONNECTION_LOST",
        `the connection with ${this.peer} was lost: ${cause.message}`,
        { cause },
      );
    });
    socket.on("drain", () => this.#settleDrained());
    socket.once("end", () => this.#onEnd());
    socket.write(Uint8Array.of(TCP_PROTOCOL_VERSION));
  }

  /** Begins to read. Until then the peer's bytes stay in the kernel. */
  start(onMessage: OnMessage): void {
    if (this.#onMessage !== undefined) throw new TypeError("start() was called twice");
    this.#onMessage = onMessage;
    this.#socket.on("data", (chunk: Uint8Array) => {
      if (this.#closing) return;
      this.#reader.push(chunk);
      this.#deliver();
    });
  }

  /**
   * Writes one message: at once when the socket is idle, together with the others of this tick when it is not. The
   * pieces must not be changed afterwards.
   * @returns a promise when enough waits in front of the socket: send more after it.
   * @throws OckamError OCKAM_TCP_CLOSED, OCKAM_TCP_MESSAGE_TOO_LARGE (the connection stays usable).
   */
  send(pieces: readonly Uint8Array[]): void | Promise<void> {
    if (this.#closing || this.#socket.destroyed) {
      throw new OckamError("OCKAM_TCP_CLOSED", `the connection with ${this.peer} is closed; connect again`);
    }
    let length = 0;
    for (const piece of pieces) length += piece.length;
    if (length === 0) throw new RangeError('"pieces" expected at least one byte');
    if (length > MAX_TRANSPORT_MESSAGE_LENGTH) {
      throw new OckamError(
        "OCKAM_TCP_MESSAGE_TOO_LARGE",
        `a message of ${length} bytes exceeds the ${MAX_TRANSPORT_MESSAGE_LENGTH} of the transport; send smaller ones`,
        { details: { length } },
      );
    }
    this.#write(pieces, length);
    if (this.#socket.writableLength < SEND_BUFFER_LENGTH) return undefined;
    this.#drained ??= new Promise((resolve) => {
      this.#resolveDrained = resolve;
    });
    return this.#drained;
  }

  /** Writes out what was sent, ends the stream, and waits a bounded time for the peer to do the same. */
  async close(): Promise<void> {
    this.#end();
    await this.closed;
  }

  /** Ends the connection because of what its unfinished message holds. */
  giveUp(): void {
    this.#fail(
      new OckamError(
        "OCKAM_TCP_OVERLOADED",
        `the messages that have arrived in part are too much together, and ${this.peer} holds most of them`,
      ),
    );
  }

  #write(pieces: readonly Uint8Array[], length: number): void {
    const socket = this.#socket;
    if (!this.#corked) {
      // The first frame of a tick goes out now when nothing is ahead of it; those after it share one writev.
      const idle = socket.writableLength === 0;
      if (idle) {
        socket.cork();
        writeFrame(socket, pieces, length);
        socket.uncork();
      }
      this.#corked = true;
      socket.cork();
      process.nextTick(() => {
        this.#corked = false;
        socket.uncork();
      });
      if (idle) return;
    }
    writeFrame(socket, pieces, length);
  }

  #deliver(): void {
    const onMessage = this.#onMessage!;
    try {
      while (!this.#closing) {
        const frame = this.#reader.next();
        if (this.#reader.hasVersion) clearTimeout(this.#versionTimer);
        if (frame === undefined) break;
        const wait = onMessage(frame);
        if (wait !== undefined) {
          this.#hold(wait);
          return;
        }
      }
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#budget?.update(this, this.#reader.heldLength);
    if (this.#waiting && !this.#closing) {
      this.#waiting = false;
      this.#socket.resume();
    }
  }

  #hold(wait: Promise<void>): void {
    this.#budget?.update(this, this.#reader.heldLength);
    if (!this.#waiting) {
      this.#waiting = true;
      this.#socket.pause();
    }
    wait.then(
      () => this.#deliver(),
      (error: unknown) => this.#fail(error),
    );
  }

  #onEnd(): void {
    if (!this.#closing && !this.#reader.atBoundary) {
      this.#cause ??= new OckamError(
        "OCKAM_TCP_INVALID_MESSAGE",
        `${this.peer} ended the connection in the middle of a message`,
      );
    }
    this.#end();
  }

  /** The stream cannot be continued: the peer sees its end, as Rust does it. */
  #fail(error: unknown): void {
    if (this.#closing) return;
    this.#cause ??= error instanceof Error ? error : new Error(String(error));
    this.#log({
      level: "warn",
      area: "transport-tcp",
      message: `connection with ${this.peer} given up`,
      error,
    });
    this.#end();
  }

  #end(): void {
    if (this.#closing) return;
    this.#closing = true;
    clearTimeout(this.#versionTimer);
    this.#reader = new FrameReader();
    this.#budget?.update(this, 0);
    const socket = this.#socket;
    if (socket.destroyed) return;
    socket.end();
    // What still comes is read and dropped: closing with unread bytes would reset what the peer has not read yet.
    socket.resume();
    let timer = setTimeout(() => socket.destroy(), CLOSE_TIMEOUT);
    socket.once("finish", () => {
      clearTimeout(timer);
      timer = setTimeout(() => socket.destroy(), LINGER_TIMEOUT);
    });
    socket.once("close", () => clearTimeout(timer));
  }

  #release(): void {
    this.#closing = true;
    clearTimeout(this.#versionTimer);
    this.#budget?.update(this, 0);
    this.#settleDrained();
  }

  #settleDrained(): void {
    this.#resolveDrained?.();
    this.#drained = undefined;
    this.#resolveDrained = undefined;
  }
}

/** Writes length and body: a small frame as one buffer, a large one as pieces of which only the small are copied. */
function writeFrame(socket: Socket, pieces: readonly Uint8Array[], length: number): void {
  if (length <= SMALL_FRAME) {
    const frame = newFrame(FRAME_HEADER_LENGTH + length, length);
    let offset = FRAME_HEADER_LENGTH;
    for (const piece of pieces) {
      frame.set(piece, offset);
      offset += piece.length;
    }
    socket.write(frame);
    return;
  }
  let start = 0;
  let small = FRAME_HEADER_LENGTH;
  for (let i = 0; i <= pieces.length; i++) {
    const piece = pieces[i];
    if (piece !== undefined && piece.length < SMALL_PIECE) {
      small += piece.length;
      continue;
    }
    if (small > 0) {
      const joined = start === 0 ? newFrame(small, length) : Buffer.allocUnsafe(small);
      let offset = start === 0 ? FRAME_HEADER_LENGTH : 0;
      for (let j = start; j < i; j++) {
        joined.set(pieces[j]!, offset);
        offset += pieces[j]!.length;
      }
      socket.write(joined);
    }
    if (piece !== undefined) socket.write(piece);
    start = i + 1;
    small = 0;
  }
}

function newFrame(size: number, length: number): Buffer {
  const frame = Buffer.allocUnsafe(size);
  frame.writeUInt32BE(length, 0);
  return frame;
}
