// A TCP or TLS socket as the application's side of a stream.
import type { Socket } from "node:net";

import { CLOSE_TIMEOUT, LEFTOVER_TIMEOUT } from "./limits.ts";
import type { LocalEnd, LocalEndEvents } from "./local-end.ts";
import { PieceCollector, SMALL_PIECE } from "./piece-collector.ts";

// libuv reads this much at a time: a read that was filled means that more is likely to wait.
const FULL_READ = 65_536;

/** Wraps `socket`, which must be half-open capable. `transport` is the TCP socket below it when it is a TLS socket. */
export class SocketEnd implements LocalEnd {
  readonly name: string;
  readonly #socket: Socket;
  readonly #transport: Socket;
  readonly #waiting: PieceCollector;
  #closing = false;

  constructor(socket: Socket, name: string, transport: Socket = socket) {
    this.name = name;
    this.#socket = socket;
    this.#transport = transport;
    this.#waiting = new PieceCollector((bytes) => socket.write(bytes));
    // Also before start(), and after the end, an error has nobody to disturb.
    socket.on("error", () => {});
  }

  get pendingLength(): number {
    return this.#socket.writableLength + this.#waiting.length;
  }

  start(events: LocalEndEvents): void {
    const socket = this.#socket;
    let ended = false;
    socket.on("data", (chunk: Uint8Array) => {
      if (!this.#closing) events.onData(chunk, chunk.length === FULL_READ);
    });
    socket.on("end", () => {
      ended = true;
      if (!this.#closing) events.onEnd();
    });
    socket.on("drain", () => {
      this.#waiting.flush();
      events.onDrain();
    });
    socket.on("finish", () => events.onFinish());
    socket.on("error", (cause) => {
      if (!this.#closing) events.onError(cause);
    });
    socket.on("close", () => {
      if (this.#closing || (ended && socket.writableFinished)) return;
      events.onError(new Error("the socket was closed"));
    });
  }

  opened(): void {
    // A socket needs no word about it: its application is connected already.
  }

  write(pieces: readonly Uint8Array[]): void {
    const socket = this.#socket;
    if (pieces.length > 1) socket.cork();
    for (const piece of pieces) {
      // The socket is behind, and will say when it no longer is.
      if (piece.length < SMALL_PIECE && socket.writableNeedDrain) {
        this.#waiting.add(piece);
      } else {
        this.#waiting.flush();
        socket.write(piece);
      }
    }
    if (pieces.length > 1) socket.uncork();
  }

  end(): void {
    this.#waiting.flush();
    this.#socket.end();
  }

  close(): void {
    this.#closing = true;
    const socket = this.#socket;
    if (socket.destroyed) return;
    this.#waiting.flush();
    socket.end();
    // Closing with unread bytes would reset the connection under what the application has not read yet.
    socket.resume();
    let before = socket.writableLength;
    const watch = setInterval(() => {
      // The stream is forgotten, and nobody else would ever give up an application that takes nothing.
      if (socket.writableLength === before) this.reset();
      before = socket.writableLength;
    }, LEFTOVER_TIMEOUT);
    watch.unref();
    socket.once("close", () => clearInterval(watch));
    socket.once("finish", () => {
      const timer = setTimeout(() => socket.destroy(), CLOSE_TIMEOUT);
      timer.unref();
      socket.once("close", () => clearTimeout(timer));
    });
  }

  reset(): void {
    this.#closing = true;
    const transport = this.#transport;
    // One that is not connected yet has nobody to reset.
    if (transport.connecting) transport.destroy();
    else if (!transport.destroyed) transport.resetAndDestroy();
    this.#socket.destroy();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }
}
