// TCP servers and clients without any of our code, for tests of portals.
import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import type { Readable } from "node:stream";

/** A server on 127.0.0.1, what it accepted, and how to be rid of it. */
export interface Backend {
  readonly port: number;
  readonly server: Server;
  readonly sockets: Set<Socket>;
  close(): Promise<void>;
}

/** Starts a server that hands each connection to `onSocket`. Its sockets may be half-open. */
export async function startBackend(onSocket: (socket: Socket) => void): Promise<Backend> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => sockets.delete(socket));
    onSocket(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    server,
    sockets,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** A server that sends back what it gets. */
export function startEcho(): Promise<Backend> {
  return startBackend((socket) => {
    socket.pipe(socket);
  });
}

/** How a connection ended for a client, and what it read before. */
export interface Ending {
  readonly bytes: Buffer;
  /** `end` only after an orderly end; `reset` for ECONNRESET and the like. */
  readonly how: "end" | "reset";
}

/** Connects to `address` (`host:port`). The socket may be half-open. */
export async function connectTo(address: string): Promise<Socket> {
  const socket = connect({
    host: "127.0.0.1",
    port: Number(address.split(":").at(-1)),
    allowHalfOpen: true,
    noDelay: true,
  });
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

/** Connects and waits for a reset, which may come before the client even knows that it was connected. */
export async function expectReset(address: string): Promise<void> {
  const socket = connect({ host: "127.0.0.1", port: Number(address.split(":").at(-1)) });
  const failure = await new Promise<Error | undefined>((resolve) => {
    socket.once("error", resolve);
    socket.once("end", () => resolve(undefined));
  });
  socket.destroy();
  if (failure === undefined || !("code" in failure) || failure.code !== "ECONNRESET") {
    throw new Error("expected a reset", { cause: failure });
  }
}

/** Reads a stream to its end, of either kind. */
export function readToEnd(socket: Readable): Promise<Ending> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const finish = (): void =>
      resolve({ bytes: Buffer.concat(chunks), how: socket.readableEnded ? "end" : "reset" });
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.once("end", finish);
    socket.once("error", () => {});
    socket.once("close", finish);
    if (socket.closed) finish();
  });
}

/** Reads exactly `length` bytes; more stay unread. */
export function readExactly(stream: Readable, length: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let missing = length;
    const finish = (settle: () => void): void => {
      stream.removeListener("readable", onReadable);
      stream.removeListener("close", onClose);
      settle();
    };
    const onReadable = (): void => {
      while (missing > 0) {
        const chunk = stream.read(Math.min(missing, stream.readableLength)) as Buffer | null;
        if (chunk === null || chunk.length === 0) return;
        chunks.push(chunk);
        missing -= chunk.length;
      }
      finish(() => resolve(Buffer.concat(chunks)));
    };
    const onClose = (): void =>
      finish(() => reject(new Error(`the stream was closed ${missing} bytes early`)));
    stream.on("readable", onReadable);
    stream.once("close", onClose);
    onReadable();
  });
}

/** Bytes that tell their place: a lost, repeated or moved part shows. */
export function pattern(length: number, seed = 1): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let state = seed >>> 0 || 1;
  for (let i = 0; i < length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state & 0xff;
  }
  return bytes;
}

/** Waits, a turn of the event loop at a time, until `condition` holds. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}
