// Every API in every version, changed for the worse, through both ends of a portal and from either side. docs/security.md, "Kafka portals".
import { isOckamError } from "@ockam/codec";
import type { ApiName } from "@ockam/kafka-protocol";
import {
  decodeRecordSet,
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  framePrefix,
  MIN_DECOMPRESSION_ALLOWANCE,
  peekRequest,
  RecordBatch,
} from "@ockam/kafka-protocol";
import type { LocalEndEvents } from "@ockam/portal-tcp";
import { array, integer, sample } from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { arbitraryMutation } from "../../kafka-protocol/testing/arbitrary-mutation.ts";
import type { Mutation } from "../../kafka-protocol/testing/arbitrary-mutation.ts";
import { ALL_VERSIONS, sampleMessages } from "../../kafka-protocol/testing/sample-messages.ts";
import { recordOf } from "../testing/raw-client.ts";
import { TestCipher } from "../testing/test-cipher.ts";
import { ConversationEnd } from "./conversation-end.ts";
import { InletConversation } from "./inlet-conversation.ts";
import type { ContentEncryption } from "./inlet-conversation.ts";
import { OutletConversation } from "./outlet-conversation.ts";
import { ReadingPatience } from "./reading-patience.ts";
import { TopicNames } from "./topic-names.ts";
import { WHOLE_VALUE } from "./value-protection.ts";

const SCALE = Number(process.env["OCKAM_TEST_SCALE"] ?? 1);
const mutations: readonly Mutation[] = [
  (bytes) => bytes,
  ...sample(arbitraryMutation(), { numRuns: 8 * SCALE, seed: 31 }),
];
const PRODUCE = 0;
const CANARY = "the 32-byte canary of this test!";

const encryption: ContentEncryption = {
  cipher: new TestCipher(),
  protection: WHOLE_VALUE,
  patience: new ReadingPatience(0),
};

/** Both ends, as what they have in common. */
interface End {
  fromClient(message: Uint8Array): void | Promise<void>;
  fromBroker(message: Uint8Array): void | Promise<void>;
}

/** Ends that have heard nothing yet, and what they passed on. */
const ENDS = {
  "an inlet that encrypts": (sides) => inlet(encryption, sides),
  "an inlet that does not": (sides) => inlet(undefined, sides),
  "an outlet": ({ toBroker, toClient }) =>
    new OutletConversation({ onBrokers: () => {} }, { toBroker, toClient }),
} as const satisfies Record<string, (sides: Sides) => End>;

interface Sides {
  readonly toBroker: (message: Uint8Array) => void;
  readonly toClient: (message: Uint8Array) => void;
}

function inlet(content: ContentEncryption | undefined, sides: Sides): End {
  return new InletConversation(
    {
      encryption: content,
      topics: new TopicNames(),
      advertisedAddressOf: async ({ nodeId }) => ({ host: "inlet.example", port: nodeId & 0x7fff }),
      onFetch: () => {},
    },
    sides,
  );
}

/** How many bytes were asked for at once by anybody since {@link beforeEach}. */
let allocated = 0;

beforeEach(() => {
  allocated = 0;
  const counting = new Proxy(Uint8Array, {
    construct(target, [length, ...rest]: [unknown, ...unknown[]]) {
      if (typeof length === "number") allocated += length;
      return Reflect.construct(target, [length, ...rest]) as Uint8Array;
    },
  });
  vi.stubGlobal("Uint8Array", counting);
});

afterEach(() => {
  vi.unstubAllGlobals();
});

/** Takes it, or refuses it by an error that says so; with little memory. */
async function tried(run: () => void | Promise<void>, length: number): Promise<void> {
  const before = allocated;
  try {
    await run();
  } catch (error) {
    if (!isOckamError(error)) throw error;
  }
  // Each batch may be asked to decompress once, and is written once again.
  expect(allocated - before).toBeLessThan(3 * MIN_DECOMPRESSION_ALLOWANCE + 256 * length);
}

describe.each(Object.entries(ENDS))("%s", (_name, begin) => {
  test.each(ALL_VERSIONS)("%s %i", async (api, version) => {
    const [request] = sampleMessages("request", api, version, 1);
    const [response] = sampleMessages("response", api, version, 1);
    for (const mutate of mutations) {
      const sides = { toBroker: () => {}, toClient: () => {} };
      const asked = mutate(request!);
      await tried(() => begin(sides).fromClient(asked), asked.length);
      const answer = mutate(response!);
      // The broker answers what was asked well…
      const end = begin(sides);
      await tried(() => end.fromClient(request!), request!.length);
      await tried(() => end.fromBroker(answer), answer.length);
      // …or when nobody asked.
      await tried(() => begin(sides).fromBroker(answer), answer.length);
    }
  });
});

