import { encodeUtf8 } from "@ockam/codec";
import { Address } from "@ockam/core-routing";
import type { Message } from "@ockam/core-routing";
import fc from "fast-check";
import { expect, test } from "vitest";

import { SCALED_TIMEOUT, scaled } from "../testing/scaled.ts";
import { collector, settle, Twin, until } from "../testing/twin.ts";
import { damaged, Wire } from "../testing/wire.ts";
import { createSecureChannel } from "./create-secure-channel.ts";
import type { Disturbance, SecureChannel } from "./secure-channel.ts";

interface Scene {
  readonly twin: Twin;
  readonly wire: Wire;
  readonly channel: SecureChannel;
  readonly seen: Disturbance[];
  readonly received: Message[];
  readonly send: (text: string) => Promise<void>;
}

/** A channel over a wire; what the responder sees of it is watched. */
async function scene(): Promise<Scene> {
  const twin = await Twin.create();
  const { router, options } = twin.initiator;
  const wire = new Wire(router, await twin.connect());
  const channel = await createSecureChannel(router, [...wire.route, twin.listener.address], options);
  const seen: Disturbance[] = [];
  twin.listener.channels()[0]!.onDisturbance((disturbance) => seen.push(disturbance));
  const { address, received } = collector(twin.responder.router, "service");
  twin.responder.router.flowControls.addConsumer(address, twin.listener.flowControlId);
  const app = router.start(() => {});
  const send = async (text: string): Promise<void> => {
    await app.send([channel.address, address], encodeUtf8(text));
    await settle(3);
  };
  return { twin, wire, channel, seen, received, send };
}

const texts = (messages: readonly Message[]): string[] =>
  messages.map(({ payload }) => new TextDecoder().decode(payload));

test("messages in order disturb nobody", async () => {
  const { twin, seen, received, send } = await scene();
  for (let index = 0; index < 70; index++) await send(String(index));
  await until(() => received.length === 70);
  expect(seen).toEqual([]);
  await twin[Symbol.asyncDispose]();
});

test("a lost message is noticed with the next one, and a late one when it comes", async () => {
  const { twin, wire, seen, received, send } = await scene();
  wire.onOutbound = () => [];
  await send("one");
  const late = wire.outbound.at(-1)!;
  expect(seen).toEqual([]);
  wire.onOutbound = (message) => [message];
  await send("two");
  expect(seen).toEqual(["lost"]);
  wire.inject(late);
  await settle();
  expect(seen).toEqual(["lost", "late"]);
  await send("three");
  expect([seen.length, texts(received)]).toEqual([2, ["two", "one", "three"]]);
  await twin[Symbol.asyncDispose]();
});

test("a message that is not authentic is noticed, a repeated one is not", async () => {
  const { twin, wire, seen, received, send } = await scene();
  wire.onOutbound = (message) => [damaged(message), message, message];
  await send("one");
  expect([seen, texts(received)]).toEqual([["refused"], ["one"]]);
  await twin[Symbol.asyncDispose]();
});

test("more than 32 lost messages are noticed with each one that comes after them", async () => {
  const { twin, wire, seen, received, send } = await scene();
  wire.onOutbound = () => [];
  for (let index = 0; index < 40; index++) await send(String(index));
  wire.onOutbound = (message) => [message];
  await send("deaf");
  await send("still deaf");
  expect([seen, received]).toEqual([["refused", "refused"], []]);
  await twin[Symbol.asyncDispose]();
});

test("a listener that is taken back hears nothing more, and one that throws does no harm", async () => {
  const { twin, wire, channel, received, send } = await scene();
  const far = twin.listener.channels()[0]!;
  let heard = 0;
  const stop = far.onDisturbance(() => (heard += 1));
  far.onDisturbance(() => {
    throw new Error("a listener's own fault");
  });
  wire.onOutbound = () => [];
  await send("lost");
  wire.onOutbound = (message) => [damaged(message), message];
  await send("one");
  expect(heard).toBe(2);
  stop();
  await send("two");
  expect([heard, texts(received)]).toEqual([2, ["one", "two"]]);
  expect(channel.route.at(-1)).toBeInstanceOf(Address);
  await twin[Symbol.asyncDispose]();
});

test(
  "whatever happens on the way, each message arrives once at most, and as it was sent",
  { timeout: SCALED_TIMEOUT },
  async () => {
    type Fate = "pass" | "drop" | "repeat" | "damage" | "hold" | "release";
    const fate = fc.constantFrom<Fate>(
      "pass",
      "pass",
      "pass",
      "pass",
      "drop",
      "repeat",
      "damage",
      "hold",
      "release",
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fate, { minLength: 40, maxLength: 80 }), async (fates) => {
        const { twin, wire, received, send } = await scene();
        const held: Message[] = [];
        const expected = new Set<string>();
        let missing = 0;
        for (const [index, what] of fates.entries()) {
          // 32 lost ones in a row would leave the channel deaf, which is another test.
          const kind = missing >= 30 ? "pass" : what;
          wire.onOutbound = (message) => {
            if (kind === "drop") return [];
            if (kind === "repeat") return [message, message];
            if (kind === "damage") return [damaged(message)];
            if (kind === "hold") {
              held.push(message);
              return [];
            }
            return kind === "release" ? [message, ...held.splice(0)] : [message];
          };
          await send(String(index));
          missing = kind === "drop" || kind === "damage" || kind === "hold" ? missing + 1 : 0;
          if (missing === 0) expected.add(String(index));
        }
        const arrived = texts(received);
        expect(new Set(arrived).size).toBe(arrived.length);
        for (const text of arrived) expect(Number(text)).toBeLessThan(fates.length);
        for (const text of expected) expect(arrived).toContain(text);
        await twin[Symbol.asyncDispose]();
      }),
      { numRuns: scaled(8) },
    );
  },
);
