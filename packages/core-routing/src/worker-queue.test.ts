import type { LogEntry } from "@ockam/codec";
import { expect, test } from "vitest";

import { Address } from "./address.ts";
import { pause, settlesSoon } from "./conformance-check.ts";
import { deferred } from "./deferred.ts";
import { Router } from "./router.ts";
import { MAX_DELIVERY_DEPTH } from "./worker-queue.ts";

const at = (name: string): Address => Address.local(name);
const numbered = (number: number): Uint8Array => Uint8Array.of(number);

test("a concurrent worker makes each sender wait for its own message alone", async () => {
  const router = new Router();
  const gates = [deferred<void>(), deferred<void>()];
  router.start(
    { concurrent: true, handleMessage: (message) => gates[message.payload[0]!]?.promise },
    { address: "shared" },
  );
  const me = router.start(() => {});
  const waits = [0, 1].map((number) => me.send([at("shared")], numbered(number))!);
  expect(me.send([at("shared")], numbered(2))).toBeUndefined();
  gates[1]!.resolve();
  expect(await settlesSoon(waits[1]!)).toBe(true);
  expect(await settlesSoon(waits[0]!)).toBe(false);
  gates[0]!.resolve();
  await waits[0];
});

test("a concurrent worker that fails is logged, and its sender goes on", async () => {
  const entries: LogEntry[] = [];
  const router = new Router({ log: (entry) => entries.push(entry) });
  router.start(
    { concurrent: true, handleMessage: () => Promise.reject(new RangeError("later")) },
    { address: "shared" },
  );
  const me = router.start(() => {});
  await me.send([at("shared")], numbered(1));
  expect(entries.map(({ error }) => String(error))).toEqual(["RangeError: later"]);
});

test("a concurrent worker handles what came before it was initialized, in order", async () => {
  const router = new Router();
  const ready = deferred<void>();
  const received: number[] = [];
  router.start(
    {
      concurrent: true,
      initialize: () => ready.promise,
      handleMessage: (message) => {
        received.push(message.payload[0]!);
        return new Promise(() => {});
      },
    },
    { address: "shared" },
  );
  const me = router.start(() => {});
  for (const number of [1, 2, 3]) void me.send([at("shared")], numbered(number));
  expect(received).toEqual([]);
  ready.resolve();
  await ready.promise;
  expect(received).toEqual([1, 2, 3]);
});

test("a concurrent worker at the end of a long chain gets nothing once it is stopped", async () => {
  const router = new Router();
  let handled = 0;
  router.start({ concurrent: true, handleMessage: () => void (handled += 1) }, { address: "shared" });
  for (let i = 0; i < MAX_DELIVERY_DEPTH; i++) {
    const next = i + 1 < MAX_DELIVERY_DEPTH ? `link${i + 1}` : "shared";
    router.start((message, context) => context.forward(message.rerouted([at(next)], [])), {
      address: `link${i}`,
    });
  }
  const me = router.start(() => {});
  void me.send([at("link0")], numbered(1));
  expect(handled).toBe(0);
  await pause();
  expect(handled).toBe(1);
  void me.send([at("link0")], numbered(1));
  await router.stop(at("shared"));
  await pause();
  expect(handled).toBe(1);
});
