// What a client sees of each failure: an error code of Kafka, or the end of its connection, and never nothing.
import { OckamError } from "@ockam/codec";
import { decodeResponse, framePrefix, MIN_DECOMPRESSION_ALLOWANCE, RecordBatch } from "@ockam/kafka-protocol";
import type { ResponseDraft } from "@ockam/kafka-protocol";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";

import type { Reply } from "../testing/fake-broker.ts";
import { Portal } from "../testing/portal.ts";
import type { RawClient } from "../testing/raw-client.ts";
import { recordOf } from "../testing/raw-client.ts";
import { TestCipher } from "../testing/test-cipher.ts";
import type { ContentEncryption } from "./inlet-conversation.ts";
import type { KafkaInlet, KafkaInletOptions } from "./kafka-inlet.ts";
import type { KafkaOutletOptions } from "./kafka-outlet.ts";
import { kafkaPortalError } from "./kafka-portal-error.ts";
import { MAX_PENDING_REQUESTS } from "./pending-requests.ts";
import { ReadingPatience } from "./reading-patience.ts";
import { fieldProtection, WHOLE_VALUE } from "./value-protection.ts";

const RESET = "the connection ended: ECONNRESET";
const END = "the connection ended: end";
const STORAGE = new OckamError("OCKAM_NODE_STATE_FAILED", "the disk is full");

interface Scene {
  readonly portal: Portal;
  readonly inlet: KafkaInlet;
  readonly client: RawClient;
}

interface Failure {
  readonly name: string;
  readonly outlet?: Partial<KafkaOutletOptions>;
  readonly inlet?: Partial<KafkaInletOptions>;
  readonly encryption?: Partial<ContentEncryption>;
  /** What the client sees. */
  readonly act: (scene: Scene) => Promise<unknown>;
  readonly sees: unknown;
  /** The code of what `inlet.lastFailure` says; absent where the connection goes on. */
  readonly code?: string;
}

function batch(...values: readonly string[]): Uint8Array {
  return RecordBatch.of(values.map(recordOf)).bytes;
}

/** A batch with any records and flags, which its checksum covers. */
function forged(content: Uint8Array, attributes: number): Uint8Array {
  const { bytes } = RecordBatch.of([recordOf("x", 0)]);
  const header = bytes.slice(0, 61);
  const view = new DataView(header.buffer);
  view.setInt32(8, 49 + content.length);
  view.setInt16(21, attributes);
  const whole = Buffer.concat([header, content]);
  whole.writeUInt32BE(crc32c(whole.subarray(21)), 17);
  return new Uint8Array(whole);
}

function crc32c(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}

function damaged(): Uint8Array {
  const bytes = batch("a");
  return bytes.with(bytes.length - 2, bytes.at(-2)! ^ 1);
}

/** Two records with the same offset. */
function twice(): Uint8Array {
  const { bytes } = RecordBatch.of([recordOf("a", 0)]);
  const record = bytes.subarray(61);
  const whole = forged(Buffer.concat([record, record]), 0);
  const view = new DataView(whole.buffer);
  view.setInt32(57, 2);
  view.setUint32(17, crc32c(whole.subarray(21)));
  return whole;
}

const BOMB = forged(gzipSync(new Uint8Array(MIN_DECOMPRESSION_ALLOWANCE + 1)), 1);

async function produced(client: RawClient, records: Uint8Array, acks = -1): Promise<unknown> {
  const body = { acks, topicData: [{ name: "orders", partitionData: [{ index: 0, records }] }] };
  const response = await client.ask<"Produce">({ api: "Produce", version: 9, body });
  return response.body.responses[0]!.partitionResponses[0]!.errorCode;
}

