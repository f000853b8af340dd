import { createHash } from "node:crypto";
import { createServer } from "node:net";
import type { Server, Socket } from "node:net";

import { freePort } from "@ockam/acceptance/free-port";

import { Deferred } from "./deferred.ts";
import type { BytePattern } from "./byte-pattern.ts";

/** What one side of a transfer asks for in its first line. */
export type TransferMode = "up" | "down" | "both" | "echo" | "refuse";

/** How a connection ended at the server: `clean` is an end of stream, `received` what came before it. */
export interface TransferEnd {
  readonly mode: string;
  readonly clean: boolean;
  readonly intact: boolean;
  readonly complete: boolean;
  readonly received: number;
}

/**
 * The backend of the portal suites. A client sends one line, `MODE LENGTH`, and then: `up` sends LENGTH bytes and gets
 * their SHA-256; `down` gets LENGTH bytes of the pattern; `both` does both at once; `echo` gets back what it sends;
 * `refuse` is reset. The server never half-closes.
 */
export class TransferServer implements AsyncDisposable {
  readonly port: number;
  /** Every connection that ended, oldest first. */
  readonly ends: TransferEnd[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(port: number, server: Server) {
    this.port = port;
    this.#server = server;
  }

  /** Starts one on `port`, or on a free one. */
  static async start(pattern: BytePattern, port?: number): Promise<TransferServer> {
    const server = createServer();
    const transfer = new TransferServer(port ?? (await freePort()), server);
    server.on("connection", (socket) => transfer.#serve(socket, pattern));
    const { promise, resolve, reject } = new Deferred<void>();
    server.once("error", reject);
    server.listen(transfer.port, "127.0.0.1", 1024, resolve);
    await promise;
    return transfer;
  }

  /** The connections that are open now. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Resets all connections. */
  reset(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { promise, resolve } = new Deferred<void>();
    this.#server.close(() => resolve());
    for (const socket of this.#sockets) socket.destroy();
    await promise;
  }

  #serve(socket: Socket, pattern: BytePattern): void {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    let mode = "";
    let length = 0;
    let received = 0;
    let intact = true;
    let clean = false;
    let head = Buffer.alloc(0);
    let toSend = 0;
    const hash = createHash("sha256");

    const finish = (): void => {
      if (received === length && toSend === 0 && (mode === "up" || mode === "both")) {
        socket.write(`${hash.digest("hex")}\n`);
      }
    };
    const take = (data: Buffer): void => {
      if (data.length === 0) return;
      if (mode === "echo") {
        if (!socket.write(data)) socket.pause();
        return;
      }
      intact &&= pattern.matches(received, data);
      received += data.length;
      hash.update(data);
      if (received === length) finish();
    };
    const begin = (): void => {
      if (mode === "refuse") socket.resetAndDestroy();
      if (mode !== "down" && mode !== "both") return;
      toSend = length;
      sendPattern(socket, pattern, length, () => {
        toSend = 0;
        finish();
      });
    };

    socket.on("drain", () => socket.resume());
    socket.on("data", (data: Buffer) => {
      if (mode !== "") return take(data);
      head = Buffer.concat([head, data]);
      const end = head.indexOf(10);
      if (end < 0) return;
      const [name = "", count = "0"] = head.toString("latin1", 0, end).split(" ");
      mode = name;
      length = Number(count);
      begin();
      take(head.subarray(end + 1));
    });
    socket.on("end", () => (clean = true));
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#sockets.delete(socket);
      const complete = mode === "down" || mode === "echo" || received === length;
      this.ends.push({ mode, clean, intact, complete, received });
    });
  }
}

/** Writes the first `length` bytes of the pattern as fast as the socket takes them, then calls `done`. */
export function sendPattern(socket: Socket, pattern: BytePattern, length: number, done?: () => void): void {
  let offset = 0;
  const pump = (): void => {
    while (offset < length && !socket.destroyed) {
      const chunk = pattern.chunk(offset, length - offset);
      offset += chunk.length;
      if (!socket.write(chunk)) return;
    }
    socket.off("drain", pump);
    done?.();
  };
  socket.on("drain", pump);
  pump();
}
