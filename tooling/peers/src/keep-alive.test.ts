// What only the tables of a Linux kernel tell.
import { readFileSync } from "node:fs";

import { tcp } from "@ockam/transport-tcp";
import { expect, test } from "vitest";

test("the kernel probes both sides of an idle connection", async () => {
  await using stack = new AsyncDisposableStack();
  const transport = tcp();
  let accepted = 0;
  const listener = await transport.listen("127.0.0.1:0", {
    onConnection: (connection) => {
      stack.defer(() => connection.close());
      accepted++;
    },
  });
  stack.defer(() => listener.close());
  const near = await transport.connect(listener.address);
  stack.defer(() => near.close());
  await expect.poll(() => accepted).toBe(1);
  const port = Number(listener.address.split(":")[1]).toString(16).toUpperCase().padStart(4, "0");
  const timers = readFileSync("/proc/net/tcp", "utf8")
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, remote, state]) => state === "01" && `${local} ${remote}`.includes(`:${port}`))
    .map((fields) => fields[5]!.slice(0, 2));
  // 02: a keep-alive timer runs.
  expect(timers).toEqual(["02", "02"]);
});