describe("records", () => {
  const batches = (["none", "gzip", "snappy", "lz4", "zstd"] as const).map((compression) => ({
    compression,
    records: RecordBatch.of([CANARY, null, "", CANARY].map(recordOf), { compression }).bytes,
  }));

  test.each(batches)(
    "what is produced never gets past an inlet as it is: $compression",
    async ({ records }) => {
      const topicData = [{ name: "orders", partitionData: [{ index: 0, records }] }];
      const request = encodeRequest({
        api: "Produce",
        version: 9,
        correlationId: 1,
        body: { acks: -1, topicData },
      });
      for (const mutate of sample(arbitraryMutation(), { numRuns: 200 * SCALE, seed: 37 })) {
        const passed: Uint8Array[] = [];
        const end = ENDS["an inlet that encrypts"]({
          toBroker: (message) => void passed.push(message),
          toClient: () => {},
        });
        const changed = mutate(request);
        await tried(() => end.fromClient(changed), changed.length);
        // What became a part of another request has no record of the producer in it.
        for (const message of passed)
          if (peekRequest(message).apiKey === PRODUCE) expect(valuesOf(message)).not.toContain(CANARY);
      }
    },
  );

  test.each(batches)(
    "what is consumed is a record that was sealed, or none: $compression",
    async ({ records }) => {
      const topics = [{ topic: "orders", partitions: [{ partition: 0 }] }];
      const fetch = encodeRequest({ api: "Fetch", version: 12, correlationId: 1, body: { topics } });
      const responses = [{ topic: "orders", partitions: [{ records }] }];
      const response = encodeResponse({ api: "Fetch", version: 12, correlationId: 1, body: { responses } });
      for (const mutate of sample(arbitraryMutation(), { numRuns: 200 * SCALE, seed: 41 })) {
        const delivered: Uint8Array[] = [];
        const end = ENDS["an inlet that encrypts"]({
          toBroker: () => {},
          toClient: (message) => void delivered.push(message),
        });
        await tried(() => end.fromClient(fetch), fetch.length);
        const changed = mutate(response);
        await tried(() => end.fromBroker(changed), changed.length);
        for (const message of delivered) expect(consumedValues(message)).not.toContain(CANARY);
      }
    },
  );
});

describe("streams", () => {
  test.each(["request", "response"] as const)(
    "of %ss, changed and cut anywhere: passed on or reset",
    async (kind) => {
      const stream = frames(kind);
      const lengths = sample(array(integer({ min: 1, max: 50 }), { minLength: 1 }), {
        numRuns: 20,
        seed: 43,
      });
      for (const [index, mutate] of sample(arbitraryMutation(), {
        numRuns: 100 * SCALE,
        seed: 47,
      }).entries()) {
        const calls: string[] = [];
        let application: LocalEndEvents | undefined;
        const end = new ConversationEnd(
          {
            name: "application:1",
            pendingLength: 0,
            start: (events) => {
              application = events;
            },
            opened: () => {},
            write: () => {},
            end: () => void calls.push("end"),
            close: () => void calls.push("close"),
            reset: ({ code }) => void calls.push(code),
            pause: () => {},
            resume: () => {},
          },
          ({ toApplication, toPeer }) => {
            const one = inlet(encryption, { toBroker: toPeer, toClient: toApplication });
            return {
              fromApplication: (message) => one.fromClient(message),
              fromPeer: (message) => one.fromBroker(message),
            };
          },
        );
        end.start({
          onData: () => {},
          onEnd: () => void calls.push("end"),
          onError: () => {},
          onDrain: () => {},
          onFinish: () => {},
        });
        const bytes = mutate(stream);
        const sizes = lengths[index % lengths.length]!;
        const before = allocated;
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const piece = bytes.subarray(at, at + sizes[i % sizes.length]!);
          at += piece.length;
          if (kind === "request") application!.onData(piece, false);
          else end.write([piece]);
        }
        if (kind === "request") application!.onEnd();
        else end.end();
        await new Promise((resolve) => setImmediate(resolve));
        expect(calls).toHaveLength(1);
        expect(calls[0]).toMatch(/^(end|OCKAM_KAFKA_.*)$/);
        expect(allocated - before).toBeLessThan(1_000_000);
      }
    },
  );
});

/** A few messages, each behind its length. */
function frames(kind: "request" | "response"): Uint8Array {
  const apis: readonly ApiName[] = ["Metadata", "Heartbeat", "FindCoordinator"];
  const messages = apis.flatMap((api) => sampleMessages(kind, api, 3, 1));
  return Buffer.concat(messages.flatMap((message) => [framePrefix(message.length), message]));
}

/** What a client hands to its application: neither control batches nor a batch that was cut off. */
function consumedValues(message: Uint8Array): readonly string[] {
  const { body } = decodeResponse("Fetch", 12, message);
  return body.responses
    .flatMap(({ partitions }) => partitions)
    .flatMap(({ records }) => (records === null ? [] : decodeRecordSet(records).batches))
    .filter((batch) => !(batch instanceof RecordBatch && batch.isControl))
    .flatMap((batch) => batch.records())
    .map(({ value }) => Buffer.from(value ?? []).toString());
}

/** The text of all values of a Produce request. */
function valuesOf(message: Uint8Array): readonly string[] {
  const request = decodeRequest(message);
  if (request.api !== "Produce") return [];
  return request.body.topicData
    .flatMap(({ partitionData }) => partitionData)
    .flatMap(({ records }) => (records === null ? [] : [records]))
    .flatMap((records) => decodeRecordSet(records).batches)
    .flatMap((batch) => batch.records())
    .map(({ value }) => Buffer.from(value ?? []).toString());
}
