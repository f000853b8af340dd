import { connect, createServer } from "node:net";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import { freePort } from "@ockam/acceptance/free-port";
import { killProcess } from "@ockam/acceptance/processes";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { Deferred } from "./deferred.ts";
import { BytePattern } from "./byte-pattern.ts";
import { routeTo } from "./ockam-home.ts";
import { Portal, PORTAL_PAIRS, TRANSFER_LENGTH } from "./portal.ts";
import { TransferServer } from "./transfer-server.ts";
import { transfer } from "./transfer.ts";

const pattern = new BytePattern();
const CONNECTIONS = 200;

describe.each(PORTAL_PAIRS)("$inlet inlet, $outlet outlet", (ends) => {
  let server: TransferServer;
  let portal: Portal;

  beforeAll(async () => {
    server = await TransferServer.start(pattern);
    portal = await Portal.open(ends, server.port);
  });

  afterAll(async () => {
    await portal?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  test.each(["up", "down", "both"] as const)("a hashed transfer, %s", async (mode) => {
    const result = await transfer(portal.port, mode, TRANSFER_LENGTH, pattern);
    expect(result).toMatchObject({ outcome: "complete", intact: true });
    if (mode !== "up") expect(result.sha256).toBe(pattern.sha256(TRANSFER_LENGTH));
    await settled(server);
    expect(server.ends.at(-1)).toMatchObject({ mode, intact: true, complete: true });
  });

  test(`${CONNECTIONS} connections at once`, async () => {
    const clients = await Promise.all(
      Array.from({ length: CONNECTIONS }, () => EchoClient.open(portal.port)),
    );
    expect(server.connections).toBe(CONNECTIONS);
    const payloads = clients.map((_, index) => pattern.chunk(index * 1000, 1 + index * 50));
    const echoes = await Promise.all(clients.map((client, index) => client.echo(payloads[index]!)));
    for (const [index, echo] of echoes.entries()) expect(Buffer.compare(echo, payloads[index]!)).toBe(0);
    for (const client of clients) client.socket.end();
    await settled(server);
  });

  test("neither end takes a stranger", async () => {
    const { inlet, inletHome, outlet } = portal;
    const stranger = await inletHome.createIdentity("stranger");
    const route = `${routeTo(outlet)}/secure/api/service/outlet`;
    const before = server.ends.length;
    // Allowed nowhere: the outlet does not answer it.
    const asStranger = await inletHome.createInlet(inlet, route, ["--identity", "stranger"]);
    // Expects somebody else than who answers: such an inlet does not come up.
    const toStranger = await inletHome.createInlet(inlet, route, ["--authorized", stranger]);
    for (const port of [asStranger, toStranger]) {
      const { outcome, received } = await transfer(port, "down", 1000, pattern, { stall: 2_000 });
      expect(outcome).not.toBe("complete");
      expect(received).toBe(0);
    }
    expect(server.ends).toHaveLength(before);
    expect((await transfer(portal.port, "down", 1000, pattern)).outcome).toBe("complete");
  });

  test("a client that leaves without a word releases the backend", async () => {
    const client = connect(portal.port, "127.0.0.1");
    await connected(server, 1);
    client.end();
    client.resume();
    await settled(server);
  });

  test("a client that is reset releases the backend", async () => {
    const client = await EchoClient.open(portal.port);
    await client.echo(pattern.chunk(0, 10));
    client.socket.resetAndDestroy();
    // A Rust inlet says nothing about a reset: the other end would hear of it with the backend's next bytes.
    if (ends.inlet === "rust") server.reset();
    await settled(server);
    expect((await transfer(portal.port, "down", 1000, pattern)).outcome).toBe("complete");
  });

  test("a client that closes its half first is not left hanging", async () => {
    const client = await EchoClient.open(portal.port);
    client.socket.end();
    await closed(client.socket);
    await settled(server);
  });

  test("a backend that resets does not hang the client", async () => {
    const client = connect(portal.port, "127.0.0.1");
    client.write("refuse 0\n");
    if (ends.outlet === "rust") {
      // A Rust outlet keeps a reset to itself until the next payload finds the connection gone.
      await sleep(500);
      client.write("anyone?");
    }
    client.resume();
    await closed(client);
  });
});

describe.each(PORTAL_PAIRS)("$inlet inlet, $outlet outlet, without a backend", (ends) => {
  test("clients are let go, and later ones reach a backend that has come up", async () => {
    const backend = await freePort();
    await using portal = await Portal.open(ends, backend);
    const clients = Array.from({ length: 5 }, () => connect(portal.port, "127.0.0.1"));
    await Promise.all(clients.map(closed));

    const server = createServer((socket) => socket.end("up"));
    const listening = new Deferred<void>();
    server.listen(backend, "127.0.0.1", listening.resolve);
    await listening.promise;
    try {
      const client = connect(portal.port, "127.0.0.1");
      const received: Buffer[] = [];
      client.on("data", (data: Buffer) => received.push(data));
      await closed(client);
      expect(Buffer.concat(received).toString()).toBe("up");
    } finally {
      server.close();
    }
  });
});

describe.each(PORTAL_PAIRS)("$inlet inlet, $outlet outlet, killed and restarted", (ends) => {
  test("an inlet heals when the outlet's node is killed and started again", async () => {
    await using server = await TransferServer.start(pattern);
    await using portal = await Portal.open(ends, server.port);
    expect((await transfer(portal.port, "both", 2 ** 20, pattern)).outcome).toBe("complete");
    // A Rust inlet needs some 40 s to notice.
    for (let round = 0; round < (ends.inlet === "rust" ? 1 : 3); round++) {
      await killProcess(portal.outlet.pid);
      await portal.restartOutlet();
      await reachable(portal.port);
      expect(await transfer(portal.port, "both", 2 ** 20, pattern)).toMatchObject({
        outcome: "complete",
        intact: true,
      });
    }
  });
});

describe.each(PORTAL_PAIRS.filter((ends) => ends.inlet === "typescript"))(
  "$inlet inlet, $outlet outlet, the inlet's node killed and restarted",
  (ends) => {
    test("our inlet comes back on its port", async () => {
      await using server = await TransferServer.start(pattern);
      await using portal = await Portal.open(ends, server.port);
      for (let round = 0; round < 2; round++) {
        await killProcess(portal.inlet.pid);
        await portal.restartInlet();
        await reachable(portal.port);
        const result = await transfer(portal.port, "both", 2 ** 20, pattern);
        expect(result).toMatchObject({ outcome: "complete", intact: true });
        await settled(server);
      }
    });
  },
);

/** A client of the transfer server's echo. */
class EchoClient {
  readonly socket: Socket;

  private constructor(socket: Socket) {
    this.socket = socket;
  }

  static async open(port: number): Promise<EchoClient> {
    const client = new EchoClient(connect({ port, host: "127.0.0.1", noDelay: true }));
    client.socket.write("echo 0\n");
    await client.echo(Uint8Array.of(1));
    return client;
  }

  async echo(payload: Uint8Array): Promise<Uint8Array> {
    const { promise, resolve, reject } = new Deferred<Uint8Array>();
    const received: Buffer[] = [];
    let length = 0;
    const take = (data: Buffer): void => {
      received.push(data);
      length += data.length;
      if (length >= payload.length) resolve(Buffer.concat(received));
    };
    const fail = (): void => reject(new Error("the connection closed before the echo"));
    this.socket.on("data", take).once("close", fail);
    this.socket.write(payload);
    return promise.finally(() => this.socket.off("data", take).off("close", fail));
  }
}

async function closed(socket: Socket): Promise<void> {
  const { promise, resolve } = new Deferred<void>();
  socket.on("error", () => {});
  socket.once("close", () => resolve());
  socket.resume();
  if (socket.closed) resolve();
  return promise;
}

async function connected(server: TransferServer, count: number): Promise<void> {
  while (server.connections !== count) await sleep(20);
}

async function settled(server: TransferServer): Promise<void> {
  return connected(server, 0);
}

async function reachable(port: number): Promise<void> {
  for (;;) {
    const result = await transfer(port, "down", 1, pattern, { stall: 2_000 });
    if (result.outcome === "complete") return;
    await sleep(250);
  }
}
