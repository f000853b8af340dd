import type { LogEntry } from "@ockam/codec";
import { fromHex } from "@ockam/codec";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { Address } from "./address.ts";
import { pause } from "./conformance-check.ts";
import { connect } from "./connection.ts";
import { deferred } from "./deferred.ts";
import { echoWorker } from "./echo.ts";
import type { RoutedListener } from "./listener.ts";
import { listen } from "./listener.ts";
import { MEMORY_QUEUE_CAPACITY, memoryTransport } from "./memory-transport.ts";
import type { Message } from "./message.ts";
import { formatRoute, MAX_ROUTE_LENGTH } from "./route.ts";
import { Router } from "./router.ts";
import { MAX_TRANSPORT_MESSAGE_LENGTH } from "./transport-message.ts";
import type { Transport } from "./transport.ts";
import { WORKER_QUEUE_CAPACITY } from "./worker-queue.ts";

const at = (name: string): Address => Address.local(name);
const payload = Uint8Array.of(1, 2, 3);

let transport: Transport;
let server: Router;
let client: Router;
let log: LogEntry[];
let listener: RoutedListener;

beforeEach(async () => {
  log = [];
  transport = memoryTransport();
  server = new Router({ log: (entry) => log.push(entry) });
  client = new Router({ log: (entry) => log.push(entry) });
  listener = await listen(server, transport, "server");
});

afterEach(async () => {
  await client.close();
  await server.close();
});

function expose(name: string, worker = echoWorker()): void {
  server.flowControls.addConsumer(server.start(worker, { address: name }).address, listener.flowControlId);
}

describe("a connection", () => {
  test("puts its sender on the way back, and the receiver as source", async () => {
    const received: Message[] = [];
    expose("sink", { handleMessage: (message) => void received.push(message) });
    const connection = await connect(client, transport, "server");
    const me = client.start(() => {}, { address: "me" });
    const info = [{ type: "t", data: payload }];
    await me.send([connection.address, at("sink"), at("x")], [payload, payload], { localInfo: info });
    await pause();
    const [accepted] = listener.connections();
    const [message] = received;
    expect(formatRoute(message!.onwardRoute)).toBe("0#sink => 0#x");
    expect(formatRoute(message!.returnRoute)).toBe(formatRoute([accepted!.address, at("me")]));
    expect(message!.payload).toEqual(Uint8Array.of(1, 2, 3, 1, 2, 3));
    expect(message!.localInfo).toEqual([]);
    expect(message!.source).toBe(accepted!.receiverAddress);
    expect(server.mailbox(message!.returnRoute[0]!)?.terminal).toEqual({ loopback: true });
  });

  test("is of this machine only when its transport says so", async () => {
    const far: Transport = {
      ...transport,
      connect: async (address) => Object.assign(await transport.connect(address), { loopback: false }),
    };
    const connection = await connect(client, far, "server");
    expect(connection.loopback).toBe(false);
    expect(client.mailbox(connection.address)?.terminal).toEqual({ loopback: false });
    expect(client.mailbox(connection.receiverAddress)?.terminal).toBeUndefined();
  });

  test("is a producer, with its sender as additional address", async () => {
    const connection = await connect(client, transport, "server", { consumerOf: ["F", "G"] });
    await pause();
    const [accepted] = listener.connections();
    const producer = client.flowControls.producerOf(connection.address);
    expect(producer).toEqual(client.flowControls.producerOf(connection.receiverAddress));
    expect(producer?.flowControlId).toBe(connection.flowControlId);
    expect(producer?.spawnerFlowControlId).toBeUndefined();
    expect(client.flowControls.flowControlsOfConsumer(connection.address)).toEqual(["F", "G"]);
    expect(server.flowControls.producerOf(accepted!.address)).toMatchObject({
      flowControlId: accepted!.flowControlId,
      spawnerFlowControlId: listener.flowControlId,
    });
    expect(server.flowControls.spawnerOf(listener.listenerAddress)).toBe(listener.flowControlId);
  });

  test("takes nothing at its receiver, and nothing goes out from its sender", async () => {
    const connection = await connect(client, transport, "server");
    const me = client.start(() => {});
    await me.send([connection.receiverAddress], payload);
    expect(log).toEqual([expect.objectContaining({ level: "warn" })]);
    expect(await client.mailbox(connection.address)?.outgoing?.isAuthorized({} as Message)).toBe(false);
  });

  test("reaches only what was exposed", async () => {
    server.start(echoWorker(), { address: "hidden" });
    expose("open");
    const connection = await connect(client, transport, "server");
    const ask = (name: string): Promise<Message> =>
      client.request([connection.address, at(name)], payload, { timeout: 30 });
    await expect(ask("hidden")).rejects.toMatchObject({ code: "OCKAM_ROUTING_TIMEOUT" });
    expect(log).toEqual([expect.objectContaining({ level: "warn" })]);
    expect((await ask("open")).payload).toEqual(payload);
  });

  test("the other side of an outgoing connection reaches nothing but who asked", async () => {
    client.start(echoWorker(), { address: "mine" });
    expose("curious", {
      handleMessage: async (message, context) => {
        await context.send([message.returnRoute[0]!, at("mine")], payload);
        await context.reply(message, payload);
      },
    });
    const connection = await connect(client, transport, "server");
    await client.request([connection.address, at("curious")], payload);
    expect(log).toEqual([expect.objectContaining({ message: expect.stringContaining("0#mine refused") })]);
  });
});