/** The error codes of two partitions of a fetch, of which the first has these records and the second a genuine one. */
async function fetched({ client, portal }: Scene, records: Uint8Array): Promise<unknown> {
  await client.produce("genuine", "value");
  portal.broker.stored.set("orders", [records]);
  const topics = ["orders", "genuine"].map((topic) => ({ topic, partitions: [{ partition: 0 }] }));
  const response = await client.ask<"Fetch">({ api: "Fetch", version: 12, body: { topics } });
  return response.body.responses.map(({ partitions }) => partitions[0]!.errorCode);
}

async function answered({ client, portal }: Scene, reply: Reply): Promise<unknown> {
  portal.broker.reply = ({ api }) => (api === "Metadata" ? reply : undefined);
  return (await client.metadata()).length;
}

async function sent({ client }: Scene, message: Uint8Array): Promise<unknown> {
  client.socket.write(framePrefix(message.length));
  client.socket.write(message);
  return (await client.next()).length;
}

/** An API key and version, a correlation id, and no client id. */
function request(apiKey: number, version: number): Uint8Array {
  const bytes = Buffer.alloc(11);
  bytes.writeInt16BE(apiKey, 0);
  bytes.writeInt16BE(version, 2);
  bytes.writeInt16BE(-1, 8);
  return bytes;
}

function metadata(version: number, correlationId: number): ResponseDraft<"Metadata"> {
  return { api: "Metadata", version, correlationId, body: {} };
}

/** A cipher that fails for a reason that is not the record's. */
class FailingCipher extends TestCipher {
  isBroken = true;

  override sealer(topic: string, partition: number): ReturnType<TestCipher["sealer"]> {
    if (this.isBroken && topic === "orders") throw new Error("a defect");
    return super.sealer(topic, partition);
  }

  override open(...[place, sealed]: Parameters<TestCipher["open"]>): Uint8Array {
    if (place.topic === "orders") throw STORAGE;
    return super.open(place, sealed);
  }
}

class LongCipher extends TestCipher {
  override sealer(): ReturnType<TestCipher["sealer"]> {
    return { seal: () => new Uint8Array(101 * 1024 * 1024) };
  }
}

const PRODUCING: readonly Failure[] = [
  {
    name: "no consumer agrees on a key",
    act: ({ client, portal }) => {
      portal.cipher.missing.set("orders-0", kafkaPortalError("OCKAM_KAFKA_NO_CONSUMER", "none"));
      return produced(client, batch("a"));
    },
    sees: 19,
  },
  {
    name: "an agreement that takes for ever",
    act: ({ client, portal }) => {
      portal.cipher.missing.set("orders-0", new Promise(() => {}));
      return produced(client, batch("a"));
    },
    sees: 19,
  },
  {
    name: "a consumer that may not read",
    act: ({ client, portal }) => {
      portal.cipher.missing.set("orders-0", kafkaPortalError("OCKAM_KAFKA_NOT_AUTHORIZED", "no"));
      return produced(client, batch("a"));
    },
    sees: 29,
  },
  {
    name: "fields of what is no JSON",
    encryption: { protection: fieldProtection(["card"]) },
    act: ({ client }) => produced(client, batch("no JSON")),
    sees: 87,
  },
  { name: "a damaged batch", act: ({ client }) => produced(client, damaged()), sees: 2 },
  { name: "no batch at all", act: ({ client }) => produced(client, new Uint8Array(40)), sees: 2 },
  {
    name: "a batch that is cut off",
    act: ({ client }) => produced(client, Buffer.concat([batch("a"), batch("b").subarray(0, 65)])),
    sees: 2,
  },
  {
    name: "a control batch",
    act: ({ client }) => produced(client, RecordBatch.of([recordOf("a", 0)], { isControl: true }).bytes),
    sees: 2,
  },
  { name: "records that have one offset", act: ({ client }) => produced(client, twice()), sees: 2 },
  {
    name: "a compression that there is none of",
    act: ({ client }) => produced(client, forged(batch("a").subarray(61), 7)),
    sees: 2,
  },
  { name: "records that decompress without end", act: ({ client }) => produced(client, BOMB), sees: 2 },
  {
    name: "records that are too long once they are sealed",
    encryption: { cipher: new LongCipher() },
    act: ({ client }) => produced(client, batch("a")),
    sees: 10,
  },
  {
    name: "a topic by an id that is not known",
    act: async ({ client }) => {
      const topicData = [
        { topicId: "AAAAAAAAAAAAAAAAAAAAAQ", partitionData: [{ index: 0, records: batch("a") }] },
      ];
      const response = await client.ask<"Produce">({
        api: "Produce",
        version: 13,
        body: { acks: 1, topicData },
      });
      return response.body.responses[0]!.partitionResponses[0]!.errorCode;
    },
    sees: 100,
  },
  {
    name: "records without acknowledgement that cannot be sealed",
    act: ({ client, portal }) => {
      portal.cipher.missing.set("orders-0", kafkaPortalError("OCKAM_KAFKA_NO_CONSUMER", "none"));
      return produced(client, batch("a"), 0);
    },
    sees: RESET,
    code: "OCKAM_KAFKA_NO_CONSUMER",
  },
  {
    name: "a defect of the cipher",
    encryption: { cipher: new FailingCipher() },
    act: ({ client }) => produced(client, batch("a")),
    sees: RESET,
    code: "OCKAM_KAFKA_INVALID_MESSAGE",
  },
  {
    name: "a request that is cut off inside",
    act: (scene) => sent(scene, request(0, 9)),
    sees: RESET,
    code: "OCKAM_KAFKA_PROTOCOL_INVALID_MESSAGE",
  },
  {
    name: "a version of Produce that nobody knows",
    act: (scene) => sent(scene, request(0, 99)),
    sees: RESET,
    code: "OCKAM_KAFKA_PROTOCOL_UNSUPPORTED_VERSION",
  },
];

