import { once } from "node:events";

import { freePort } from "@ockam/acceptance/free-port";
import { Address, connect, listen, Router } from "@ockam/core-routing";
import { createIdentities, Identifier } from "@ockam/identity";
import { createInlet, createOutlet, createPortalSocket } from "@ockam/portal-tcp";
import { createSecureChannel, createSecureChannelListener, trustIdentifiers } from "@ockam/secure-channel";
import { tcp } from "@ockam/transport-tcp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { BytePattern } from "./byte-pattern.ts";
import type { OckamHome, PeerNode } from "./ockam-home.ts";
import { rustOckam } from "./rust-ockam.ts";
import { TransferServer } from "./transfer-server.ts";
import { transfer } from "./transfer.ts";

// The portals of the library alone, without a node of ours: what a program with an embedded portal does.
const LENGTH = 32 * 2 ** 20;
const pattern = new BytePattern();
const identities = createIdentities();

let rust: OckamHome;
let node: PeerNode;
let server: TransferServer;
let ours: Identifier;
let theirs: Identifier;

beforeAll(async () => {
  ours = (await identities.create()).identifier;
  server = await TransferServer.start(pattern);
  rust = await rustOckam();
  theirs = Identifier.parse(await rust.createIdentity("theirs"));
  node = await rust.createNode("n1");
});

afterAll(async () => {
  await rust?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

describe("a channel of ours to a Rust outlet", () => {
  const router = new Router();
  let route: readonly Address[];

  beforeAll(async () => {
    await rust.createOutlet(node, server.port, ["--from", "ours", "--allow", String(ours)]);
    const connection = await connect(router, tcp(), `127.0.0.1:${node.port}`);
    const channel = await createSecureChannel(router, [connection.address, Address.local("api")], {
      identities,
      identifier: ours,
      trustPolicy: trustIdentifiers([theirs]),
      confirm: true,
    });
    route = [channel.address, Address.local("ours")];
  });

  afterAll(async () => {
    await router.close();
  });

  test.each(["up", "down", "both"] as const)("an inlet, %s", async (mode) => {
    await using inlet = await createInlet(router, { from: 0, route });
    const port = Number(inlet.address.split(":").at(-1));
    expect(await transfer(port, mode, LENGTH, pattern)).toMatchObject({ outcome: "complete", intact: true });
  });

  test("a socket without a port", async () => {
    const socket = createPortalSocket(router, route);
    await once(socket, "connect");
    socket.write("down 1000000\n");
    let received = 0;
    for await (const data of socket as AsyncIterable<Uint8Array>) {
      expect(pattern.matches(received, data)).toBe(true);
      received += data.length;
      if (received === 1_000_000) break;
    }
    socket.destroy();
  });
});

describe("a Rust inlet to an outlet of ours", () => {
  const router = new Router();
  let port: number;

  beforeAll(async () => {
    const listenPort = await freePort();
    const listener = await listen(router, tcp(), `127.0.0.1:${listenPort}`);
    const channels = createSecureChannelListener(router, "api", {
      identities,
      identifier: ours,
      trustPolicy: trustIdentifiers([theirs]),
      consumerOf: [listener.flowControlId],
    });
    const outlet = createOutlet(router, { to: server.port });
    router.flowControls.addConsumer(outlet.address, channels.flowControlId);
    const to = `/ip4/127.0.0.1/tcp/${listenPort}/secure/api/service/outlet`;
    port = await rust.createInlet(node, to, ["--authorized", String(ours)]);
  });

  afterAll(async () => {
    await router.close();
  });

  test.each(["up", "down", "both"] as const)("%s", async (mode) => {
    expect(await transfer(port, mode, LENGTH, pattern)).toMatchObject({ outcome: "complete", intact: true });
  });
});
