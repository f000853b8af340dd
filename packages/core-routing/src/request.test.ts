import { getEventListeners } from "node:events";

import { describe, expect, test, vi } from "vitest";

import { Address } from "./address.ts";
import { pause } from "./conformance-check.ts";
import { echoWorker } from "./echo.ts";
import type { Message } from "./message.ts";
import { MAX_REQUEST_TIMEOUT, REQUEST_TIMEOUT } from "./request.ts";
import { parseRoute } from "./route.ts";
import { Router } from "./router.ts";

const at = (name: string): Address => Address.local(name);
const payload = Uint8Array.of(1, 2, 3);

test("returns the first answer, and leaves nothing behind", async () => {
  const router = new Router();
  router.start(
    (message, context) => {
      void context.reply(message, Uint8Array.of(1));
      void context.reply(message, Uint8Array.of(2));
    },
    { address: "twice" },
  );
  const answer = await router.request([at("twice")], payload);
  expect(answer.payload).toEqual(Uint8Array.of(1));
  expect(router.addresses().map(String)).toEqual(["0#twice"]);
});

test("may be answered by another worker later", async () => {
  const router = new Router();
  const other = router.start(() => {}, { address: "other" });
  router.start(
    async (message) => {
      await pause();
      void other.send(message.returnRoute, Uint8Array.of(9));
    },
    { address: "service" },
  );
  const answer = await router.request([at("service")], [payload, payload]);
  expect(answer).toMatchObject({ payload: Uint8Array.of(9), source: at("other") });
});

test.each([MAX_REQUEST_TIMEOUT + 1, Infinity])("with a timeout of %s ms waits", async (timeout) => {
  const router = new Router();
  router.start((message, context) => pause().then(() => context.reply(message, payload)), {
    address: "slow",
  });
  expect((await router.request([at("slow")], payload, { timeout })).payload).toEqual(payload);
});

describe("fails", () => {
  test("when nobody answers in time", async () => {
    const router = new Router();
    router.start(() => {}, { address: "mute" });
    await expect(router.request([at("mute")], payload, { timeout: 10 })).rejects.toMatchObject({
      code: "OCKAM_ROUTING_TIMEOUT",
    });
    expect(router.addresses()).toHaveLength(1);
    expect(REQUEST_TIMEOUT).toBe(30_000);
  });

  test.each([Number.NaN, -1])("at once with a timeout of %s", async (timeout) => {
    const router = new Router();
    router.start(() => {}, { address: "mute" });
    await expect(router.request([at("mute")], payload, { timeout })).rejects.toBeInstanceOf(RangeError);
    expect(router.addresses()).toHaveLength(1);
  });

  test("when it cannot be sent", async () => {
    const router = new Router();
    await expect(router.request([at("nobody")], payload)).rejects.toMatchObject({
      code: "OCKAM_ROUTING_UNKNOWN_ADDRESS",
    });
    await expect(router.request([], payload)).rejects.toMatchObject({
      code: "OCKAM_ROUTING_INCOMPLETE_ROUTE",
    });
    expect(router.addresses()).toEqual([]);
  });

  test("when it is given up", async () => {
    const router = new Router();
    router.start(() => {}, { address: "mute" });
    const reason = new RangeError("enough");
    const controller = new AbortController();
    const pending = router.request([at("mute")], payload, { signal: controller.signal });
    controller.abort(reason);
    await expect(pending).rejects.toBe(reason);
    await expect(router.request([at("mute")], payload, { signal: controller.signal })).rejects.toBe(reason);
    expect(router.addresses()).toHaveLength(1);
  });

  test("when the router is closed", async () => {
    const router = new Router();
    router.start(() => {}, { address: "mute" });
    const pending = router.request([at("mute")], payload);
    const outcome = expect(pending).rejects.toMatchObject({ code: "OCKAM_ROUTING_CLOSED" });
    await router.close();
    await outcome;
  });
});

test("its address is a consumer of the flow of the first hop, for as long as it lasts", async () => {
  const router = new Router();
  const seen: Message[] = [];
  router.start(
    (message, context) => {
      seen.push(message);
      expect(router.flowControls.isConsumer(message.source!, "F")).toBe(true);
      return context.reply(message, message.payload);
    },
    { address: "sender" },
  );
  router.start(() => {}, { address: "receiver" });
  router.flowControls.addProducer(at("receiver"), "F", undefined, [at("sender")]);
  await router.request(parseRoute("sender => far"), payload);
  expect(seen).toHaveLength(1);
  expect(router.flowControls.consumersOf("F")).toEqual([]);
});

test("many at a time do not mix", async () => {
  const router = new Router();
  router.start(echoWorker(), { address: "echo" });
  const numbers = Array.from({ length: 100 }, (_, i) => i);
  const answers = await Promise.all(numbers.map((i) => router.request([at("echo")], Uint8Array.of(i))));
  expect(answers.map((answer) => answer.payload[0])).toEqual(numbers);
});

test("leaves no timer and no listener behind, however it ends", async () => {
  vi.useFakeTimers();
  try {
    const router = new Router();
    router.start(echoWorker(), { address: "echo" });
    const { signal } = new AbortController();
    await router.request([at("echo")], payload, { signal });
    await router.request([at("nobody")], payload, { signal }).catch(() => {});
    expect(vi.getTimerCount()).toBe(0);
    expect(getEventListeners(signal, "abort")).toEqual([]);
  } finally {
    vi.useRealTimers();
  }
});