const ASKING: readonly Failure[] = [
  {
    name: "an API that nobody knows",
    act: (scene) => sent(scene, request(999, 0)),
    sees: RESET,
    code: "OCKAM_KAFKA_PROTOCOL_UNSUPPORTED_API",
  },
  {
    name: "an API that was withdrawn",
    act: (scene) => sent(scene, request(4, 1)),
    sees: RESET,
    code: "OCKAM_KAFKA_PROTOCOL_UNSUPPORTED_API",
  },
  ...[55, 58, 59, 78].map((apiKey) => ({
    name: `an API that is not offered: ${apiKey}`,
    act: (scene: Scene) => sent(scene, request(apiKey, 1)),
    sees: RESET,
    code: "OCKAM_KAFKA_INVALID_MESSAGE",
  })),
  {
    name: "a request of 7 bytes",
    act: (scene) => sent(scene, new Uint8Array(7)),
    sees: RESET,
    code: "OCKAM_KAFKA_PROTOCOL_INVALID_MESSAGE",
  },
  {
    name: "a newer version of ApiVersions",
    act: async ({ client }) => {
      const message = request(18, 77);
      client.socket.write(framePrefix(message.length));
      client.socket.write(message);
      return decodeResponse("ApiVersions", 0, await client.next()).body.errorCode;
    },
    sees: 35,
  },
  {
    name: "SASL without headers",
    act: async ({ client }) => {
      const body = { mechanism: "PLAIN" };
      const response = await client.ask<"SaslHandshake">({ api: "SaslHandshake", version: 0, body });
      return response.body.errorCode;
    },
    sees: 35,
  },
  {
    name: "requests without end",
    act: async ({ client, portal }) => {
      portal.broker.reply = () => "nothing";
      const body = { groupId: "g", memberId: "m" };
      for (let i = 0; i <= MAX_PENDING_REQUESTS; i++) client.send({ api: "Heartbeat", version: 4, body });
      return client.next();
    },
    sees: RESET,
    code: "OCKAM_KAFKA_INVALID_MESSAGE",
  },
  {
    name: "an end within a request",
    act: ({ client }) => {
      client.socket.end(Uint8Array.of(0, 0, 0, 9, 1));
      return client.next();
    },
    sees: RESET,
    code: "OCKAM_KAFKA_INVALID_MESSAGE",
  },
];

