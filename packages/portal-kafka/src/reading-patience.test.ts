import { expect, test } from "vitest";

import { kafkaPortalError } from "./kafka-portal-error.ts";
import type { Partition } from "./partition.ts";
import {
  MAX_MISSING_KEYS,
  MAX_WAITING_PARTITIONS,
  MIN_READING_PATIENCE,
  READING_PATIENCE,
  READING_PATIENCE_REFILL,
  ReadingPatience,
  UNREACHABLE_PATIENCE,
  UNSEEN_PATIENCE,
} from "./reading-patience.ts";

const ORDERS = { topic: "orders", partition: 0 };

function missing(key: string): Error {
  return kafkaPortalError("OCKAM_KAFKA_UNKNOWN_KEY", "no key", { details: { key } });
}

/** A key whose holder cannot be reached, or does not give it. */
function away(key: string, isKnownOrigin?: boolean): Error {
  if (isKnownOrigin === undefined) {
    return kafkaPortalError("OCKAM_KAFKA_KEY_REFUSED", "no", { details: { key } });
  }
  return kafkaPortalError("OCKAM_KAFKA_KEY_UNREACHABLE", "nobody there", { details: { key, isKnownOrigin } });
}

/** Patience with a clock of its own. */
class Scene {
  now = 0;
  readonly patience = new ReadingPatience(READING_PATIENCE, () => this.now);

  /** Whether the record at `offset` is waited for, where the response ends at `lastOffset`. */
  ask(key: string, offset: number, lastOffset: number = offset, at: Partition = ORDERS): boolean {
    return this.askFor(missing(key), offset, lastOffset, at);
  }

  askFor(cause: Error, offset: number, lastOffset: number = offset, at: Partition = ORDERS): boolean {
    return this.patience.isLeft(at, cause, { offset: BigInt(offset), lastOffset: BigInt(lastOffset) });
  }

  /** Asks again and again, as a consumer does, until the record is not waited for; how long that took. */
  waitOut(key: string, offset: number, lastOffset: number = offset): number {
    const begin = this.now;
    while (this.ask(key, offset, lastOffset)) this.now += 100;
    return this.now - begin;
  }
}

test("a partition waits for a key for a while, then never again", () => {
  const scene = new Scene();
  expect(scene.waitOut("a", 0)).toBe(READING_PATIENCE);
  expect(scene.ask("a", 0)).toBe(false);
  expect(scene.ask("a", 1_000_000)).toBe(false);
  scene.now += READING_PATIENCE * READING_PATIENCE_REFILL;
  expect(scene.ask("a", 2_000_000)).toBe(false);
});

test("another partition has its own patience", () => {
  const scene = new Scene();
  scene.waitOut("a", 0);
  expect(scene.ask("a", 0, 0, { topic: "orders", partition: 1 })).toBe(true);
  expect(scene.ask("a", 0, 0, { topic: "payments", partition: 0 })).toBe(true);
});

test("all that lies in one response is waited for at once, whatever names are in it", () => {
  const scene = new Scene();
  expect(scene.waitOut("0", 0, 999)).toBe(READING_PATIENCE);
  for (let offset = 1; offset < 1000; offset++) expect(scene.ask(String(offset), offset, 999)).toBe(false);
});

test("ever new names cost a partition its patience once, and then a moment for each response", () => {
  const scene = new Scene();
  let waited = 0;
  const responses = 1000;
  for (let i = 0; i < responses; i++) waited += scene.waitOut(`forged ${i}`, i);
  expect(waited).toBeLessThanOrEqual(2 * READING_PATIENCE + responses * MIN_READING_PATIENCE);
});

test("a key that comes late costs no more than the time that it was waited for", () => {
  const scene = new Scene();
  expect(scene.ask("late", 0)).toBe(true);
  scene.now = 1000;
  expect(scene.ask("late", 0)).toBe(true);
  // It is there now. Much later another one is missing.
  scene.now = 2000;
  expect(scene.waitOut("lost", 1)).toBeGreaterThanOrEqual(READING_PATIENCE - 1000);
});

test("one whose patience is used up still waits for a key that is only late", () => {
  const scene = new Scene();
  scene.waitOut("lost", 0);
  expect(scene.ask("late", 1)).toBe(true);
  scene.now += MIN_READING_PATIENCE - 1;
  expect(scene.ask("late", 1)).toBe(true);
});