describe("from the other side", () => {
  const cases = [
    ["an unknown worker", "83818200456e6f6f6e658040", ["warn"]],
    ["a next hop that is not local", "8381820141618040", ["warn"]],
    ["an empty onward route", "83808040", []],
    ["an empty onward route with a payload and tracing", "848081820041614101627b7d", []],
  ] as const;

  test.each(cases)("%s is dropped, and the connection stays", async (_, hex, told) => {
    expose("echo");
    const raw = await transport.connect("server");
    const answers: unknown[] = [];
    raw.start((pieces) => void answers.push(pieces));
    await raw.send([fromHex(hex)]);
    await raw.send([fromHex("83818200446563686f81820043617070460568656c6c6f")]);
    await pause();
    expect(answers).toHaveLength(1);
    expect(listener.connections()).toHaveLength(1);
    expect(log.map(({ level }) => level)).toEqual(told);
  });

  test.each(["00", "80", "8380804501", "f6", "8381008040"])("%s closes the connection", async (hex) => {
    const raw = await transport.connect("server");
    raw.start(() => {});
    const [accepted] = listener.connections();
    await raw.send([fromHex(hex)]);
    expect(await accepted!.closed).toMatchObject({ code: "OCKAM_ROUTING_INVALID_MESSAGE" });
    await raw.closed;
    expect(listener.connections()).toEqual([]);
    expect(server.has(accepted!.address)).toBe(false);
    expect(server.flowControls.producerOf(accepted!.address)).toBeUndefined();
  });
});

describe("sending", () => {
  test("a message that is too large is logged and dropped, and the connection stays", async () => {
    expose("echo");
    const connection = await connect(client, transport, "server");
    const me = client.start(() => {});
    await me.send([connection.address, at("echo")], new Uint8Array(MAX_TRANSPORT_MESSAGE_LENGTH));
    expect(log).toEqual([
      expect.objectContaining({
        level: "error",
        error: expect.objectContaining({ code: "OCKAM_ROUTING_MESSAGE_TOO_LARGE" }),
      }),
    ]);
    expect(await client.request([connection.address, at("echo")], payload)).toBeDefined();
  });

  test("a route that is too long is logged and dropped, and the connection stays", async () => {
    expose("echo");
    const connection = await connect(client, transport, "server");
    const me = client.start(() => {});
    const route = Array.from({ length: MAX_ROUTE_LENGTH + 1 }, () => at("echo"));
    await me.send([connection.address, ...route], payload);
    expect(log).toEqual([
      expect.objectContaining({
        level: "error",
        error: expect.objectContaining({ code: "OCKAM_ROUTING_INVALID_ROUTE" }),
      }),
    ]);
    expect(await client.request([connection.address, at("echo")], payload)).toBeDefined();
  });

  test("waits while the worker at the far end is behind", async () => {
    const gate = deferred<void>();
    let count = 0;
    expose("slow", {
      handleMessage: async () => {
        count += 1;
        await gate.promise;
      },
    });
    const connection = await connect(client, transport, "server");
    const me = client.start(() => {});
    let sent = 0;
    let waiting: void | Promise<void> = undefined;
    while (waiting === undefined && sent < 1000) {
      waiting = me.send([connection.address, at("slow")], payload);
      sent += 1;
      await breathe();
    }
    // One is handled and the queues are full: of the far worker, the network, the sender; one is between each of them.
    expect(sent).toBeLessThanOrEqual(2 * WORKER_QUEUE_CAPACITY + MEMORY_QUEUE_CAPACITY + 4);
    expect(count).toBe(1);
    gate.resolve();
    await waiting;
    await pause();
    expect(count).toBe(sent);
  });
});