const WRITTEN_SO: readonly (readonly [name: string, records: Uint8Array])[] = [
  ["records that have one offset", twice()],
  ["records that decompress without end", BOMB],
  ["a compression that there is none of", forged(batch("a").subarray(61), 7)],
];

const READING: readonly Failure[] = [
  { name: "a damaged batch", act: (scene) => fetched(scene, damaged()), sees: [2, 0] },
  { name: "no batch at all", act: (scene) => fetched(scene, new Uint8Array(40)), sees: [2, 0] },
  // A checksum that fits: somebody wrote them so, and they must not stop the partition.
  ...WRITTEN_SO.flatMap(([name, records]): readonly Failure[] => [
    { name, act: (scene) => fetched(scene, records), sees: [0, 0] },
    {
      name: `${name}, where that is an error`,
      encryption: { unreadable: "error" },
      act: (scene) => fetched(scene, records),
      sees: [2, 0],
    },
  ]),
  { name: "a record that nobody sealed", act: (scene) => fetched(scene, batch("a")), sees: [0, 0] },
  {
    name: "a record that nobody sealed, where that is an error",
    encryption: { plain: "error" },
    act: (scene) => fetched(scene, batch("a")),
    sees: [2, 0],
  },
  {
    name: "a record that was altered, where that is an error",
    encryption: { unreadable: "error" },
    act: (scene) => fetched(scene, batch("TC\u0001 altered, and longer than a tag and a nonce are")),
    sees: [2, 0],
  },
  {
    name: "a key that never comes, where that is an error",
    encryption: { unreadable: "error", patience: new ReadingPatience(0) },
    act: (scene) => {
      scene.portal.cipher.knowsKeys = false;
      return fetched(scene, batch("TC\u0001 sealed by somebody else"));
    },
    sees: [2, 2],
  },
  {
    name: "a storage that fails",
    encryption: { cipher: new FailingCipher() },
    act: (scene) => fetched(scene, batch("TC\u0001 sealed")),
    sees: RESET,
    code: STORAGE.code,
  },
  {
    name: "a topic by an id that is not known",
    act: async ({ client, portal }) => {
      const topicId = "AAAAAAAAAAAAAAAAAAAAAQ";
      portal.broker.reply = ({ api, correlationId, version }) =>
        api === "Fetch"
          ? {
              api,
              version,
              correlationId,
              body: { responses: [{ topicId, partitions: [{ records: batch("a") }] }] },
            }
          : undefined;
      const topics = [{ topicId, partitions: [{ partition: 0 }] }];
      const response = await client.ask<"Fetch">({ api: "Fetch", version: 13, body: { topics } });
      return response.body.responses[0]!.partitions[0]!.errorCode;
    },
    sees: 100,
  },
];

