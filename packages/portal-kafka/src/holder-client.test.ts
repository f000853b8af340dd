import { expect, test, vi } from "vitest";

import { KeyNetwork } from "../testing/key-network.ts";
import type { KeyNode } from "../testing/key-network.ts";
import { HOLDER_CHANNEL_LIFETIME, HolderClient } from "./holder-client.ts";
import type { HolderAnswer } from "./key-holder-message.ts";

/** A client of a holder, and how often it looked for the way there. */
function clientOf(
  node: KeyNode,
  holder: string,
  timeout?: number,
): { client: HolderClient; ways: () => number; ask: (isGood?: boolean) => Promise<HolderAnswer> } {
  let ways = 0;
  const client = new HolderClient(node.router, {
    channel: node.channel,
    routeOf: () => {
      ways += 1;
      return node.wayTo(holder);
    },
    ...(timeout === undefined ? {} : { timeout }),
  });
  const request = { type: "fetch", id: new Uint8Array(24) } as const;
  const ask = (isGood = true): Promise<HolderAnswer> =>
    client.ask({ request, judge: (answer) => answer, isGood: () => isGood });
  return { client, ways: () => ways, ask };
}

test("asks over one channel, as long as what comes is good", async () => {
  await using network = new KeyNetwork();
  const [node] = [await network.start("node"), await network.start("holder")];
  const { ask, client, ways } = clientOf(node, "holder");
  await using _ = client;
  await Promise.all([ask(), ask()]);
  await ask();
  expect(ways()).toBe(1);
  await ask(false);
  expect(ways()).toBe(2);
  await ask();
  expect(ways()).toBe(2);
});

test("no channel is used for longer than five minutes", async () => {
  await using network = new KeyNetwork();
  const [node] = [await network.start("node"), await network.start("holder")];
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    const { ask, client, ways } = clientOf(node, "holder");
    await using _ = client;
    await ask();
    vi.advanceTimersByTime(HOLDER_CHANNEL_LIFETIME - 1);
    await ask();
    expect(ways()).toBe(1);
    vi.advanceTimersByTime(1);
    await ask();
    expect(ways()).toBe(2);
  } finally {
    vi.useRealTimers();
  }
});

test("a holder that is silent, or nowhere, is told apart from nothing", async () => {
  await using network = new KeyNetwork();
  const [node, holder] = [await network.start("node"), await network.start("holder")];
  const silent = clientOf(node, "holder", 100);
  await holder.holder.close();
  await expect(silent.ask()).rejects.toMatchObject({ code: "OCKAM_KAFKA_KEY_UNREACHABLE" });
  network.unreachable.add("holder");
  const nowhere = clientOf(node, "holder");
  await expect(nowhere.ask()).rejects.toMatchObject({ code: "OCKAM_KAFKA_KEY_UNREACHABLE" });
});

test("after its end it asks nobody, and what was asked ends", async () => {
  await using network = new KeyNetwork();
  const [node, holder] = [await network.start("node"), await network.start("holder")];
  const { ask, client } = clientOf(node, "holder");
  await holder.holder.close();
  const asked = ask();
  await client.close();
  await expect(asked).rejects.toMatchObject({ code: "OCKAM_KAFKA_KEY_UNREACHABLE" });
  await expect(ask()).rejects.toMatchObject({ code: "OCKAM_KAFKA_KEY_UNREACHABLE" });
});
