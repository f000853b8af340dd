import { once } from "node:events";
import { connect as connectSocket, createServer } from "node:net";
import type { AddressInfo, LookupFunction, Server, Socket } from "node:net";

import { concatBytes } from "@ockam/codec";
import type { Transport, TransportConnection, TransportListener } from "@ockam/core-routing";
import { MAX_TRANSPORT_MESSAGE_LENGTH } from "@ockam/core-routing";
import { afterEach, describe, expect, test, vi } from "vitest";

import { MAX_UNFINISHED_LENGTH, SEND_BUFFER_LENGTH } from "./limits.ts";
import { tcp } from "./tcp.ts";
import type { TcpOptions } from "./tcp-settings.ts";

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()));
});

interface Pair {
  readonly transport: Transport;
  readonly listener: TransportListener;
  readonly near: TransportConnection;
  readonly far: TransportConnection;
}

async function listenTcp(
  options: TcpOptions = {},
  address = "127.0.0.1:0",
): Promise<{
  transport: Transport;
  listener: TransportListener;
  accepted: TransportConnection[];
  readonly next: () => Promise<TransportConnection>;
}> {
  const transport = tcp(options);
  const accepted: TransportConnection[] = [];
  const waiting: ((connection: TransportConnection) => void)[] = [];
  const listener = await transport.listen(address, {
    onConnection: (connection) => {
      accepted.push(connection);
      cleanups.push(() => connection.close());
      waiting.shift()?.(connection);
    },
  });
  cleanups.push(() => listener.close());
  return { transport, listener, accepted, next: () => new Promise((resolve) => waiting.push(resolve)) };
}

async function pair(options: TcpOptions = {}, address?: string): Promise<Pair> {
  const { transport, listener, next } = await listenTcp(options, address);
  const accepting = next();
  const near = await transport.connect(listener.address);
  cleanups.push(() => near.close());
  return { transport, listener, near, far: await accepting };
}

const findsNothing: LookupFunction = (hostname, _options, callback) => {
  callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: "ENOTFOUND" }), []);
};
const findsNoEnd: LookupFunction = () => {};
const ignore = (): void => {};

