// The standard workers behind a connection, against the bytes that a Rust node answered with.
import { readFileSync } from "node:fs";

import type { LogEntry } from "@ockam/codec";
import { concatBytes, encodeBareString, fromHex, toHex } from "@ockam/codec";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { Address } from "./address.ts";
import { settlesSoon } from "./conformance-check.ts";
import { connect } from "./connection.ts";
import { echoWorker } from "./echo.ts";
import { hopWorker } from "./hop.ts";
import { listen } from "./listener.ts";
import { memoryTransport } from "./memory-transport.ts";
import { Message } from "./message.ts";
import type { Route } from "./route.ts";
import { formatRoute, MAX_ROUTE_LENGTH } from "./route.ts";
import { Router } from "./router.ts";
import type { Transport, TransportConnection } from "./transport.ts";
import { encodeTransportMessage } from "./transport-message.ts";
import { uppercaseWorker } from "./uppercase.ts";

interface Exchange {
  readonly what: string;
  readonly request: string;
  readonly answer: string;
}

const { exchanges } = JSON.parse(
  readFileSync(new URL("../vectors/tcp-plain.json", import.meta.url), "utf8"),
) as { exchanges: readonly Exchange[] };

const TRACING = "627b7d";

const named = (...names: readonly string[]): Route => names.map((name) => Address.local(name));

let transport: Transport;
let server: Router;
let client: Router;
let log: LogEntry[];

beforeEach(async () => {
  log = [];
  transport = memoryTransport();
  server = new Router({ log: (entry) => log.push(entry) });
  client = new Router();
  const listener = await listen(server, transport, "server");
  const workers = { echo: echoWorker(), uppercase: uppercaseWorker(), hop: hopWorker() };
  for (const [address, worker] of Object.entries(workers)) {
    server.flowControls.addConsumer(server.start(worker, { address }).address, listener.flowControlId);
  }
});

afterEach(async () => {
  await client.close();
  await server.close();
});

describe("recorded exchanges", () => {
  let connection: TransportConnection;

  beforeEach(async () => {
    connection = await transport.connect("server");
  });

  test.each(exchanges)("$what", async ({ request, answer }) => {
    const received = new Promise<string>((resolve) => {
      connection.start((pieces) => resolve(toHex(concatBytes(...pieces))));
    });
    await connection.send([fromHex(request)]);
    expect(answer.startsWith("84") && answer.endsWith(TRACING)).toBe(true);
    expect(await received).toBe(`83${answer.slice(2, -TRACING.length)}`);
    await connection.close();
  });
});

async function routeTo(...names: readonly string[]): Promise<readonly Address[]> {
  const connection = await connect(client, transport, "server");
  return [connection.address, ...names.map((name) => Address.local(name))];
}

describe("through a connection", () => {
  test("an empty payload is echoed", async () => {
    const answer = await client.request(await routeTo("echo"), new Uint8Array(0));
    expect(answer.payloadLength).toBe(0);
  });

  test("hops are on the way back", async () => {
    const answer = await client.request(await routeTo("hop", "hop", "echo"), Uint8Array.of(1));
    expect(formatRoute(answer.returnRoute.slice(1))).toBe("0#hop => 0#hop => 0#echo");
  });

  test("upper case follows Unicode, not a language", async () => {
    const answer = await client.request(await routeTo("uppercase"), encodeBareString("ﬁ straße ıi"));
    expect(answer.payload).toEqual(encodeBareString("FI STRASSE II"));
  });

  test("what is no string gets no answer from uppercase", async () => {
    const route = await routeTo("uppercase");
    for (const body of ["", "05", "01ff"]) {
      await expect(client.request(route, fromHex(body), { timeout: 10 })).rejects.toMatchObject({
        code: "OCKAM_ROUTING_TIMEOUT",
      });
    }
    expect(log.filter(({ level }) => level === "error")).toHaveLength(3);
  });

  test("a route that ends at a hop is logged, and harmless", async () => {
    const route = await routeTo("hop");
    await expect(client.request(route, Uint8Array.of(1), { timeout: 10 })).rejects.toMatchObject({
      code: "OCKAM_ROUTING_TIMEOUT",
    });
    expect(log).toEqual([
      expect.objectContaining({
        level: "error",
        error: expect.objectContaining({ code: "OCKAM_ROUTING_INCOMPLETE_ROUTE" }),
      }),
    ]);
    expect(await client.request([...route, Address.local("echo")], Uint8Array.of(1))).toBeDefined();
  });

  test("the longest route comes back", async () => {
    const route = await routeTo(...Array.from({ length: MAX_ROUTE_LENGTH - 1 }, () => "hop"), "echo");
    const answer = await client.request(route, Uint8Array.of(1));
    expect(answer.returnRoute).toHaveLength(MAX_ROUTE_LENGTH + 1);
  });
});

test("echo answers nobody when there is no way back", () => {
  const me = server.start(() => {});
  void me.send([Address.local("echo")], Uint8Array.of(1), { returnRoute: [] });
  expect(log).toEqual([expect.objectContaining({ level: "error" })]);
});

test("a hop keeps local information", () => {
  const info = [{ type: "t", data: Uint8Array.of(1) }];
  const received: unknown[] = [];
  const sink = server.start((message) => void received.push(message.localInfo));
  void sink.send([Address.local("hop"), sink.address], Uint8Array.of(1), { localInfo: info });
  expect(received).toEqual([info]);
});

describe("somebody who asks and takes no answer", () => {
  const body = encodeBareString("x");

  test.each([
    ["echo", named("echo")],
    ["uppercase", named("uppercase")],
    ["hop", named("hop", "echo")],
    [
      "the end of a long chain",
      [...named(...Array.from({ length: MAX_ROUTE_LENGTH - 1 }, () => "hop")), ...named("echo")],
    ],
  ])("keeps nobody else waiting at %s", async (_, onwardRoute) => {
    const stranger = await transport.connect("server");
    const request = encodeTransportMessage(new Message(onwardRoute, named("app"), body));
    let sent = 0;
    let accepted = true;
    while (accepted && sent < 1000) {
      const wait = stranger.send(request);
      sent += 1;
      if (wait !== undefined) accepted = await settlesSoon(wait);
    }
    // The stranger is made to wait: what it asked for is not piled up here.
    expect(sent).toBeLessThan(100);
    const connection = await connect(client, transport, "server");
    expect((await client.request([connection.address, ...onwardRoute], body)).payloadLength).toBe(2);
    await stranger.close();
  });
});
