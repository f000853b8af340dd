// Who may use an outlet without a secure channel: programs on this machine, and nobody else.
import {
  Address,
  connect,
  decodeTransportMessage,
  encodeTransportMessage,
  FlowControls,
  listen,
  Message,
  Router,
  routeConnection,
} from "@ockam/core-routing";
import type { Route, TransportConnection } from "@ockam/core-routing";
import { tcp } from "@ockam/transport-tcp";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import type { Backend } from "../testing/backends.ts";
import { connectTo, readExactly, startEcho } from "../testing/backends.ts";
import { pretendChannel } from "../testing/nodes.ts";
import { connectPortal } from "./connect-portal.ts";
import { createInlet } from "./inlet.ts";
import { createOutlet } from "./outlet.ts";
import type { Outlet } from "./outlet.ts";
import { isFromThisMachine, peerIdentifierOf } from "./sender.ts";

const ALICE = "a1".repeat(32);

let backend: Backend;
let router: Router;
let outlet: Outlet;
const warnings: string[] = [];
const cleanups: (() => unknown)[] = [];

beforeEach(async () => {
  backend = await startEcho();
  router = new Router();
  warnings.length = 0;
  outlet = createOutlet(router, { to: backend.port, log: (entry) => warnings.push(entry.message) });
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
  await router.close();
  await backend.close();
});

/** A connection whose other end is elsewhere, as the router sees one; `deliver` is what comes in. */
function connectionFrom(loopback: boolean): {
  deliver(message: Message): void;
  sent: Message[];
  address: Address;
} {
  const sent: Message[] = [];
  let receive: ((pieces: readonly Uint8Array[]) => void | Promise<void>) | undefined;
  const remote: TransportConnection = {
    peer: loopback ? "127.0.0.1:1" : "203.0.113.5:1",
    loopback,
    start: (onMessage) => {
      receive = onMessage;
    },
    send: (pieces) => {
      sent.push(decodeTransportMessage(pieces));
    },
    close: async () => {},
    closed: new Promise(() => {}),
  };
  const id = FlowControls.randomId();
  const connection = routeConnection(router, remote, "test", { spawner: id });
  for (const address of router.addresses()) router.flowControls.addConsumer(address, id);
  return {
    deliver: (message) => {
      void receive!(encodeTransportMessage(message));
    },
    sent,
    address: connection.address,
  };
}

const PING = Uint8Array.of(0);
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

describe("the network", () => {
  test("a plain connection from this machine is let in", async () => {
    const local = connectionFrom(true);
    local.deliver(new Message([outlet.address], [Address.local("inlet")], PING));
    await settle();
    expect(backend.sockets.size).toBe(1);
    expect(local.sent.length).toBe(1);
  });

  test("a plain connection from elsewhere is not, whatever its return route says", async () => {
    const remote = connectionFrom(false);
    const local = connectionFrom(true);
    const returnRoutes: Route[] = [
      [Address.local("inlet")],
      [],
      [local.address, Address.local("inlet")],
      [outlet.address],
      [local.address],
    ];
    for (const returnRoute of returnRoutes) remote.deliver(new Message([outlet.address], returnRoute, PING));
    await settle();
    expect(backend.sockets.size).toBe(0);
    expect(remote.sent).toEqual([]);
    expect(warnings.join("\n")).toContain("without a secure channel only programs on this machine");
  });

  test("unless the owner wants it so, in so many words", async () => {
    const open = createOutlet(router, {
      address: "open",
      to: backend.port,
      dangerouslyAllowUnauthenticatedRemotePeers: true,
    });
    const remote = connectionFrom(false);
    remote.deliver(new Message([open.address], [Address.local("inlet")], PING));
    await settle();
    expect(backend.sockets.size).toBe(1);
    expect(remote.sent.length).toBe(1);
  });

  test("a real connection over loopback: the classic two nodes on one machine", async () => {
    const listener = await listen(router, tcp(), "127.0.0.1:0");
    router.flowControls.addConsumer(outlet.address, listener.flowControlId);
    const other = new Router();
    cleanups.push(() => other.close());
    const connection = await connect(other, tcp(), listener.address);
    const portal = await connectPortal(other, [connection.address, outlet.address]);
    portal.destroy();
    expect(outlet.lastFailure).toBeUndefined();
  });
});

