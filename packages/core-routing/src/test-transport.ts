// What every transport plugin must do: the suite that runs against each of them. docs/protocol/routing.md, "Transports".
import { concatBytes, equalBytes, isOckamError, OckamError } from "@ockam/codec";

import { Address } from "./address.ts";
import { check, failure, pattern, pause, settlesSoon } from "./conformance-check.ts";
import { connect } from "./connection.ts";
import { deferred } from "./deferred.ts";
import { echoWorker } from "./echo.ts";
import { listen } from "./listener.ts";
import { Router } from "./router.ts";
import { MAX_TRANSPORT_MESSAGE_LENGTH } from "./transport-message.ts";
import { collect, TransportPair } from "./transport-pair.ts";
import type { Transport, TransportConnection } from "./transport.ts";

// Whatever the buffers of a system hold, this is more.
const BACK_PRESSURE_MESSAGES = 1024;
const BACK_PRESSURE_MESSAGE_LENGTH = 65_536;

/** A test runner's way to declare a test: that of Vitest, `node:test`, Bun and others. */
export type TestFunction = (name: string, run: () => Promise<void>) => unknown;

/** A transport, and an address on this machine at which it can listen again and again, such as `127.0.0.1:0`. */
export interface TransportUnderTest {
  readonly transport: Transport;
  readonly address: string;
}

/**
 * Declares the tests of a transport: order, content and cuts of messages, limits, back-pressure, the end of a
 * connection from either side, refusal and abortion. `create` is called once for each test.
 *
 * A failed check throws OckamError OCKAM_CONFORMANCE_FAILED, so that any runner reports it.
 */
