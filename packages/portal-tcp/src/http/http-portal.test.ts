import { once } from "node:events";
import { Agent, createServer, request } from "node:http";
import type { IncomingMessage, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

import { Router } from "@ockam/core-routing";
import { afterAll, beforeAll, expect, test } from "vitest";

import { connectTo, readExactly, readToEnd } from "../../testing/backends.ts";
import type { Inlet } from "../inlet.ts";
import { createInlet } from "../inlet.ts";
import { createOutlet } from "../outlet.ts";
import { httpHeaders } from "./http-headers.ts";

const router = new Router();
let server: Server;
let inlet: Inlet;

beforeAll(async () => {
  server = createServer(async (incoming, response) => {
    const body = await buffer(incoming);
    response.end(JSON.stringify({ raw: incoming.rawHeaders, body: body.toString("latin1").length }));
  });
  server.on("upgrade", (incoming, socket) => {
    socket.write(
      `HTTP/1.1 101 Go\r\nConnection: Upgrade\r\nUpgrade: raw\r\nX-Got: ${String(incoming.headers["x-a"])}\r\n\r\n`,
    );
    socket.pipe(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const outlet = createOutlet(router, { to: (server.address() as AddressInfo).port });
  inlet = await createInlet(router, {
    from: 0,
    route: [outlet.address],
    intercept: httpHeaders([["X-A", "1"]]),
  });
});
afterAll(async () => {
  await inlet.close();
  await router.close();
  server.close();
});

test("requests on one connection, in chunks and measured", async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (const length of [undefined, 100_000]) {
    const call = request({
      agent,
      port: inlet.address.split(":")[1],
      method: "POST",
      headers: {
        "x-a": "client's",
        "x-b": "2",
        ...(length === undefined ? {} : { "content-length": length }),
      },
    });
    for (let part = 0; part < 10; part++) call.write("x".repeat(10_000));
    call.end();
    const [answer] = (await once(call, "response")) as [IncomingMessage];
    const { raw, body } = JSON.parse(String(await buffer(answer))) as { raw: string[]; body: number };
    expect(body).toBe(100_000);
    expect(raw.filter((_, index) => index % 2 === 0).filter((name) => /^x-/i.test(name))).toEqual([
      "X-A",
      "x-b",
    ]);
    expect(raw[raw.indexOf("X-A") + 1]).toBe("1");
  }
  agent.destroy();
});

test("another protocol after an upgrade", async () => {
  const client = await connectTo(inlet.address);
  client.write("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: raw\r\nX-A: 2\r\n\r\n\0\x01");
  const head = "HTTP/1.1 101 Go\r\nConnection: Upgrade\r\nUpgrade: raw\r\nX-Got: 1\r\n\r\n";
  expect(String(await readExactly(client, head.length + 2))).toBe(`${head}\0\x01`);
  client.end("X-A: 2\r\n\r\n");
  expect(String((await readToEnd(client)).bytes)).toBe("X-A: 2\r\n\r\n");
});

test("what is no HTTP is reset, and the inlet says why", async () => {
  const client = await connectTo(inlet.address);
  client.write("\x16\x03\x01");
  expect((await readToEnd(client)).how).toBe("reset");
  expect(inlet.lastFailure).toMatchObject({
    code: "OCKAM_PORTAL_NOT_HTTP",
    message: expect.stringContaining("not HTTP/1.1"),
  });
});