interface Deferred {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

function deferred(): Deferred {
  let resolve!: () => void;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** A socket without any of our code. */
async function rawClient(address: string): Promise<Socket> {
  const socket = connectSocket({ host: "127.0.0.1", port: Number(address.split(":").at(-1)) });
  socket.on("error", () => {});
  cleanups.push(() => socket.destroy());
  await once(socket, "connect");
  return socket;
}

async function rawServer(onSocket: (socket: Socket) => void): Promise<string> {
  const server: Server = createServer((socket) => {
    socket.on("error", () => {});
    cleanups.push(() => socket.destroy());
    onSocket(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(() => server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function receive(connection: TransportConnection, count: number): Promise<readonly Uint8Array[]> {
  return new Promise((resolve) => {
    const messages: Uint8Array[] = [];
    connection.start((pieces) => {
      messages.push(concatBytes(...pieces));
      if (messages.length === count) resolve(messages);
    });
  });
}

describe("messages", () => {
  test("arrive whole, in order, in both directions", async () => {
    const { near, far } = await pair();
    const sizes = [1, 10, 1023, 1024, 4096, 4097, 70_000, 3, 1_000_000, 5];
    const sent = sizes.map((size, i) => new Uint8Array(size).fill(i + 1));
    const [atFar, atNear] = [receive(far, sizes.length), receive(near, sizes.length)];
    for (const message of sent) {
      await near.send([message.subarray(0, 1), message.subarray(1)]);
      await far.send([message]);
    }
    expect(await atFar).toEqual(sent);
    expect(await atNear).toEqual(sent);
  });

  test("the bytes of the stream: version, then length and body", async () => {
    const bytes: Uint8Array[] = [];
    const done = deferred();
    const address = await rawServer((socket) => {
      socket.on("data", (chunk: Uint8Array) => bytes.push(chunk));
      socket.on("end", () => done.resolve());
    });
    const connection = await tcp().connect(address);
    const large = [new Uint8Array(3).fill(1), new Uint8Array(5000).fill(2), new Uint8Array(2).fill(3)];
    await connection.send([Uint8Array.of(9)]);
    await connection.send([Uint8Array.of(8), Uint8Array.of(7)]);
    await connection.send(large);
    await connection.close();
    await done.promise;
    expect(concatBytes(...bytes)).toEqual(
      concatBytes(Uint8Array.of(1, 0, 0, 0, 1, 9, 0, 0, 0, 2, 8, 7, 0, 0, 0x13, 0x8d), ...large),
    );
  });

  test("a message of 16 MiB passes, a larger one is refused and the connection goes on", async () => {
    const { near, far } = await pair();
    const received = receive(far, 2);
    const largest = new Uint8Array(MAX_TRANSPORT_MESSAGE_LENGTH);
    await near.send([largest]);
    expect(() => near.send([largest, Uint8Array.of(1)])).toThrow(
      expect.objectContaining({ code: "OCKAM_TCP_MESSAGE_TOO_LARGE" }),
    );
    expect(() => near.send([])).toThrow(RangeError);
    await near.send([Uint8Array.of(5)]);
    const [first, second] = await received;
    expect(first!.length).toBe(MAX_TRANSPORT_MESSAGE_LENGTH);
    expect(second).toEqual(Uint8Array.of(5));
  });

  test("IPv6", async () => {
    const { near, far, listener } = await pair({}, "[::1]:0");
    expect(listener.address).toMatch(/^\[::1\]:\d+$/);
    expect(far.peer).toMatch(/^\[::1\]:\d+$/);
    expect(near.loopback && far.loopback).toBe(true);
    const received = receive(far, 1);
    await near.send([Uint8Array.of(1)]);
    expect(await received).toEqual([Uint8Array.of(1)]);
  });
});

describe("back-pressure", () => {
  test("a sender is asked to wait when the peer does not read, and woken when it does", async () => {
    const { near, far } = await pair();
    let received = 0;
    const message = new Uint8Array(256 * 1024);
    let wait: void | Promise<void> = undefined;
    let sent = 0;
    // Kernel buffers take some; then it must be asked.
    while (wait === undefined && sent < 100 * 1024 * 1024) {
      wait = near.send([message]);
      sent += message.length;
    }
    expect(wait).toBeInstanceOf(Promise);
    const all = deferred();
    far.start((pieces) => {
      received += pieces.reduce((sum, piece) => sum + piece.length, 0);
      if (received === sent) all.resolve();
    });
    await wait;
    await all.promise;
    expect(received).toBe(sent);
  });

  test("while a handler's promise is pending nothing is delivered, and the sender comes to a halt", async () => {
    const { near, far } = await pair();
    const gate = deferred();
    const first = deferred();
    let delivered = 0;
    far.start(() => {
      delivered += 1;
      first.resolve();
      return delivered === 1 ? gate.promise : undefined;
    });
    const message = new Uint8Array(64 * 1024);
    let sent = 0;
    let wait: void | Promise<void> = undefined;
    while (wait === undefined && sent < 2000) {
      wait = near.send([message]);
      sent += 1;
      if (sent % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await first.promise;
    expect(wait).toBeInstanceOf(Promise);
    expect(delivered).toBe(1);
    gate.resolve();
    await wait;
    await near.send([message]);
    await vi.waitFor(() => expect(delivered).toBe(sent + 1));
  });

  test("small messages of one tick leave in one write after the first", async () => {
    const chunks: number[] = [];
    const done = deferred();
    const address = await rawServer((socket) => {
      let total = 0;
      socket.on("data", (chunk) => {
        chunks.push(chunk.length);
        total += chunk.length;
        if (total === 1 + 1000 * 14) done.resolve();
      });
    });
    const connection = await tcp().connect(address);
    cleanups.push(() => connection.close());
    for (let i = 0; i < 1000; i++) void connection.send([new Uint8Array(10)]);
    await done.promise;
    expect(chunks.length).toBeLessThan(20);
  });

  test("a pending wait ends with the connection", async () => {
    const sockets: Socket[] = [];
    const address = await rawServer((socket) => sockets.push(socket.pause()));
    const connection = await tcp().connect(address);
    let wait: void | Promise<void> = undefined;
    while (wait === undefined) wait = connection.send([new Uint8Array(SEND_BUFFER_LENGTH)]);
    sockets[0]!.resetAndDestroy();
    await wait;
    expect(await connection.closed).toMatchObject({ code: "OCKAM_TCP_CONNECTION_LOST" });
    expect(() => connection.send([Uint8Array.of(1)])).toThrow(
      expect.objectContaining({ code: "OCKAM_TCP_CLOSED" }),
    );
  });
});

describe("peers that misbehave", () => {
  test.each([
    ["another version", Uint8Array.of(2), "OCKAM_TCP_INVALID_MESSAGE"],
    ["HTTP", new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"), "OCKAM_TCP_INVALID_MESSAGE"],
    ["an empty message", Uint8Array.of(1, 0, 0, 0, 0), "OCKAM_TCP_INVALID_MESSAGE"],
    ["an oversized message", Uint8Array.of(1, 1, 0, 0, 1), "OCKAM_TCP_INVALID_MESSAGE"],
  ])("%s ends the connection, after our version byte", async (_name, bytes, code) => {
    const { listener, next } = await listenTcp();
    const accepting = next();
    const client = await rawClient(listener.address);
    const seen: Uint8Array[] = [];
    client.on("data", (chunk: Uint8Array) => seen.push(chunk));
    const connection = await accepting;
    connection.start(() => {});
    client.write(bytes);
    await once(client, "end");
    expect(concatBytes(...seen)).toEqual(Uint8Array.of(1));
    client.destroy();
    expect(await connection.closed).toMatchObject({ code });
  });

  test("an end in the middle of a message is not an orderly one", async () => {
    const { listener, next } = await listenTcp();
    const accepting = next();
    const client = await rawClient(listener.address);
    const connection = await accepting;
    connection.start(() => {});
    client.end(Uint8Array.of(1, 0, 0, 0, 5, 1, 2));
    expect(await connection.closed).toMatchObject({ code: "OCKAM_TCP_INVALID_MESSAGE" });
  });

  test("a silent connection is closed after the version timeout", async () => {
    const { listener, next } = await listenTcp({ versionTimeout: 30 });
    const accepting = next();
    const client = await rawClient(listener.address);
    client.resume();
    const connection = await accepting;
    connection.start(() => {});
    await once(client, "end");
    client.destroy();
    expect(await connection.closed).toMatchObject({ code: "OCKAM_TCP_TIMEOUT" });
  });

  test("connections beyond the limit are closed, those before it work", async () => {
    const refusals: string[] = [];
    const { listener, accepted } = await listenTcp({
      maxConnections: 2,
      log: (entry) => refusals.push(entry.message),
    });
    const clients = [await rawClient(listener.address), await rawClient(listener.address)];
    while (accepted.length < 2) await new Promise((resolve) => setImmediate(resolve));
    const third = connectSocket({ host: "127.0.0.1", port: Number(listener.address.split(":")[1]) });
    third.on("error", () => {});
    await once(third, "close");
    expect(accepted.length).toBe(2);
    expect(refusals.join()).toContain("2 are open");
    clients[0]!.destroy();
    accepted[0]!.start(() => {});
    await accepted[0]!.closed;
    await rawClient(listener.address);
    while (accepted.length < 3) await new Promise((resolve) => setImmediate(resolve));
    expect(accepted.length).toBe(3);
  });

  test("beginnings of messages on many connections are too much together: whoever holds most goes", async () => {
    const { listener, accepted } = await listenTcp({ maxUnfinishedLength: 1_000_000 });
    const begin = async (length: number): Promise<TransportConnection> => {
      const count = accepted.length;
      const client = await rawClient(listener.address);
      client.write(Uint8Array.of(1, 1, 0, 0, 0));
      client.write(new Uint8Array(length));
      while (accepted.length === count) await new Promise((resolve) => setImmediate(resolve));
      return accepted.at(-1)!;
    };
    const received: unknown[] = [];
    const start = (connection: TransportConnection): void =>
      connection.start((pieces) => void received.push(pieces));
    const modest = await begin(100_000);
    start(modest);
    const greedy = await begin(700_000);
    start(greedy);
    await new Promise((resolve) => setTimeout(resolve, 10));
    start(await begin(300_000));
    expect(await greedy.closed).toMatchObject({ code: "OCKAM_TCP_OVERLOADED" });
    // Its share is free again, and one who finishes its messages holds nothing.
    const honest = await tcp().connect(listener.address);
    cleanups.push(() => honest.close());
    while (accepted.length < 4) await new Promise((resolve) => setImmediate(resolve));
    start(accepted[3]!);
    for (let sent = 0; sent < 20; sent++) await honest.send([new Uint8Array(400_000)]);
    while (received.length < 20) await new Promise((resolve) => setImmediate(resolve));
    let closed = 0;
    for (const connection of [modest, accepted[2]!, accepted[3]!])
      void connection.closed.then(() => (closed += 1));
    await new Promise((resolve) => setImmediate(resolve));
    expect(closed).toBe(0);
    expect(MAX_UNFINISHED_LENGTH).toBe(16 * MAX_TRANSPORT_MESSAGE_LENGTH);
  });

  test("both ends know that they are on one machine", async () => {
    const { near, far } = await pair();
    expect([near.loopback, far.loopback]).toEqual([true, true]);
  });

  test("an announced length reserves nothing", async () => {
    const { listener, accepted } = await listenTcp();
    const before = process.memoryUsage().arrayBuffers;
    const announced = Uint8Array.of(1, 1, 0, 0, 0, 0);
    for (let i = 0; i < 20; i++) (await rawClient(listener.address)).write(announced);
    while (accepted.length < 20) await new Promise((resolve) => setImmediate(resolve));
    for (const connection of accepted) connection.start(() => {});
    await new Promise((resolve) => setTimeout(resolve, 20));
    // 20 announcements of 16 MiB: 320 MiB if they were believed.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 * 1024);
  });

  test("a handler that throws ends the connection", async () => {
    const { near, far } = await pair();
    const failure = new Error("not a message");
    far.start(() => {
      throw failure;
    });
    near.start(() => {});
    await near.send([Uint8Array.of(1)]);
    expect(await far.closed).toBe(failure);
    expect(await near.closed).toBeUndefined();
  });
});

describe("connect", () => {
  test("refused", async () => {
    const { listener } = await listenTcp();
    await listener.close();
    await expect(tcp().connect(listener.address)).rejects.toMatchObject({
      code: "OCKAM_TCP_CONNECTION_REFUSED",
      message: expect.stringContaining(listener.address),
    });
  });

  test("unknown host", async () => {
    await expect(tcp({ lookup: findsNothing }).connect("nowhere.example:1")).rejects.toMatchObject({
      code: "OCKAM_TCP_UNKNOWN_HOST",
      message: expect.stringContaining("nowhere.example:1"),
    });
  });

  test("timeout and abort leave nothing behind", async () => {
    // A resolver that never answers stands for a host that does not.
    const lookup = findsNoEnd;
    await expect(tcp({ lookup }).connect("slow.example:1", { timeout: 20 })).rejects.toMatchObject({
      code: "OCKAM_TCP_TIMEOUT",
    });
    await expect(tcp({ lookup, connectTimeout: 20 }).connect("slow.example:1")).rejects.toMatchObject({
      code: "OCKAM_TCP_TIMEOUT",
    });
    const controller = new AbortController();
    const connecting = tcp({ lookup }).connect("slow.example:1", { signal: controller.signal });
    const reason = new Error("changed my mind");
    controller.abort(reason);
    await expect(connecting).rejects.toBe(reason);
    await expect(tcp().connect("127.0.0.1:1", { signal: controller.signal })).rejects.toBe(reason);
  });

  test("names are resolved at each connect, and every address is tried", async () => {
    const { listener, next } = await listenTcp();
    const port = listener.address.split(":")[1]!;
    let lookups = 0;
    const lookup: LookupFunction = (_hostname, _options, callback) => {
      lookups += 1;
      // Nothing listens at the first two.
      callback(null, [
        { address: "::1", family: 6 },
        { address: "127.0.0.2", family: 4 },
        { address: "127.0.0.1", family: 4 },
      ]);
    };
    const transport = tcp({ lookup });
    for (let i = 1; i <= 2; i++) {
      const accepting = next();
      const connection = await transport.connect(`node.example:${port}`);
      cleanups.push(() => connection.close());
      await accepting;
      expect(connection.peer).toBe(`127.0.0.1:${port}`);
      expect(connection.loopback).toBe(true);
      expect(lookups).toBe(i);
    }
  });

  test("malformed addresses and port 0", async () => {
    for (const address of ["", "host", "127.0.0.1:0", "::1:80"]) {
      await expect(tcp().connect(address)).rejects.toMatchObject({ code: "OCKAM_TCP_INVALID_ADDRESS" });
    }
  });
});

describe("listen", () => {
  test("in use, not ours, aborted", async () => {
    const { transport, listener } = await listenTcp();
    await expect(transport.listen(listener.address, { onConnection: ignore })).rejects.toMatchObject({
      code: "OCKAM_TCP_ADDRESS_IN_USE",
    });
    await expect(transport.listen("192.0.2.1:0", { onConnection: ignore })).rejects.toMatchObject({
      code: "OCKAM_TCP_ADDRESS_NOT_AVAILABLE",
    });
    const reason = new Error("no longer");
    await expect(
      transport.listen("127.0.0.1:0", { onConnection: ignore, signal: AbortSignal.abort(reason) }),
    ).rejects.toBe(reason);
  });

  test("closing frees the port and leaves connections", async () => {
    const { transport, listener, near, far } = await pair();
    await listener.close();
    await listener.close();
    expect(await listener.closed).toBeUndefined();
    const again = await transport.listen(listener.address, { onConnection: () => {} });
    await again.close();
    const received = receive(far, 1);
    await near.send([Uint8Array.of(1)]);
    expect(await received).toEqual([Uint8Array.of(1)]);
  });
});

describe("close", () => {
  test("what was sent before arrives, both sides end in order", async () => {
    const { near, far } = await pair();
    const received = receive(far, 3);
    for (const size of [1, 300_000, 7]) void near.send([new Uint8Array(size)]);
    await near.close();
    await near.close();
    expect((await received).map((message) => message.length)).toEqual([1, 300_000, 7]);
    expect(await far.closed).toBeUndefined();
    expect(await near.closed).toBeUndefined();
    expect(() => near.send([Uint8Array.of(1)])).toThrow(
      expect.objectContaining({ code: "OCKAM_TCP_CLOSED" }),
    );
  });

  test("start is called once", async () => {
    const { near } = await pair();
    near.start(() => {});
    expect(() => near.start(() => {})).toThrow(TypeError);
  });
});

test.each(["maxConnections", "versionTimeout", "connectTimeout"] as const)("%s must be positive", (name) => {
  for (const value of [0, -1, 1.5, Number.NaN]) expect(() => tcp({ [name]: value })).toThrow(RangeError);
});
