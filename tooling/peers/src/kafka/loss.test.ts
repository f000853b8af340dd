import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { expect, test } from "vitest";

import { JavaClient } from "./java-client.ts";
import { KafkaBroker } from "./kafka-broker.ts";
import { KafkaProject } from "./kafka-project.ts";

const FULL = process.env["OCKAM_PEERS_FULL"] === "1";
/** How many records are produced, how often something is killed: small, or as the promise says with `OCKAM_PEERS_FULL=1`. */
const [RECORDS, KILLS] = FULL ? [1_000_000, 200] : [20_000, 8];
const PARTITIONS = 4;
/** Bytes of a record. */
const LENGTH = 100;
/** Keys change that often. */
const ROTATION = FULL ? "60s" : "5s";
/** Milliseconds between two kills, at most. */
const PAUSE = 2000;

test(
  `${RECORDS} records, ${KILLS} kills: what is acknowledged comes once, in its place`,
  { timeout: FULL ? 3_600_000 : 600_000 },
  async () => {
    await using java = JavaClient.start();
    await using broker = await KafkaBroker.start();
    await using project = await KafkaProject.start();
    const outlet = await project.member("typescript");
    await project.createOutlet(outlet, broker.port);
    const options = ["--key-agreement", "topic-keys", "--key-rotation", ROTATION];
    const inlet = { outlet, way: "relay", options } as const;
    const producer = await project.createInlet(await project.member("typescript"), inlet);
    const consumer = await project.createInlet(await project.member("typescript"), inlet);
    const victims = [
      ["producer's inlet", producer.node.role],
      ["consumer's inlet", consumer.node.role],
      ["outlet", outlet.role],
      ["relay", project.project.relay],
      ["broker", broker],
    ] as const;

    const numbers = { topic: "numbers", partitions: PARTITIONS };
    await broker.createTopic(numbers.topic, { partitions: PARTITIONS });
    const producing = java.countUp(producer.address, {
      ...numbers,
      count: RECORDS,
      length: LENGTH,
      pause: PACE,
    });
    const reading = java.check(consumer.address, { ...numbers, count: RECORDS });

    const started = performance.now();
    for (let kill = 0; kill < KILLS; kill++) {
      await sleep(randomInt(PAUSE));
      const [name, victim] = victims[kill < victims.length ? kill : randomInt(victims.length)]!;
      await victim.kill();
      await sleep(randomInt(500));
      await victim.restart();
      const { acknowledged = 0 } = producing.events.at(-1) ?? {};
      const { received = 0 } = reading.events.at(-1) ?? {};
      const time = Math.round((performance.now() - started) / 1000);
      console.log(`${time} s: ${name} killed; ${acknowledged} records acknowledged, ${received} read`);
    }
    producing.stop();
    const produced = await producing.result;
    expect(produced).toMatchObject({ acknowledged: RECORDS, failure: null });
    expect(await reading.result).toEqual({ received: RECORDS, fault: null });

    // Somebody who comes later reads the same, and nothing behind it.
    const later = java.check(consumer.address, { ...numbers, count: RECORDS });
    expect(await later.result).toEqual({ received: RECORDS, fault: null });
    const ends = await java.ends(broker.address, numbers.topic);
    expect(ends.reduce((sum, end) => sum + end, 0)).toBe(RECORDS);
  },
);

/** Milliseconds after each hundred records: so that records are produced while things are killed. */
const PACE = Math.ceil((KILLS * (PAUSE / 2 + 4000)) / (RECORDS / 100));
