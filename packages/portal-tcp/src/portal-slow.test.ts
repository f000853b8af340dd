// Slow readers: they wait for themselves alone.
import type { Socket } from "node:net";

import { memoryTransport } from "@ockam/core-routing";
import { tcp } from "@ockam/transport-tcp";
import { expect, test } from "vitest";

import { connectTo, pattern, readExactly, readToEnd, startBackend, until } from "../testing/backends.ts";
import { connectNodes } from "../testing/nodes.ts";
import { connectPortal } from "./connect-portal.ts";
import { createInlet } from "./inlet.ts";
import { INITIAL_WINDOW, MAX_PAYLOAD_LENGTH, MAX_WINDOW } from "./limits.ts";
import { createOutlet } from "./outlet.ts";

const SLOW = 64;
const FAST = 64;

test.each([
  ["memory", () => connectNodes(memoryTransport(), "")],
  ["TCP", () => connectNodes(tcp(), "127.0.0.1:0")],
] as const)("64 clients that do not read, 64 that do, one connection, over %s", async (_name, create) => {
  const nodes = await create();
  const data = pattern(1_000_000);
  const backend = await startBackend((socket) => socket.end(data));
  const outlet = createOutlet(nodes.outlets, { to: backend.port });
  const route = nodes.routeTo(outlet.address);
  const inlet = await createInlet(nodes.inlets, { from: 0, route });
  // In this process no kernel buffers lie between the portal and its reader.
  const slow = await Promise.all(Array.from({ length: SLOW }, () => connectPortal(nodes.inlets, route)));
  await until(() => slow.every((socket) => socket.readableLength === INITIAL_WINDOW));
  const fast = await Promise.all(
    Array.from({ length: FAST }, async () => {
      const socket = await connectTo(inlet.address);
      socket.end();
      return readToEnd(socket);
    }),
  );
  for (const { bytes, how } of fast) {
    expect(how).toBe("end");
    expect(bytes.equals(data)).toBe(true);
  }
  // Nothing has come for the slow ones but what they may leave lying.
  for (const socket of slow) expect(socket.readableLength).toBe(INITIAL_WINDOW);
  expect(outlet.connections().map((connection) => connection.bytesSent)).toEqual(
    Array.from({ length: SLOW }, () => INITIAL_WINDOW),
  );
  // And what was held up is all there.
  const late = await Promise.all(slow.map((socket) => readToEnd(socket.end())));
  for (const { bytes, how } of late) {
    expect(how).toBe("end");
    expect(bytes.equals(data)).toBe(true);
  }
  await until(() => inlet.connections().length + outlet.connections().length === 0);
  await inlet.close();
  await outlet.close();
  await backend.close();
  await nodes.close();
});

test("a backend that does not read stops its client, and only that one", async () => {
  const nodes = await connectNodes(memoryTransport(), "");
  const stuck: Socket[] = [];
  let accepted = 0;
  const backend = await startBackend((socket) => {
    if (accepted++ === 0) stuck.push(socket.pause());
    else socket.pipe(socket);
  });
  const outlet = createOutlet(nodes.outlets, { to: backend.port });
  const inlet = await createInlet(nodes.inlets, { from: 0, route: nodes.routeTo(outlet.address) });
  const writer = await connectTo(inlet.address);
  // Far more than all buffers between the two.
  const data = pattern(64_000_000);
  writer.write(data);
  await until(() => (outlet.connections()[0]?.bytesPending ?? 0) > 0);
  const other = await connectTo(inlet.address);
  const sent = pattern(2_000_000, 5);
  other.end(sent);
  expect((await readToEnd(other)).bytes.equals(sent)).toBe(true);
  const [connection] = outlet.connections();
  expect(connection!.bytesPending).toBeLessThanOrEqual(MAX_WINDOW + MAX_PAYLOAD_LENGTH);
  expect(connection!.bytesReceived).toBeLessThan(data.length);
  const received = await readExactly(stuck[0]!, data.length);
  expect(received.equals(data)).toBe(true);
  writer.destroy();
  await inlet.close();
  await outlet.close();
  await backend.close();
  await nodes.close();
});
