import { connect } from "node:net";
import type { Socket } from "node:net";

import { expect, test, vi } from "vitest";

import { readToEnd, startBackend, until } from "../testing/backends.ts";
import { LEFTOVER_TIMEOUT } from "./limits.ts";
import { SocketEnd } from "./socket-end.ts";

/** An end whose stream is over and whose application has 20 MB left to take: more than kernels buffer. */
async function leftover() {
  const accepted: Socket[] = [];
  const backend = await startBackend((socket) => accepted.push(socket));
  const socket = connect({ port: backend.port, host: "127.0.0.1", allowHalfOpen: true });
  await until(() => accepted.length === 1);
  const end = new SocketEnd(socket, "test");
  for (let index = 0; index < 20; index++) end.write([new Uint8Array(1_000_000)]);
  end.close();
  return { backend, socket, application: accepted[0]! };
}

test("an application that takes nothing after the end is given up, and not before its time", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  try {
    const [idle, late] = [await leftover(), await leftover()];
    vi.advanceTimersByTime(LEFTOVER_TIMEOUT - 1);
    expect([idle.socket.destroyed, late.socket.destroyed]).toEqual([false, false]);
    const { bytes, how } = await readToEnd(late.application.end());
    expect([bytes.length, how]).toEqual([20_000_000, "end"]);
    vi.advanceTimersByTime(LEFTOVER_TIMEOUT);
    expect(idle.socket.destroyed).toBe(true);
    await until(() => late.socket.destroyed);
    await until(() => vi.getTimerCount() === 0);
    expect((await readToEnd(idle.application)).how).toBe("reset");
    await idle.backend.close();
    await late.backend.close();
  } finally {
    vi.useRealTimers();
  }
});
