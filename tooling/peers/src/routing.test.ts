import { freePort } from "@ockam/acceptance/free-port";
import { decodeBareString, encodeBareString } from "@ockam/codec";
import {
  Address,
  connect,
  echoWorker,
  formatRoute,
  hopWorker,
  listen,
  Router,
  uppercaseWorker,
} from "@ockam/core-routing";
import type { RoutedConnection } from "@ockam/core-routing";

import { tcp } from "@ockam/transport-tcp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import type { OckamHome, PeerNode } from "./ockam-home.ts";
import { rustOckam } from "./rust-ockam.ts";

const echo = Address.local("echo");
const uppercase = Address.local("uppercase");

let rust: OckamHome;
let node: PeerNode;

beforeAll(async () => {
  rust = await rustOckam();
  node = await rust.createNode("n1");
  for (const name of ["h1", "h2"])
    await rust.output(["service", "start", "hop", "--addr", name, "--at", "n1"]);
});

afterAll(async () => {
  await rust?.[Symbol.asyncDispose]();
});

describe("our transport against a Rust node", () => {
  let router: Router;
  let connection: RoutedConnection;

  beforeAll(async () => {
    router = new Router();
    connection = await connect(router, tcp(), `127.0.0.1:${node.port}`);
  });

  afterAll(async () => {
    await router.close();
  });

  test.each([0, 1, 127, 128, 65_536, 1_000_000, 15_000_000])("echo of %i bytes", async (length) => {
    const payload = new Uint8Array(length).map((_, index) => (index * 31) & 0xff);
    const reply = await router.request([connection.address, echo], payload);
    expect(Buffer.compare(reply.payload, payload)).toBe(0);
  });

  test("uppercase answers a text, also where its length changes", async () => {
    const reply = await router.request([connection.address, uppercase], encodeBareString("straße"));
    expect(decodeBareString(reply.payload)).toBe("STRASSE");
  });

  test("through two hops, and back along both", async () => {
    const route = [connection.address, Address.local("h1"), Address.local("h2"), echo];
    const reply = await router.request(route, Uint8Array.of(1, 2, 3));
    expect(Uint8Array.from(reply.payload)).toEqual(Uint8Array.of(1, 2, 3));
    expect(formatRoute(reply.returnRoute)).toMatch(/0#h1 => 0#h2 => 0#echo$/);
  });

  test("an address that is not there is not answered, and the connection goes on", async () => {
    const nowhere = router.request([connection.address, Address.local("nowhere")], Uint8Array.of(1), {
      timeout: 500,
    });
    await expect(nowhere).rejects.toMatchObject({ code: "OCKAM_ROUTING_TIMEOUT" });
    const reply = await router.request([connection.address, echo], Uint8Array.of(2));
    expect(Uint8Array.from(reply.payload)).toEqual(Uint8Array.of(2));
  });

  test("a thousand messages at once come back each to its own", async () => {
    const payloads = Array.from({ length: 1000 }, (_, index) => encodeBareString(`message ${index}`));
    const replies = await Promise.all(
      payloads.map((payload) => router.request([connection.address, uppercase], payload)),
    );
    expect(replies.map((reply) => decodeBareString(reply.payload))).toEqual(
      payloads.map((_, index) => `MESSAGE ${index}`),
    );
  });
});

describe("a Rust node against our transport", () => {
  let router: Router;
  let port: number;

  beforeAll(async () => {
    router = new Router();
    port = await freePort();
    const listener = await listen(router, tcp(), `127.0.0.1:${port}`);
    const services = { echo: echoWorker(), uppercase: uppercaseWorker(), hop: hopWorker() };
    for (const [name, worker] of Object.entries(services)) {
      const { address } = router.start(worker, { address: name });
      router.flowControls.addConsumer(address, listener.flowControlId);
    }
  });

  afterAll(async () => {
    await router.close();
  });

  test("message send to our uppercase", async () => {
    const to = `/ip4/127.0.0.1/tcp/${port}/service/uppercase`;
    expect(await rust.output(["message", "send", "straße", "--to", to])).toBe("STRASSE");
    expect(await rust.output(["message", "send", "from a node", "--from", "n1", "--to", to])).toBe(
      "FROM A NODE",
    );
  });

  test("message send through our hop, twice", async () => {
    const to = `/ip4/127.0.0.1/tcp/${port}/service/hop/service/hop/service/echo`;
    expect(await rust.output(["message", "send", "here and back", "--to", to])).toBe("here and back");
  });

  test("through both: a Rust node's connection to us is one hop of our own route", async () => {
    const worker = await rust.output([
      "tcp-connection",
      "create",
      "--from",
      "n1",
      "--to",
      `127.0.0.1:${port}`,
    ]);
    const connection = await connect(router, tcp(), `127.0.0.1:${node.port}`);
    const back = Address.local(worker.replace("/worker/", ""));
    const reply = await router.request(
      [connection.address, Address.local("h1"), back, uppercase],
      encodeBareString("there and back again"),
    );
    expect(decodeBareString(reply.payload)).toBe("THERE AND BACK AGAIN");
  });
});
