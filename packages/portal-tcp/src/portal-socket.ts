// An inlet without a port: the client is this process. docs/protocol/portals.md, "Inlets".
import { Duplex } from "node:stream";

import type { OckamError } from "@ockam/codec";

import type { LocalEnd, LocalEndEvents } from "./local-end.ts";
import { PieceCollector, SMALL_PIECE } from "./piece-collector.ts";

/** Options of a {@link PortalSocket}. */
export interface PortalSocketOptions {
  /** Keeps the writable side open when the other end has ended; off by default, as with sockets of node:net. */
  readonly allowHalfOpen?: boolean;
}

type Callback = (error?: Error | null) => void;

/**
 * A Duplex whose other end is the target of an outlet. It has what clients that expect a socket of node:net use: the
 * event `connect` (also after a call of {@link connect}), `setNoDelay`, `setKeepAlive`, `setTimeout` with its event
 * `timeout`, `ref` and `unref`. Bytes written before `connect` are sent after it. A connection that is cut emits
 * `error`, never `end`.
 */
export class PortalSocket extends Duplex {
  /** True until the other end is connected. */
  connecting = true;
  readonly #open: (end: LocalEnd) => void;
  readonly #end: DuplexEnd;
  #timeout = 0;
  #timer: NodeJS.Timeout | undefined;

  /** `open` gets the other side of the Duplex, in the next tick: a failure meets listeners that are added until then. */
  constructor(open: (end: LocalEnd) => void, options: PortalSocketOptions = {}) {
    super({ allowHalfOpen: options.allowHalfOpen === true });
    this.#end = new DuplexEnd(this, () => {
      this.connecting = false;
      this.#active();
      this.emit("connect");
      this.emit("ready");
    });
    this.#open = open;
  }

  /** The connection is under way since the socket was made: this only emits `connect` again if it is there already. */
  connect(..._ignored: readonly unknown[]): this {
    if (!this.connecting && !this.destroyed) process.nextTick(() => this.emit("connect"));
    return this;
  }

  /** Emits `timeout` after `milliseconds` without bytes in either direction; 0 for never. */
  setTimeout(milliseconds: number, onTimeout?: () => void): this {
    this.#timeout = milliseconds;
    if (onTimeout !== undefined) {
      if (milliseconds === 0) this.removeListener("timeout", onTimeout);
      else this.once("timeout", onTimeout);
    }
    this.#active();
    return this;
  }

  /** Without effect: messages are sent at once. */
  setNoDelay(_noDelay?: boolean): this {
    return this;
  }

  /** Without effect: the way below has its own. */
  setKeepAlive(_enable?: boolean, _initialDelay?: number): this {
    return this;
  }

  /** Without effect: the way below keeps the process alive. */
  ref(): this {
    return this;
  }

  /** Without effect. */
  unref(): this {
    return this;
  }

  override _construct(callback: Callback): void {
    this.#open(this.#end);
    callback();
  }

  override _read(): void {
    this.#end.onRead();
  }

  override _write(chunk: Uint8Array, _encoding: string, callback: Callback): void {
    this.#active();
    this.#end.onWrite([chunk], callback);
  }

  override _writev(chunks: ReadonlyArray<{ chunk: Uint8Array }>, callback: Callback): void {
    this.#active();
    this.#end.onWrite(
      chunks.map(({ chunk }) => chunk),
      callback,
    );
  }

  override _final(callback: Callback): void {
    this.#end.onFinal(callback);
  }

  override _destroy(error: Error | null, callback: Callback): void {
    clearTimeout(this.#timer);
    this.#end.onDestroy(error);
    callback(error);
  }

  /** Called for bytes from the other end. */
  deliver(piece: Uint8Array): void {
    this.#active();
    this.push(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength));
  }

  #active(): void {
    clearTimeout(this.#timer);
    if (this.#timeout > 0 && !this.destroyed) {
      this.#timer = setTimeout(() => this.emit("timeout"), this.#timeout);
      this.#timer.unref();
    }
  }
}

class DuplexEnd implements LocalEnd {
  readonly name = "this process";
  readonly #socket: PortalSocket;
  readonly #onOpened: () => void;
  readonly #unread: PieceCollector;
  #events: LocalEndEvents | undefined;
  #paused = false;
  #waiting: Callback | undefined;
  #over = false;

  constructor(socket: PortalSocket, onOpened: () => void) {
    this.#socket = socket;
    this.#onOpened = onOpened;
    this.#unread = new PieceCollector((bytes) => socket.deliver(bytes));
  }

  get pendingLength(): number {
    return this.#socket.readableLength + this.#unread.length;
  }

  start(events: LocalEndEvents): void {
    this.#events = events;
  }

  opened(): void {
    this.#onOpened();
  }

  write(pieces: readonly Uint8Array[]): void {
    const socket = this.#socket;
    for (const piece of pieces) {
      if (piece.length === 0) continue;
      // The reader is behind, and will ask for more.
      if (piece.length < SMALL_PIECE && socket.readableLength >= socket.readableHighWaterMark) {
        this.#unread.add(piece);
      } else {
        this.#unread.flush();
        socket.deliver(piece);
      }
    }
  }

  end(): void {
    this.#unread.flush();
    this.#socket.push(null);
    this.#events!.onFinish();
  }

  close(): void {
    this.#unread.flush();
    this.#over = true;
    this.#socket.push(null);
    this.resume();
  }

  reset(cause: OckamError): void {
    this.#over = true;
    this.#socket.destroy(cause);
    this.resume();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    const callback = this.#waiting;
    this.#waiting = undefined;
    callback?.();
  }

  onRead(): void {
    this.#unread.flush();
    if (!this.#over) this.#events!.onDrain();
  }

  onWrite(chunks: readonly Uint8Array[], callback: Callback): void {
    // The other end is gone: what is written goes nowhere, as with a socket until its peer says so.
    if (!this.#over) {
      for (const [index, chunk] of chunks.entries()) this.#events!.onData(chunk, index < chunks.length - 1);
    }
    if (this.#paused) this.#waiting = callback;
    else callback();
  }

  onFinal(callback: Callback): void {
    if (!this.#over) this.#events!.onEnd();
    callback();
  }

  onDestroy(error: Error | null): void {
    if (this.#over) return;
    const { readableEnded, writableFinished } = this.#socket;
    if (error === null && readableEnded && writableFinished) return;
    this.#over = true;
    // Absent when the stream could not even begin.
    this.#events?.onError(error ?? new Error("the application destroyed the stream"));
  }
}