describe("forwarding", () => {
  test("a hop of this node does not lend its place to a remote message", async () => {
    const hop = router.start((message, context) =>
      context.forward(
        message.rerouted(message.onwardRoute.slice(1), [context.address, ...message.returnRoute]),
      ),
    );
    const remote = connectionFrom(false);
    remote.deliver(new Message([hop.address, outlet.address], [Address.local("inlet")], PING));
    await settle();
    expect(backend.sockets.size).toBe(0);
  });

  test("nor does a relay, which leaves the return route as it is", async () => {
    const relay = router.start((message, context) =>
      context.forward(message.rerouted([outlet.address], message.returnRoute)),
    );
    const [remote, local] = [connectionFrom(false), connectionFrom(true)];
    remote.deliver(new Message([relay.address], [Address.local("inlet")], PING));
    // It cannot tell, and does not try to, that this one came from here.
    local.deliver(new Message([relay.address], [Address.local("inlet")], PING));
    await settle();
    expect(backend.sockets.size).toBe(0);
  });

  test("nor does a worker that answers along a return route of the sender's choice", async () => {
    const echo = router.start((message, context) => context.reply(message, message.pieces));
    const remote = connectionFrom(false);
    remote.deliver(new Message([echo.address], [outlet.address, Address.local("inlet")], PING));
    await settle();
    expect(backend.sockets.size).toBe(0);
  });

  test("nor does another node on this machine that forwards for the network", async () => {
    const local = connectionFrom(true);
    // Over there a connection from elsewhere put its address into the return route.
    local.deliver(
      new Message([outlet.address], [Address.local("its-connection"), Address.local("inlet")], PING),
    );
    await settle();
    expect(backend.sockets.size).toBe(0);
  });
});

describe("this process", () => {
  test("a portal within one router is let in", async () => {
    const portal = await connectPortal(router, [outlet.address]);
    expect(outlet.connections().length).toBe(1);
    portal.destroy();
  });

  test("bytes pass at once: answers may come before a send returns", async () => {
    const inlet = await createInlet(router, { from: 0, route: [outlet.address] });
    cleanups.push(() => inlet.close());
    const client = await connectTo(inlet.address);
    client.write("x");
    expect((await readExactly(client, 1)).toString()).toBe("x");
    client.destroy();
  });

  test("a message counts as a worker's own only with that worker as the way back", async () => {
    const worker = router.start(() => {});
    await worker.send([outlet.address], PING, { returnRoute: [Address.local("somebody-else")] });
    await worker.send([outlet.address], PING, { returnRoute: [] });
    await settle();
    expect(backend.sockets.size).toBe(0);
    await worker.send([outlet.address], PING);
    await settle();
    expect(backend.sockets.size).toBe(1);
  });
});

describe("secure channels", () => {
  test("who comes through one is let in from anywhere, and is known", async () => {
    const portal = await connectPortal(router, [pretendChannel(router, ALICE), outlet.address]);
    expect(outlet.connections()[0]!.peerIdentifier).toBe(ALICE);
    portal.destroy();
  });

  test("the identity comes from the channel's note, not from the message", () => {
    const data = Uint8Array.of(0x58, 0x20, ...Array.from({ length: 32 }, () => 0xa1));
    const note = { type: "SECURE_CHANNEL_IDENTIFIER", data };
    expect(peerIdentifierOf(new Message([], [], PING, [note]))).toBe(ALICE);
    expect(peerIdentifierOf(new Message([], [], PING, [{ ...note, type: "OTHER" }]))).toBeUndefined();
    expect(peerIdentifierOf(new Message([], [], PING))).toBeUndefined();
    expect(peerIdentifierOf(new Message([], [], PING, [note, note]))).toBeUndefined();
    for (const wrong of [data.subarray(1), data.subarray(0, 33), Uint8Array.from(data).fill(0x59, 0, 1)]) {
      expect(peerIdentifierOf(new Message([], [], PING, [{ ...note, data: wrong }]))).toBeUndefined();
    }
  });

  test("a message with any note is no message of this machine's own", () => {
    const worker = router.start(() => {});
    const message = new Message([outlet.address], [worker.address], PING);
    message.source = worker.address;
    expect(isFromThisMachine(router, message)).toBe(true);
    const noted = new Message([outlet.address], [worker.address], PING, [
      { type: "OTHER", data: new Uint8Array(0) },
    ]);
    noted.source = worker.address;
    expect(isFromThisMachine(router, noted)).toBe(false);
    expect(isFromThisMachine(router, new Message([outlet.address], [worker.address], PING))).toBe(false);
  });
});
