import { once } from "node:events";
import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";

import { describe, expect, test } from "vitest";

import { Nodes } from "../../testing/nodes.ts";
import type { NodeStatus } from "./node-status.ts";
import {
  DEFAULT_STATUS_ENDPOINT,
  MAX_STATUS_CONNECTIONS,
  startStatusEndpoint,
  STATUS_REQUEST_TIMEOUT,
} from "./status-endpoint.ts";

const STATUS = { name: "n1", status: "running" } as NodeStatus;

describe("the status endpoint", () => {
  test("answers HEAD / and GET /show, and nothing else", async () => {
    const endpoint = (await startStatusEndpoint("127.0.0.1:0", () => STATUS))!;
    const ask = async (method: string, path: string): Promise<readonly [number, string]> => {
      const response = await fetch(`http://${endpoint.address}${path}`, { method });
      return [response.status, await response.text()];
    };
    expect(await ask("HEAD", "/")).toEqual([200, ""]);
    expect(await ask("GET", "/show")).toEqual([200, JSON.stringify(STATUS)]);
    expect(await ask("HEAD", "/show")).toEqual([404, ""]);
    for (const [method, path] of [
      ["GET", "/"],
      ["POST", "/show"],
      ["GET", "/show/"],
      ["DELETE", "/"],
      ["POST", "/node.stop"],
    ] as const)
      expect((await ask(method, path))[0], `${method} ${path}`).toBe(404);
    await endpoint.close();
  });

  test("tells nothing to a web page that has its name resolved to this machine", async () => {
    const endpoint = (await startStatusEndpoint("127.0.0.1:0", () => STATUS))!;
    const port = Number(endpoint.address.split(":")[1]);
    const statusFor = async (host: string, method = "GET", path = "/show"): Promise<number | undefined> => {
      const call = request({ port, host: "127.0.0.1", method, path, headers: { host } }).end();
      const [response] = (await once(call, "response")) as [IncomingMessage];
      return response.resume().statusCode;
    };
    for (const host of [
      "evil.example",
      `evil.example:${port}`,
      "localhost.evil.example",
      "127.0.0.1.evil.example",
    ])
      expect(await statusFor(host), host).toBe(403);
    for (const host of ["127.0.0.1", `localhost:${port}`, "[::1]:1", "10.0.0.7:23345"])
      expect(await statusFor(host), host).toBe(200);
    // Probes go by whatever name: it tells no more than that something listens.
    expect(await statusFor("node.example", "HEAD", "/")).toBe(200);
    await endpoint.close();
  });

  test("may be off, must be exact, or takes what is free", async () => {
    expect(await startStatusEndpoint("off", () => STATUS)).toBeUndefined();
    const thief = createServer().listen(0, "127.0.0.1");
    await once(thief, "listening");
    const { port } = thief.address() as AddressInfo;
    await expect(startStatusEndpoint(`127.0.0.1:${port}`, () => STATUS)).rejects.toMatchObject({
      code: "OCKAM_NODE_PORT_IN_USE",
    });
    thief.close();
    await expect(startStatusEndpoint("192.0.2.1:5", () => STATUS)).rejects.toMatchObject({
      code: "OCKAM_NODE_PORT_IN_USE",
      message: expect.stringContaining("no address of this machine") as string,
    });
    await expect(startStatusEndpoint("nonsense", () => STATUS)).rejects.toMatchObject({
      code: "OCKAM_NODE_INVALID_ADDRESS",
    });
    // Whether or not something on this machine has the default port.
    const first = (await startStatusEndpoint("auto", () => STATUS))!;
    const second = (await startStatusEndpoint("auto", () => STATUS))!;
    expect(second.address).not.toBe(DEFAULT_STATUS_ENDPOINT);
    expect(second.address).toMatch(/^127\.0\.0\.1:\d+$/);
    await first.close();
    await second.close();
  });

  test("keeps neither many connections nor slow ones", { timeout: 5 * STATUS_REQUEST_TIMEOUT }, async () => {
    const endpoint = (await startStatusEndpoint("127.0.0.1:0", () => STATUS))!;
    const port = Number(endpoint.address.split(":")[1]);
    const slow = Array.from({ length: MAX_STATUS_CONNECTIONS }, () => {
      const socket = connect(port, "127.0.0.1").on("error", () => {});
      socket.write("HEAD / HT");
      return once(socket.resume(), "close");
    });
    await expect
      .poll(() =>
        fetch(`http://${endpoint.address}/`, { method: "HEAD" }).then(
          () => "answered",
          () => "dropped",
        ),
      )
      .toBe("dropped");
    await Promise.all(slow);
    expect((await fetch(`http://${endpoint.address}/`, { method: "HEAD" })).status).toBe(200);
    await endpoint.close();
  });

  test("tells where it is", async () => {
    await using nodes = new Nodes();
    const node = await nodes.create({ name: "n1", statusEndpoint: "127.0.0.1:0" });
    const address = node.statusEndpointAddress!;
    const response = await fetch(`http://${address}/show`);
    expect(await response.json()).toEqual({ ...node.show(), status_endpoint_address: address });
    await node.close();
    await expect(fetch(`http://${address}/show`)).rejects.toThrow();
  });
});