/** Lets what is under way in microtasks happen. */
function breathe(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

describe("the end", () => {
  test.each(["client", "server", "worker"])("from the %s: both sides forget all about it", async (side) => {
    const connection = await connect(client, transport, "server", { consumerOf: ["F"] });
    const [accepted] = listener.connections();
    if (side === "client") await connection.close();
    else if (side === "server") await accepted!.close();
    else await client.stop(connection.receiverAddress);
    expect(await connection.closed).toBeUndefined();
    expect(await accepted!.closed).toBeUndefined();
    await pause();
    for (const [router, end] of [
      [client, connection],
      [server, accepted!],
    ] as const) {
      for (const address of [end.address, end.receiverAddress]) {
        expect(router.has(address)).toBe(false);
        expect(router.flowControls.producerOf(address)).toBeUndefined();
        expect(router.flowControls.flowControlsOfConsumer(address)).toEqual([]);
      }
    }
    expect(listener.connections()).toEqual([]);
    await connection.close();
  });

  test("closing a router closes its connections and listeners", async () => {
    const connection = await connect(client, transport, "server");
    await server.close();
    await connection.closed;
    expect(client.addresses()).toEqual([]);
    await listener.closed;
    await expect(transport.connect("server")).rejects.toMatchObject({
      code: "OCKAM_MEMORY_CONNECTION_REFUSED",
    });
  });

  test("a router that closes while it connects leaves nothing open", async () => {
    const pending = connect(client, transport, "server");
    const outcome = expect(pending).rejects.toMatchObject({ code: "OCKAM_ROUTING_CLOSED" });
    await client.close();
    await outcome;
    await pause();
    expect(listener.connections()).toEqual([]);
  });

  test("a connection can be disposed", async () => {
    let address: Address;
    {
      await using connection = await connect(client, transport, "server");
      address = connection.address;
    }
    expect(client.has(address)).toBe(false);
  });
});

describe("a listener", () => {
  test("tells of each connection before anything is read, and survives a failure there", async () => {
    const told: string[] = [];
    await using other = await listen(server, transport, "other", {
      flowControlId: "L",
      onConnection: (connection) => {
        told.push(connection.peer);
        server.flowControls.addConsumer(at("echo"), connection.flowControlId);
        throw new RangeError("as it should here");
      },
    });
    server.start(echoWorker(), { address: "echo" });
    const connection = await connect(client, transport, "other");
    expect(await client.request([connection.address, at("echo")], payload)).toBeDefined();
    expect(told).toHaveLength(1);
    expect(other.flowControlId).toBe("L");
    expect(log).toEqual([expect.objectContaining({ error: new RangeError("as it should here") })]);
  });

  test("that comes to be when its router is closed already is closed", async () => {
    const pending = listen(server, transport, "late");
    await server.close();
    await pending;
    await expect(transport.connect("late")).rejects.toMatchObject({
      code: "OCKAM_MEMORY_CONNECTION_REFUSED",
    });
  });

  test("closes what it accepts while its router closes", async () => {
    const gate = deferred<void>();
    server.start({ handleMessage: () => {}, shutdown: () => gate.promise });
    const closing = server.close();
    const late = await transport.connect("server");
    expect(await late.closed).toBeUndefined();
    gate.resolve();
    await closing;
  });

  test("closes with its connections", async () => {
    const connection = await connect(client, transport, "server");
    await listener.close();
    await connection.closed;
    expect(await listener.closed).toBeUndefined();
    expect(server.addresses()).toEqual([]);
    expect(server.flowControls.spawnerOf(listener.listenerAddress)).toBeUndefined();
    await listener.close();
  });

  test("that cannot listen leaves nothing behind", async () => {
    const before = server.addresses().length;
    await expect(listen(server, transport, "server")).rejects.toMatchObject({
      code: "OCKAM_MEMORY_ADDRESS_IN_USE",
    });
    const reason = new RangeError("enough");
    await expect(listen(server, transport, "b", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await expect(connect(client, transport, "server", { signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
    expect(server.addresses().length).toBe(before);
    expect(client.addresses()).toEqual([]);
  });
});