export function testTransport(
  test: TestFunction,
  create: () => TransportUnderTest | Promise<TransportUnderTest>,
): void {
  const declare = (name: string, run: (pair: TransportPair) => Promise<void>): void => {
    test(name, async () => {
      const { transport, address } = await create();
      const pair = await TransportPair.open(transport, address);
      try {
        await run(pair);
      } finally {
        await pair.close();
      }
    });
  };

  declare("carries messages both ways, in order", async ({ client, server }) => {
    const lengths = [1, 2, 23, 24, 255, 256, 4096, 65_535, 65_536, 200_000];
    const messages = Array.from({ length: 100 }, (_, i) => pattern(lengths[i % lengths.length]!, i));
    const atServer = collect(server, messages.length);
    const atClient = collect(client, messages.length);
    await Promise.all([sendAll(client, messages), sendAll(server, messages)]);
    for (const received of [await atServer, await atClient]) {
      for (const [i, message] of messages.entries())
        check(equalBytes(join(received[i]!), message), `message ${i} differs`);
    }
  });

  declare(
    "takes a message in pieces, cut anywhere, and leaves them unchanged",
    async ({ client, server }) => {
      const whole = pattern(10_000, 7);
      const pieces = [0, 0, 1, 2, 5, 100, 3000, 3000, 9999, 10_000].map((end, i, ends) =>
        whole.subarray(ends[i - 1] ?? 0, end),
      );
      const received = collect(server, 2);
      await client.send(pieces);
      await client.send([pattern(5, 1)]);
      const [first, second] = await received;
      check(equalBytes(join(first!), pattern(10_000, 7)), "the pieces were not put together");
      check(equalBytes(join(second!), pattern(5, 1)), "the message after it differs");
      check(equalBytes(whole, pattern(10_000, 7)), "the sender's bytes were changed");
    },
  );

  declare("keeps what is sent before the other side starts to read", async ({ client, server }) => {
    for (let i = 0; i < 5; i++) void client.send([pattern(10, i)]);
    await pause();
    const received = await collect(server, 5);
    check(
      received.every((message, i) => equalBytes(join(message), pattern(10, i))),
      "a message was lost",
    );
  });

  declare(
    "carries the longest message, and refuses a longer one without harm",
    async ({ client, server }) => {
      const received = collect(server, 2);
      const longest = new Uint8Array(MAX_TRANSPORT_MESSAGE_LENGTH).fill(7);
      const half = longest.subarray(longest.length / 2);
      const refused = await failure(async () => client.send([longest, Uint8Array.of(1)]));
      check(isOckamError(refused), "a message beyond the limit must be refused with an OckamError");
      await client.send([half, half]);
      await client.send([Uint8Array.of(9)]);
      const [first, second] = await received;
      check(equalBytes(join(first!), longest), "the longest message differs");
      check(equalBytes(join(second!), Uint8Array.of(9)), "the connection did not go on");
    },
  );

  declare("asks the sender to wait while the receiver does", async ({ client, server }) => {
    const gate = deferred<void>();
    const all = deferred<void>();
    let sent = 0;
    let count = 0;
    let disorder = false;
    server.start(async (pieces) => {
      const expected = count++;
      if (join(pieces)[0] !== expected % 256) disorder = true;
      await gate.promise;
      if (count !== expected + 1) disorder = true;
      if (count === sent) all.resolve();
    });
    // A wait that ends soon is a system that takes what it was given; one that lasts is back-pressure.
    let waiting: Promise<void> | undefined;
    while (waiting === undefined && sent < BACK_PRESSURE_MESSAGES) {
      const answer = client.send([new Uint8Array(BACK_PRESSURE_MESSAGE_LENGTH).fill(sent % 256)]);
      sent += 1;
      if (answer !== undefined && !(await settlesSoon(answer))) waiting = answer;
    }
    check(waiting !== undefined, "send never asked to wait");
    check(count === 1, "messages were handed over while the receiver was waiting");
    gate.resolve();
    await waiting;
    await all.promise;
    check(!disorder, "messages overlapped or changed their order");
  });

  declare("delivers what was sent before close, then ends on both sides", async ({ client, server }) => {
    const received = collect(server, 20);
    for (let i = 0; i < 20; i++) void client.send([pattern(30_000, i)]);
    await client.close();
    const intact = (await received).every((message, i) => equalBytes(join(message), pattern(30_000, i)));
    check(intact, "a message was lost");
    check((await client.closed) === undefined, "the closing side must report an orderly end");
    check((await server.closed) === undefined, "the other side must report an orderly end");
    const refused = await failure(async () => client.send([pattern(1, 1)]));
    check(isOckamError(refused), "send after the end must fail with an OckamError");
    await client.close();
    await server.close();
  });

  declare("ends from the accepting side too", async ({ client, server }) => {
    const received = collect(client, 1);
    server.start(() => {});
    await server.send([pattern(3, 3)]);
    await server.close();
    check(equalBytes(join((await received)[0]!), pattern(3, 3)), "the message before the end was lost");
    check((await client.closed) === undefined, "the other side must report an orderly end");
  });

  declare("closes when the receiver fails", async ({ client, server }) => {
    server.start(() => {
      throw new OckamError("OCKAM_CONFORMANCE_CAUSE", "the receiver failed, as it should here");
    });
    client.start(() => {});
    await client.send([pattern(10, 1)]);
    check((await server.closed) !== undefined, "the failing side must report a cause");
    await client.closed;
  });

  declare("closes when the receiver fails later", async ({ client, server }) => {
    server.start(async () => {
      await pause();
      throw new OckamError("OCKAM_CONFORMANCE_CAUSE", "the receiver failed, as it should here");
    });
    client.start(() => {});
    await client.send([pattern(10, 1)]);
    check((await server.closed) !== undefined, "the failing side must report a cause");
    await client.closed;
  });

  declare("keeps connections apart", async (pair) => {
    const { client, server, transport, listener } = pair;
    const other = await transport.connect(listener.address);
    const otherServer = await pair.accepted();
    try {
      check(client.peer !== "" && server.peer !== "", "a connection must name its peer");
      check(client.loopback && server.loopback, "both sides are on this machine");
      const first = collect(server, 1);
      const second = collect(otherServer, 1);
      await Promise.all([client.send([pattern(9, 1)]), other.send([pattern(9, 2)])]);
      check(equalBytes(join((await first)[0]!), pattern(9, 1)), "the first connection's message differs");
      check(equalBytes(join((await second)[0]!), pattern(9, 2)), "the second connection's message differs");
    } finally {
      await Promise.all([other.close(), otherServer.close()]);
    }
  });

  declare("stops accepting when the listener closes, and keeps its connections", async (pair) => {
    const { client, server, transport, listener } = pair;
    const inUse = await failure(async () => transport.listen(listener.address, { onConnection: () => {} }));
    check(isOckamError(inUse), "an address in use must be refused with an OckamError");
    await listener.close();
    await listener.close();
    check((await listener.closed) === undefined, "the listener must report an orderly end");
    const refused = await failure(async () => transport.connect(listener.address));
    check(isOckamError(refused), "a connect to nobody must fail with an OckamError");
    const received = collect(server, 1);
    await client.send([pattern(4, 4)]);
    check(equalBytes(join((await received)[0]!), pattern(4, 4)), "the connection must outlive the listener");
    const again = await transport.listen(listener.address, { onConnection: () => {} });
    await again.close();
  });

  declare("gives up when it is told to", async ({ transport, listener, address }) => {
    const reason = new OckamError("OCKAM_CONFORMANCE_ABORTED", "told to give up, as it should be here");
    const aborted = AbortSignal.abort(reason);
    const connected = await failure(async () => transport.connect(listener.address, { signal: aborted }));
    check(
      connected === reason,
      "connect must be rejected with the reason of a signal that is aborted already",
    );
    const listened = await failure(async () =>
      transport.listen(address, { signal: aborted, onConnection: () => {} }),
    );
    check(listened === reason, "listen must be rejected with the reason of a signal that is aborted already");
    const controller = new AbortController();
    const pending = failure(async () => transport.connect(listener.address, { signal: controller.signal }));
    controller.abort(reason);
    check((await pending) === reason, "connect must be rejected with the reason while it is under way");
  });

  test("carries a request and its answer between two routers", async () => {
    const { transport, address } = await create();
    await using server = new Router();
    await using client = new Router();
    const { address: echo } = server.start(echoWorker(), { address: "echo" });
    const listener = await listen(server, transport, address);
    server.flowControls.addConsumer(echo, listener.flowControlId);
    const connection = await connect(client, transport, listener.address);
    const payload = pattern(100_000, 5);
    const answer = await client.request([connection.address, Address.local("echo")], payload);
    check(equalBytes(answer.payload, payload), "the answer differs");
    await connection.close();
    check(!client.has(connection.address), "the connection's worker must be gone");
  });
}

async function sendAll(connection: TransportConnection, messages: readonly Uint8Array[]): Promise<void> {
  for (const message of messages) await connection.send([message]);
}

function join(pieces: readonly Uint8Array[]): Uint8Array {
  return concatBytes(...pieces);
}