const BROKERS: readonly Failure[] = [
  {
    name: "a response that nobody asked for",
    act: (scene) => answered(scene, metadata(12, 999)),
    sees: RESET,
    code: "OCKAM_KAFKA_INVALID_MESSAGE",
  },
  {
    name: "a response that is cut off inside",
    act: (scene) => answered(scene, Uint8Array.of(0, 0, 0, 6, 0, 0, 0, 1, 0, 0)),
    sees: RESET,
    code: "OCKAM_PORTAL_RESET",
  },
  {
    name: "a response of 3 bytes",
    act: (scene) => answered(scene, Uint8Array.of(0, 0, 0, 3, 0, 0, 0)),
    sees: RESET,
    code: "OCKAM_PORTAL_RESET",
  },
  {
    name: "an answer of another API",
    act: (scene) => answered(scene, { api: "Heartbeat", version: 4, correlationId: 1, body: {} }),
    sees: RESET,
    code: "OCKAM_PORTAL_RESET",
  },
  {
    name: "a broker that ends the connection",
    act: async ({ client, portal }) => {
      portal.broker.reply = () => {
        portal.broker.hangUp("end");
        return "nothing";
      };
      return client.metadata();
    },
    sees: END,
  },
  {
    name: "a broker that resets the connection",
    act: async ({ client, portal }) => {
      portal.broker.reply = () => {
        portal.broker.hangUp("reset");
        return "nothing";
      };
      return client.metadata();
    },
    sees: RESET,
    code: "OCKAM_PORTAL_RESET",
  },
  {
    name: "an end within a response",
    act: async ({ client, portal }) => {
      portal.broker.reply = () => {
        setImmediate(() => portal.broker.hangUp("end"));
        return Uint8Array.of(0, 0, 0, 9, 1);
      };
      return client.metadata();
    },
    sees: RESET,
    code: "OCKAM_PORTAL_RESET",
  },
  {
    name: "an outlet that is closed",
    act: async ({ client, portal }) => {
      portal.broker.reply = () => {
        void portal.outlet.close();
        return "nothing";
      };
      return client.metadata();
    },
    sees: RESET,
    code: "OCKAM_PORTAL_CLOSED",
  },
  {
    name: "an outlet that does not let in",
    outlet: { admit: () => false },
    act: ({ client }) => client.metadata(),
    sees: RESET,
    code: "OCKAM_PORTAL_DENIED",
  },
  {
    name: "an inlet that is not let in",
    inlet: { admit: () => false },
    act: ({ client }) => client.metadata(),
    sees: RESET,
    code: "OCKAM_PORTAL_PEER_NOT_ALLOWED",
  },
  {
    name: "a broker that speaks no TLS",
    outlet: { tls: true },
    act: ({ client }) => client.metadata(),
    sees: RESET,
    code: "OCKAM_PORTAL_TARGET_TLS_FAILED",
  },
];

describe.each([
  ["producing", PRODUCING],
  ["asking", ASKING],
  ["reading", READING],
  ["brokers and ways", BROKERS],
] as const)("%s", (_kind, failures) => {
  test.each(failures)("$name", async ({ act, code, encryption = {}, inlet: inletOptions, outlet, sees }) => {
    await using portal = await Portal.create(outlet);
    const defaults = { cipher: portal.cipher, protection: WHOLE_VALUE, patience: new ReadingPatience() };
    const inlet = await portal.startInlet({ encryption: { ...defaults, ...encryption }, ...inletOptions });
    const seen = await portal
      .connect(inlet.address)
      .then((client) => act({ portal, inlet, client }))
      // It may be reset before it knows that it is connected.
      .catch((error: Error) => error.message.replace(/^connect ECONNRESET .*/, RESET));
    expect(seen).toEqual(sees);
    if (code !== undefined) await expect.poll(() => inlet.lastFailure).toMatchObject({ code });
    else expect(inlet.lastFailure).toBeUndefined();
    // Whatever it was, others are served.
    portal.broker.reply = () => undefined;
    if (outlet === undefined && inletOptions === undefined && code !== "OCKAM_PORTAL_CLOSED") {
      expect(await (await portal.connect(inlet.address)).metadata()).toHaveLength(1);
    }
  });
});

test("a broker that is not there", async () => {
  const gone = createServer();
  await once(gone.listen(0, "127.0.0.1"), "listening");
  const { port } = gone.address() as AddressInfo;
  gone.close();
  await using portal = await Portal.create({ bootstrapServer: `127.0.0.1:${port}` });
  const inlet = await portal.startInlet();
  await expect(portal.connect(inlet.address).then((client) => client.metadata())).rejects.toThrow(
    "ECONNRESET",
  );
  expect(inlet.lastFailure).toMatchObject({ code: "OCKAM_PORTAL_TARGET_REFUSED" });
  expect(portal.outlet.lastFailure).toMatchObject({ code: "OCKAM_PORTAL_TARGET_REFUSED" });
});