test("patience comes back slowly, and with it what was waited for is forgotten", () => {
  const scene = new Scene();
  scene.waitOut("a", 5);
  scene.now += READING_PATIENCE * READING_PATIENCE_REFILL * 0.5;
  expect(scene.ask("b", 5)).toBe(false);
  expect(scene.waitOut("b", 6)).toBeCloseTo(READING_PATIENCE / 2, -3);
  scene.now += READING_PATIENCE * READING_PATIENCE_REFILL;
  // A topic that was made anew begins at 0 again.
  expect(scene.waitOut("c", 0)).toBe(READING_PATIENCE);
});

test("consumers at different places wait for one time, not one after the other", () => {
  const scene = new Scene();
  expect([scene.ask("a", 5, 9), scene.ask("b", 50, 60)]).toEqual([true, true]);
  scene.now = READING_PATIENCE;
  expect([scene.ask("a", 5, 9), scene.ask("b", 50, 60)]).toEqual([false, false]);
});

test("only a key may come later", () => {
  const { patience } = new Scene();
  const place = { offset: 0n, lastOffset: 0n };
  expect(patience.isLeft(ORDERS, kafkaPortalError("OCKAM_KAFKA_NOT_AUTHENTIC", "altered"), place)).toBe(
    false,
  );
  expect(patience.isLeft(ORDERS, new Error("anything"), place)).toBe(false);
});

test("a cipher that names no keys waits, too", () => {
  let now = 0;
  const patience = new ReadingPatience(1000, () => now);
  const error = kafkaPortalError("OCKAM_KAFKA_UNKNOWN_KEY", "no key");
  const place = { offset: 0n, lastOffset: 0n };
  expect(patience.isLeft(ORDERS, error, place)).toBe(true);
  now = 1000;
  expect(patience.isLeft(ORDERS, error, place)).toBe(false);
});

test("no patience at all", () => {
  const patience = new ReadingPatience(0, () => 0);
  expect(patience.isLeft(ORDERS, missing("a"), { offset: 0n, lastOffset: 0n })).toBe(false);
});

test("what is remembered is bounded: the oldest keys and partitions are forgotten", () => {
  const scene = new Scene();
  for (let i = 0; i <= MAX_MISSING_KEYS; i++) {
    scene.ask(String(i), i);
    scene.now += READING_PATIENCE;
    scene.ask(String(i), i);
  }
  expect(scene.ask("0", MAX_MISSING_KEYS + 1)).toBe(true);
  expect(scene.ask(String(MAX_MISSING_KEYS), MAX_MISSING_KEYS + 1)).toBe(false);
  const partitions = new Scene();
  for (let partition = 0; partition <= MAX_WAITING_PARTITIONS; partition++) {
    partitions.ask("key", 0, 0, { topic: "many", partition });
  }
  partitions.now = READING_PATIENCE;
  expect(partitions.ask("key", 0, 0, { topic: "many", partition: 0 })).toBe(true);
  expect(partitions.ask("key", 0, 0, { topic: "many", partition: 2 })).toBe(false);
});

test("a node that cannot be reached, or refuses, is waited for longer, most of all one that is known", () => {
  for (const [cause, patience] of [
    [away("a", true), UNREACHABLE_PATIENCE],
    [away("a", false), UNSEEN_PATIENCE],
    [away("a"), UNREACHABLE_PATIENCE],
  ] as const) {
    const scene = new Scene();
    expect(scene.askFor(cause, 5)).toBe(true);
    while (scene.now < patience) {
      expect(scene.askFor(cause, 5)).toBe(true);
      scene.now += 1000;
    }
    expect(scene.askFor(cause, 5)).toBe(false);
    expect(scene.askFor(cause, 6)).toBe(false);
    // It is not the patience for keys that are lost.
    expect(scene.ask("b", 7)).toBe(true);
  }
});

test("a shorter patience for nodes that cannot be reached is that for all of them", () => {
  const patience = new ReadingPatience(READING_PATIENCE, () => now, 1000);
  let now = 0;
  const place = { offset: 0n, lastOffset: 0n };
  for (const isKnown of [true, false]) {
    expect(patience.isLeft(ORDERS, away("a", isKnown), place)).toBe(true);
    now += 1000;
    expect(patience.isLeft(ORDERS, away("a", isKnown), place)).toBe(false);
  }
});

test("records that are read again much later are waited for anew, and not for ever by one that asks seldom", () => {
  const scene = new Scene();
  expect(scene.ask("a", 0, 999)).toBe(true);
  // The key came. Days later another one is missing there.
  scene.now += 100 * READING_PATIENCE;
  expect(scene.ask("b", 5, 999)).toBe(true);
  scene.now += 100 * READING_PATIENCE;
  expect(scene.ask("b", 5, 999)).toBe(false);
});
