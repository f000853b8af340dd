import { concatBytes } from "@ockam/codec";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { MAX_PAYLOAD_LENGTH } from "./limits.ts";
import { OutgoingBytes, UNCUT_LENGTH } from "./outgoing-bytes.ts";
import { decodePortalMessage } from "./portal-message.ts";

const SCALE = Number(process.env["OCKAM_TEST_SCALE"] ?? 1);

/** An OutgoingBytes with what it sent, and a gate that its way can be closed with. */
function sending(counted = true) {
  const events: string[] = [];
  const sent: Uint8Array[] = [];
  const counters: (number | undefined)[] = [];
  let gate: Promise<void> | undefined;
  let open: (() => void) | undefined;
  const outgoing = new OutgoingBytes(
    {
      transmit: (pieces) => {
        const message = decodePortalMessage(pieces);
        if (message.type !== "payload") throw new Error("not a payload");
        sent.push(concatBytes(...message.data));
        counters.push(message.counter);
        return gate;
      },
      onRoom: () => events.push("room"),
      onFlushed: () => events.push("flushed"),
      onFailed: (error) => events.push(`failed: ${String(error)}`),
    },
    counted,
  );
  return {
    outgoing,
    events,
    sent,
    counters,
    block: () => {
      gate = new Promise((resolve) => {
        open = resolve;
      });
    },
    unblock: async () => {
      open?.();
      gate = undefined;
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

describe("OutgoingBytes", () => {
  test("the bytes of a short chunk stay together", async () => {
    const { outgoing, sent } = sending();
    outgoing.allow(10 * MAX_PAYLOAD_LENGTH);
    const short = new Uint8Array(UNCUT_LENGTH).fill(1);
    const long = new Uint8Array(MAX_PAYLOAD_LENGTH - 2);
    for (const chunk of [long, short, long, short]) outgoing.push(chunk, true);
    outgoing.end();
    expect(sent).toEqual([long, short, long, short]);
  });

  test("sends at once when the way is free", () => {
    const { outgoing, sent, counters } = sending();
    outgoing.allow(1000);
    expect(outgoing.push(Uint8Array.of(1, 2), false)).toBe(true);
    expect(outgoing.push(Uint8Array.of(3), false)).toBe(true);
    expect(sent).toEqual([Uint8Array.of(1, 2), Uint8Array.of(3)]);
    expect(counters).toEqual([0, 1]);
  });

  test("joins what is ready, and does not wait for more", async () => {
    const { outgoing, sent } = sending();
    outgoing.allow(Number.MAX_SAFE_INTEGER);
    outgoing.push(new Uint8Array(65_536), true);
    expect(sent).toEqual([]);
    outgoing.push(new Uint8Array(65_536), true);
    expect(sent.map((bytes) => bytes.length)).toEqual([MAX_PAYLOAD_LENGTH]);
    outgoing.push(new Uint8Array(65_536), true);
    await new Promise((resolve) => setImmediate(resolve));
    expect(sent.map((bytes) => bytes.length)).toEqual([MAX_PAYLOAD_LENGTH, 65_536]);
  });

  test("keeps within the credit, and asks for no more than one message beyond it", () => {
    const { outgoing, sent, events } = sending();
    outgoing.allow(10);
    expect(outgoing.push(new Uint8Array(25), false)).toBe(true);
    expect(sent.map((bytes) => bytes.length)).toEqual([10]);
    expect(outgoing.push(new Uint8Array(MAX_PAYLOAD_LENGTH), false)).toBe(false);
    outgoing.allow(5);
    expect(sent.length).toBe(1);
    outgoing.allow(20);
    expect(sent.map((bytes) => bytes.length)).toEqual([10, 10]);
    expect(events).toEqual([]);
    outgoing.allow(Number.MAX_SAFE_INTEGER);
    expect(events).toEqual(["room"]);
    expect(outgoing.sent).toBe(25 + MAX_PAYLOAD_LENGTH);
  });

  test("waits while the way is congested", async () => {
    const { outgoing, sent, block, unblock } = sending();
    outgoing.allow(Number.MAX_SAFE_INTEGER);
    block();
    outgoing.push(Uint8Array.of(1), false);
    outgoing.push(Uint8Array.of(2), false);
    outgoing.push(Uint8Array.of(3), false);
    expect(sent).toEqual([Uint8Array.of(1)]);
    await unblock();
    expect(sent).toEqual([Uint8Array.of(1), Uint8Array.of(2, 3)]);
  });

  test("the end comes after the last byte", async () => {
    const { outgoing, events, block, unblock } = sending();
    block();
    outgoing.push(Uint8Array.of(1), false);
    outgoing.end();
    outgoing.allow(1);
    expect(events).toEqual(["flushed"]);
    await unblock();
    expect(events).toEqual(["flushed"]);
  });

  test("an end without a byte waits for the stream to open, too", () => {
    const { outgoing, events } = sending();
    outgoing.end();
    expect(events).toEqual([]);
    outgoing.allow(0);
    expect(events).toEqual(["flushed"]);
  });

  test("the counter wraps, and is left out when not wanted", () => {
    const counted = sending();
    counted.outgoing.allow(Number.MAX_SAFE_INTEGER);
    for (let i = 0; i < 65_538; i++) counted.outgoing.push(Uint8Array.of(1), false);
    expect(counted.counters.slice(65_534)).toEqual([65_534, 65_535, 0, 1]);
    const plain = sending(false);
    plain.outgoing.allow(10);
    plain.outgoing.push(Uint8Array.of(1), false);
    expect(plain.counters).toEqual([undefined]);
  });

  test("a failure of the way is reported once it was stopped no more", async () => {
    const failing = new OutgoingBytes(
      {
        transmit: () => {
          throw new Error("no way");
        },
        onRoom: () => {},
        onFlushed: () => {},
        onFailed: (error) => failures.push(String(error)),
      },
      true,
    );
    const failures: string[] = [];
    failing.allow(10);
    failing.push(Uint8Array.of(1), false);
    expect(failures).toEqual(["Error: no way"]);
    failing.stop();
    failing.push(Uint8Array.of(2), false);
    await new Promise((resolve) => setImmediate(resolve));
    expect(failures.length).toBe(1);
    expect(failing.heldLength).toBe(0);
  });

  test("whatever happens when, the bytes come out in order and within credit", async () => {
    const step = fc.oneof(
      fc.record({ push: fc.nat(200_000), more: fc.boolean() }),
      fc.record({ allow: fc.nat(400_000) }),
      fc.constant({ block: true }),
      fc.constant({ unblock: true }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (script) => {
        const { outgoing, sent, counters, block, unblock } = sending();
        let pushed = 0;
        let limit = 0;
        for (const each of script) {
          if ("push" in each) {
            outgoing.push(
              Uint8Array.from({ length: each.push }, (_, i) => pushed + i),
              each.more,
            );
            pushed += each.push;
          } else if ("allow" in each) {
            limit += each.allow;
            outgoing.allow(limit);
          } else if ("block" in each) {
            await unblock();
            block();
          } else {
            await unblock();
          }
          expect(outgoing.sent).toBeLessThanOrEqual(limit);
        }
        await unblock();
        outgoing.allow(pushed);
        outgoing.end();
        await unblock();
        const all = concatBytes(...sent);
        expect(all.length).toBe(pushed);
        expect(all.every((byte, i) => byte === (i & 0xff))).toBe(true);
        expect(counters).toEqual(counters.map((_, i) => i & 0xffff));
        expect(sent.every((bytes) => bytes.length > 0 && bytes.length <= MAX_PAYLOAD_LENGTH)).toBe(true);
      }),
      { numRuns: 30 * SCALE },
    );
  });
});
